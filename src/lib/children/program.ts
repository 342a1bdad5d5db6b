import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { Misuse } from '../errors.ts'

/**
 * The command with the path of its program, looked for as a shell does: in the folders of PATH, unless it has a slash.
 * Throws Misuse when it is not there, or not a program.
 */
export function findCommand(command: readonly string[], environment: NodeJS.ProcessEnv): readonly string[] {
  const [program = '', ...args] = command
  if (program === '') throw new Misuse('which command? Write it behind --, as in -- python3 filter.py')
  const { PATH = '' } = environment
  const places = program.includes('/') ? [''] : PATH.split(delimiter).filter(Boolean)
  const found = places.map(place => resolve(join(place, program))).find(isProgram)
  if (found === undefined) throw new Misuse(`${program}: there is no such program${where(program, PATH)}`)
  return [found, ...args]
}

/** Whether it may be executed now. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function where(program: string, path: string): string {
  return program.includes('/') ? ' that may be executed' : `; PATH is ${path || 'empty'}`
}
