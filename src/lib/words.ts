import { Misuse } from './errors.ts'

/**
 * Splits the text of `sluice run` into stages at `|`, and each into words as a shell does: white space separates,
 * single and double quotes and the backslash protect, a backslash joins lines. Nothing is expanded: no variable, no pattern, no `~`; the
 * shell that took the text has done that where it was wanted. Throws Misuse for an open quote or an empty stage.
 */
export function splitStages(text: string): string[][] {
  const stages = split(text, '|')
  if (stages.some(stage => stage.length === 0)) {
    throw new Misuse(`"${text}": a stage is empty; write for example 'syslog-udp | syslog-json'`)
  }
  return stages
}

/** Splits a command line into its words in the same way; `|` is a character as any other. Throws Misuse for an open quote. */
export function splitWords(text: string): string[] {
  return split(text)[0]!
}

function split(text: string, separator?: string): string[][] {
  const stages: string[][] = [[]]
  let word: string | undefined
  const endWord = () => {
    if (word !== undefined) stages.at(-1)!.push(word)
    word = undefined
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === "'" || c === '"') {
      const quoted = readQuoted(text, i)
      word = (word ?? '') + quoted.text
      i = quoted.end
    } else if (c === '\\' && text[i + 1] === '\n') i++
    else if (c === '\\' && i + 1 < text.length) word = (word ?? '') + text[++i]
    else if (c === separator) {
      endWord()
      stages.push([])
    } else if (/\s/.test(c)) endWord()
    else word = (word ?? '') + c
  }
  endWord()
  return stages
}

/** The text within the quotes that open at `start`, and the place of the closing one. */
export function readQuoted(text: string, start: number): { text: string; end: number } {
  const quote = text[start]
  let quoted = ''
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === quote) return { text: quoted, end: i }
    // POSIX shell, 2.2.3: within double quotes a backslash protects these; before others it is itself a character.
    const escaped = quote === '"' && text[i] === '\\' ? text[i + 1] : undefined
    if (escaped !== undefined && '$`"\\\n'.includes(escaped)) {
      i++
      if (escaped !== '\n') quoted += escaped
    } else quoted += text[i]
  }
  throw new Misuse(`the quote ${quote} at character ${start + 1} is not closed: ${text}`)
}
