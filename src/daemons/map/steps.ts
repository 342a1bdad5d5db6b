// The steps of sluice-map, from their text: `CONDITION => VERB …`, one after the other.

import { type LogRecord, Misuse, messageOf } from '../../lib/index.ts'
import { type Condition, createCondition, splitArrow } from '../../lib/query/index.ts'
import { readWhole } from '../../lib/read-file.ts'
import type { Make, Step, Tools } from './step.ts'
import { allOrNothing } from './undo.ts'
import { VERBS } from './verbs.ts'

/** A step as it was written, understood and not made yet. */
interface Written {
  verb: string
  condition: Condition | undefined
  make: Make
}

export interface StepOptions {
  /** Steps, in their order. */
  do: readonly string[]
  /** A file of steps, which come before those. */
  steps: string | undefined
}

/** Throws Misuse that says which step is wrong, and how. */
export function readSteps(options: StepOptions): Written[] {
  const lines = options.steps === undefined ? [] : linesOf(options.steps)
  const typed = options.do.map((text, n) => ({ text, where: `--do, step ${n + 1}` }))
  const steps = [...lines, ...typed].map(({ text, where }) => {
    try {
      return readStep(text)
    } catch (error) {
      throw new Misuse(`${where}: ${messageOf(error)}`)
    }
  })
  if (steps.length > 0) return steps
  throw new Misuse(
    "there is nothing to do: give --do STEP, for example --do 'drop severity>=7', or --steps FILE",
  )
}

/** Whether any of them needs the key. */
export function needsKey(steps: readonly Written[]): boolean {
  return steps.some(({ verb }) => verb === 'hash')
}

/** All of them as one. */
export function createSteps(steps: readonly Written[], tools: Tools): Step {
  const seen = new Map<string, number>()
  const made = steps.map(({ verb, condition, make }) => {
    const n = seen.get(verb) ?? 0
    seen.set(verb, n + 1)
    return { condition, step: make(tools, n) }
  })
  return allOrNothing(record => {
    let now = record
    for (const { condition, step } of made) {
      if (condition && !condition(now)) continue
      const next: LogRecord | undefined = step(now)
      if (next === undefined) return undefined
      now = next
    }
    return now
  })
}

/** The lines of a file that are steps: not empty, and no comment. */
function linesOf(file: string): { text: string; where: string }[] {
  let content: string
  try {
    content = readWhole(file).toString()
  } catch (error) {
    throw new Misuse(`--steps ${file}: ${messageOf(error)}`)
  }
  return content
    .split(/\r?\n/)
    .map((line, n) => ({ text: line.trim(), where: `${file}:${n + 1}` }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
}

/** What begins with a verb has no condition; a word that is one is searched for in quotes. */
function readStep(text: string): Written {
  const plain = readVerb(text)
  if (plain) return { ...plain, condition: undefined }
  const parts = splitArrow(text)
  const conditional = parts && readVerb(parts.what)
  if (parts && conditional) return { ...conditional, condition: createCondition(parts.condition) }
  throw new RangeError(
    `"${text}" is no step; write VERB … or CONDITION => VERB …, with one of ${[...VERBS.keys()].join(', ')}`,
  )
}

function readVerb(text: string): { verb: string; make: Make } | undefined {
  const [, verb = '', rest = ''] = /^([a-z-]+)(?:\s+(.*))?$/s.exec(text) ?? []
  const read = VERBS.get(verb)
  if (!read) return undefined
  const make = read.read(rest.trim())
  if (make) return { verb, make }
  throw new RangeError(`"${text}": write ${read.usage}, as in ${read.example}`)
}
