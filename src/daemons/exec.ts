// Commands are run, and what they write comes out, a record a line: {"@meta": …, "message": line, "process": {name, pid}, "stream"}.
import { ErrorLog, inherited } from '../lib/children/index.ts'
import {
  type Context,
  checked,
  choice,
  duration,
  Fatal,
  Misuse,
  repeatable,
  source,
  text,
  words,
} from '../lib/index.ts'
import { oversizeCounter, oversizeOption } from '../lib/text/oversize.ts'
import { Command, type Counter } from './exec/command.ts'
import { readCommands, readRun } from './exec/commands.ts'
import { Output } from './exec/output.ts'
import { byTheClock, everySoOften } from './exec/schedule.ts'

export default source({
  summary: 'Run commands and take in what they write',
  examples: [
    'sluice-exec --push-connect ipc:///run/sluice/logs.ipc -- journalctl -f -o json',
    "# one collector for each source; one of them is on another host\nsluice-exec --run 'local=tail -F /var/log/app.log' \\\n    --run 'web1=ssh web1 tail -n 0 -F /var/log/app.log'",
    '# now and then\nsluice-exec --every 30s --format ndjson -- ./measure.sh\nsluice-exec --cron "0 4 * * *" --exits failed -- /usr/local/bin/backup',
  ],
  options: {
    command: words('What to run, and its arguments; no shell reads them'),
    run: checked(
      repeatable(
        text("Run this as well; 'NAME=PROGRAM ARGUMENT …', quoted as for a shell", undefined, 'command'),
      ),
      commands => commands.map(readRun),
    ),
    every: duration('Run the commands each time that so much has passed; 0: all the time', '0'),
    cron: text("Run them when the clock shows this, as in '*/5 * * * *', local time", undefined, 'times'),
    timeout: duration('End a scheduled run that takes longer; 0: let it', '5m'),
    restart: choice(
      'Start a command again that was to run all the time: always, after a failure, never',
      ['always', 'failure', 'never'],
      'always',
    ),
    format: choice('What a line is: a text, or a record as JSON', ['lines', 'ndjson'], 'lines'),
    stderr: choice('Where standard error goes: into records, or to the log', ['records', 'log'], 'records'),
    exits: choice('Which ends of commands are records', ['none', 'failed', 'all'], 'none'),
    configLine: checked(
      text('First line that each command is given on standard input', undefined, 'json'),
      checkLine,
    ),
    oversize: oversizeOption,
  },
  counters: {
    ...oversizeCounter,
    runs: 'Times that a command was started',
    failed: 'Runs that ended with another exit code than 0, by a signal, or because of --timeout',
    late: 'Runs that were ended because they took longer than --timeout',
    restarts: 'Times that a command which was to run all the time was started again',
    skipped: 'Times at which a run was due while the one before had not ended',
  },
  check({ every, cron }) {
    if (every > 0 && cron !== undefined) throw new Misuse('--every and --cron: only one of them')
  },
  service: { flags: ['--every', '1m', '--', 'df', '--portability'], programs: true },
  async open(options, context) {
    const { command, run, every, cron, format, oversize, stderr } = options
    const environment = inherited(context.environment)
    const named = readCommands(command, run, environment)
    const schedule = cron === undefined ? every > 0 && everySoOften(every) : await byTheClock(cron)
    return async feed => {
      const errors = stderr === 'log' ? new ErrorLog(context.log) : undefined
      const output = new Output({ format, oversize, context: context as Context<Counter | 'notJson'> }, feed)
      const manner = { ...options, schedule: schedule || undefined, environment, output, errors, context }
      const commands = named.map(one => new Command(one.name, one.command, manner))
      for (const one of commands) {
        context.admin(`/stdin/${one.name}`, ({ method, body }) =>
          method === 'POST' ? one.tell(body) : { status: 200, body: { pid: one.pid ?? null } },
        )
      }
      await Promise.all(commands.map(one => one.live(feed.signal)))
      output.flush()
      errors?.close()
      const failed = commands.filter(one => one.hasFailed).map(({ name }) => name)
      if (failed.length > 0)
        throw new Fatal(
          `${failed.join(', ')}: the last run failed, and --restart says that there is no other one`,
        )
    }
  },
})

function checkLine(line: string | undefined): void {
  if (line === undefined) return
  if (line.includes('\n')) throw new RangeError('it has to be one line')
  try {
    JSON.parse(line)
  } catch (error) {
    throw new RangeError(`it is no JSON: ${(error as Error).message}`)
  }
}
