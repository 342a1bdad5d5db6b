import { Command } from 'commander'
import { Misuse } from './errors.ts'
import { EXIT } from './process/exit.ts'
import { runDaemon } from './process/run.ts'
import { isPath, loadCommand, loadDaemon, loadDaemons, nameOf, namesIn } from './registry.ts'
import { version } from './version.ts'

/** Runs what was called: `sluice-NAME …`, `sluice NAME …`, `sluice ./own.ts …` or `sluice COMMAND …`. */
export async function launch(invokedAs: string, args: readonly string[]): Promise<void> {
  try {
    const [word = '', ...rest] = args
    if (invokedAs.startsWith('sluice-')) await runNamed(invokedAs.slice('sluice-'.length), args, invokedAs)
    else if (isPath(word)) await runNamed(word, rest, `sluice ${word}`)
    else await dispatch(args)
  } catch (error) {
    if (!(error instanceof Misuse)) throw error
    process.stderr.write(`sluice: ${error.message}\n`)
    process.exitCode = EXIT.misuse
  }
}

async function runNamed(word: string, args: readonly string[], command: string): Promise<void> {
  await runDaemon(nameOf(word), await loadDaemon(word), command, args)
}

const GROUPS = { source: 'Sources:', filter: 'Filters:', sink: 'Sinks:' }

async function dispatch(args: readonly string[]): Promise<void> {
  const [first, about] = args
  if (first === 'help' && about !== undefined) return dispatch([about, '--help'])
  const help = first === undefined || ['-h', '--help', 'help'].includes(first)
  const program = new Command('sluice')
    .description('Micro-daemons for logs and events, joined by ZeroMQ.')
    .usage('<daemon|command|./own-daemon.ts> [options]')
    .version(version, '-V, --version', 'Show the version')
    .helpOption('-h, --help', 'Show this')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => {}, getOutHelpWidth: () => 80 })
    .addHelpText(
      'after',
      `\nExamples:\n  sluice run 'syslog-udp --listen 127.0.0.1:5514 | syslog-json | store'\n  sluice syslog-udp --help\n  sudo sluice service install syslog-udp --listen :514 --now\n\nsluice NAME is the same as sluice-NAME. Each has its own --help.`,
    )
  // Only who asks for help needs more than the names.
  const daemons = help
    ? (await loadDaemons()).map(({ name, daemon }) => ({ name, ...daemon }))
    : namesIn('daemons').map(name => ({ name, shape: 'source' as const, summary: '' }))
  for (const { name, shape, summary } of daemons)
    addEntry(program, GROUPS[shape], name, summary, rest => runNamed(name, rest, `sluice-${name}`))
  for (const name of namesIn('commands')) {
    const summary = help ? (await loadCommand(name)).summary : ''
    addEntry(program, 'Commands:', name, summary, async rest => (await loadCommand(name)).run(rest))
  }
  try {
    await program.parseAsync(help ? ['--help'] : args, { from: 'user' })
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === 'commander.helpDisplayed' || code === 'commander.version') return
    if (!code?.startsWith('commander.')) throw error
    throw new Misuse(`${message.replace(/^error: /, '').replace(/\n/g, ' ')} (see sluice --help)`)
  }
}

/** Everything after the name belongs to it, its --help too. */
function addEntry(
  program: Command,
  group: string,
  name: string,
  summary: string,
  run: (args: string[]) => Promise<void>,
) {
  program
    .command(name)
    .helpGroup(group)
    .description(summary)
    .usage('[options]')
    .allowExcessArguments()
    .allowUnknownOption()
    .helpOption(false)
    .passThroughOptions()
    .action((_options: unknown, command: Command) => run(command.args))
}
