import { basename } from 'node:path'
import { findCommand } from '../../lib/children/index.ts'
import { Misuse } from '../../lib/index.ts'
import { splitStages } from '../../lib/words.ts'

/** A command, and what it is called. */
export interface Named {
  name: string
  /** The path of its program, and its arguments. */
  command: readonly string[]
}

const NAME = /^([\w.-]{1,64})=(?=\S)/

/**
 * The commands that are asked for: the words behind `--`, and those of each `--run`, `NAME=PROGRAM ARGUMENT …`. Without a name
 * it is that of the program. Throws Misuse.
 */
export function readCommands(
  words: readonly string[],
  run: readonly string[],
  environment: NodeJS.ProcessEnv,
): Named[] {
  const asked = [
    ...(words.length > 0 || run.length === 0 ? [{ name: undefined, words }] : []),
    ...run.map(readRun),
  ]
  const named: Named[] = []
  for (const { name, words } of asked) {
    const command = findCommand(words, environment)
    if (named.some(other => other.name === name))
      throw new Misuse(`--run ${name}=: there are two of this name`)
    named.push({ name: name ?? freeName(basename(words[0]!), named), command })
  }
  return named
}

/** Throws Misuse for what only a shell understands. */
export function readRun(text: string): { name: string | undefined; words: readonly string[] } {
  const name = NAME.exec(text)?.[1]
  const command = name === undefined ? text : text.slice(name.length + 1)
  if (command.trim() === '') throw new Misuse(`--run "${text}": write --run 'NAME=PROGRAM ARGUMENT …'`)
  const [words = [], ...more] = splitStages(command)
  if (more.length > 0)
    throw new Misuse(`--run "${text}": no shell reads it; for a pipe write --run "sh -c 'a | b'"`)
  return { name, words }
}

/** A second one of the same program is NAME-2. */
function freeName(program: string, named: readonly Named[]): string {
  const name = program.replace(/[^\w.-]/g, '_')
  const taken = (one: string) => named.some(other => other.name === one)
  if (!taken(name)) return name
  let n = 2
  while (taken(`${name}-${n}`)) n++
  return `${name}-${n}`
}
