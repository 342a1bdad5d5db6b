// The lines of what usually has several.

import { ANY, DONE, type Table } from './rule.ts'

/** Indented lines, and any line before them: stack traces of JavaScript, .NET and others are no more than that. */
const indent: Table = {
  begin: [[ANY, 'line']],
  line: [['^[ \\t]', 'line']],
}

/** A line that ends in a backslash goes on in the next one. */
const backslash: Table = {
  begin: [
    ['\\\\$', 'open'],
    [ANY, DONE],
  ],
  open: [
    ['\\\\$', 'open'],
    [ANY, DONE],
  ],
}

// `java.lang.IllegalStateException: closed`, as it stands below the line of a logger.
const JAVA_EXCEPTION = '^(?:[\\w$]+\\.)+[\\w$]*(?:Exception|Error|Throwable|Failure|Death)\\b'
const JAVA_TRACE: Table['begin'] = [
  ['^[ \\t]+(?:at |eval )', 'trace'],
  ['^[ \\t]*\\.\\.\\. \\d+ (?:more|common frames omitted|frames truncated)', 'trace'],
  ['^[ \\t]*(?:Caused by|Suppressed|Wrapped by): ', 'trace'],
  ['^[ \\t]*\\[CIRCULAR REFERENCE', 'trace'],
  ['^[ \\t]', 'trace'],
]
const java: Table = {
  begin: [[ANY, 'line']],
  // An exception below a line of a trace is another one.
  line: [[JAVA_EXCEPTION, 'exception'], ...JAVA_TRACE],
  exception: JAVA_TRACE,
  trace: JAVA_TRACE,
}

const TRACEBACK: Table['begin'] = [
  ['^Traceback \\(most recent call last\\):', 'frames'],
  ['^[ \\t]+\\+ Exception Group Traceback \\(most recent call last\\):', 'group'],
]
const python: Table = {
  begin: [...TRACEBACK, [ANY, 'line']],
  line: TRACEBACK,
  // Nothing stands below it without being indented.
  group: [['^[ \\t]', 'group']],
  frames: [
    ['^[ \\t]', 'frames'],
    ['^[^\\s:]+(?::|$)', 'error'],
  ],
  error: [
    ['^$', 'gap'],
    ['^(?:During handling of the above exception|The above exception was the direct cause)', 'chain'],
  ],
  gap: [['^(?:During handling of the above exception|The above exception was the direct cause)', 'chain']],
  chain: [['^$', 'chain'], ...TRACEBACK],
}

const GO_FRAMES: Table['begin'] = [
  ['^$', 'frames'],
  ['^[ \\t]', 'frames'],
  ['^(?:goroutine \\d+ |created by |exit status \\d|\\[signal |\\[originating )', 'frames'],
  ['^\\.\\.\\.(?:additional|\\d+) ?frames elided', 'frames'],
  ['^[^\\s(]+(?:\\([^)]*\\)[^\\s(]*)*\\(.*\\)$', 'frames'],
  // Registers.
  ['^[a-z][a-z0-9]{1,7} +0x[0-9a-f]+$', 'frames'],
]
const go: Table = {
  begin: [
    ['(?:^|[ \\t])panic(?: serving [^ ]+)?: ', 'panic'],
    ['^(?:fatal error|runtime error|SIG[A-Z]+): ', 'panic'],
    ['^goroutine \\d+ \\[[^\\]]*\\]:$', 'frames'],
  ],
  panic: [['^panic: ', 'panic'], ['^\\[recovered', 'panic'], ...GO_FRAMES],
  frames: GO_FRAMES,
}

const RUBY_FRAME = "^[ \\t]*(?:\\d+: )?(?:from )?[^ :]+:\\d+:in [`'][^']*'$"
const ruby: Table = {
  begin: [[ANY, 'line']],
  line: [
    [RUBY_FRAME, 'trace'],
    ['^[ \\t]', 'trace'],
  ],
  trace: [
    [RUBY_FRAME, 'trace'],
    ['^[ \\t]', 'trace'],
  ],
}

export const PRESETS = { indent, java, python, go, ruby, backslash } as const
export type Preset = keyof typeof PRESETS
