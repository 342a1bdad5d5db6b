import { parseArguments, type Typed, type Usage } from './cli.ts'
import { Misuse, messageOf } from './errors.ts'
import { EXIT } from './process/exit.ts'
import { printable } from './text/printable.ts'

/** What was typed, where it is not only about its help. */
export type Asked = Extract<Typed, { print?: undefined }>

/**
 * Runs a command that is no daemon: prints its help where that is asked for, and says what went wrong in one line.
 * @param start returns the exit code
 */
export async function runCommand(
  usage: Usage,
  args: readonly string[],
  start: (typed: Asked) => number | Promise<number>,
): Promise<void> {
  try {
    const typed = parseArguments(usage, args)
    // Whoever read it may have gone.
    process.stdout.on('error', () => {})
    if (typed.print !== undefined) process.stdout.write(typed.print)
    else process.exitCode = await start(typed)
  } catch (error) {
    process.stderr.write(`${usage.command}: ${printable(messageOf(error))}\n`)
    process.exitCode = error instanceof Misuse ? EXIT.misuse : EXIT.failure
  }
}
