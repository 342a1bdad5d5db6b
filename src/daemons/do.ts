// Records go in, and for each of them a command is run, with fields of it as arguments and all of it on standard input.
import { findCommand } from '../lib/children/index.ts'
import { checked, duration, type Exception, integer, repeatable, sink, text, words } from '../lib/index.ts'
import { compileCommand } from './do/arguments.ts'
import { environmentFor } from './do/environment.ts'
import { Runner } from './do/runner.ts'

/** More wait until one of them is done with. */
const BATCHES = 256

export default sink({
  summary: 'Run a command for each record',
  examples: [
    'sluice-do --pull-connect tcp://127.0.0.1:7001 -- \\\n    logger --tag alert -- "{host}: {message}"',
    'sluice-do --pull-bind ack+ipc:///run/sluice/ban.ipc --parallel 1 -- \\\n    nft add element inet filter banned "{{ {client.ip} }}"',
  ],
  options: {
    command: checked(
      words('What to run, with {field} or {field:-default} in its arguments; no shell reads them'),
      compileCommand,
    ),
    parallel: integer('Commands that run at once', '4', { min: 1, max: 1000 }),
    timeout: duration('End a command that runs longer, whose record is a dead letter; 0: let it', '30s'),
    env: repeatable(text('Variable of the daemon that the command has as well', undefined, 'name')),
  },
  counters: {
    runs: 'Commands that were started',
    again: 'Commands that are to be run again: exit code 75, or somebody else ended them',
  },
  // What is acknowledged together is done again together when the daemon is killed.
  batch: { bytes: '1KiB', delay: '0', concurrency: BATCHES },
  service: { flags: ['--', 'logger', '--tag', 'sluice', '--', '{message}'], programs: true },
  open({ command, parallel, timeout, env }, context) {
    const [program] = findCommand(command, context.environment)
    const fill = compileCommand(command)
    const environment = environmentFor(context.environment, env)
    const runner = new Runner({
      program: program!,
      fill,
      parallel,
      batches: BATCHES,
      timeout,
      environment,
      context,
    })
    context.defer(() => runner.close())
    return async records => {
      const fates = await runner.settle(records)
      return fates.flatMap((fate, n): Exception[] => (fate ? [[n, fate]] : []))
    }
  },
})
