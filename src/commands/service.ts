// Daemons as services of a host: their units are written, enabled, started, looked at and taken away.
import { parseArguments } from '../lib/cli.ts'
import { Misuse, messageOf } from '../lib/errors.ts'
import { nearestOf } from '../lib/nearest.ts'
import { EXIT } from '../lib/process/exit.ts'
import { ACTIONS } from './service/actions.ts'
import { summary, usages } from './service/usage.ts'

export async function run(args: readonly string[]): Promise<void> {
  const [name = '', ...rest] = args
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name]! : undefined
  try {
    if (action) process.exitCode = (await action(rest)) ?? EXIT.done
    else if (name !== '' && !name.startsWith('-')) throw unknown(name)
    else process.stdout.write(parseArguments(usages.service, args.length > 0 ? args : ['--help']).print ?? '')
  } catch (error) {
    process.stderr.write(`sluice service${action ? ` ${name}` : ''}: ${messageOf(error)}\n`)
    process.exitCode = error instanceof Misuse ? EXIT.misuse : EXIT.failure
  }
}

function unknown(name: string): Misuse {
  const nearest = nearestOf(name, Object.keys(ACTIONS))
  return new Misuse(
    `there is no "${name}"; ${nearest ? `did you mean ${nearest}?` : `there are ${Object.keys(ACTIONS).join(', ')}`}`,
  )
}

export { summary }

export default { summary, run }
