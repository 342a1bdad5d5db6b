// A whole chain in one process: the same daemons with the same flags, and no sockets in between. A stage with a star is
// several processes.
import { runProgram } from '../lib/process/run.ts'
import { planChain } from './run/plan.ts'

export const summary = 'Run a chain of daemons in one process'

export async function run(args: readonly string[]): Promise<void> {
  await runProgram(
    {
      kind: 'run',
      command: 'sluice run',
      summary: `${summary}. Options of the process stand before it, those of a daemon in its stage.`,
      argument: {
        name: '<chain>',
        help: "daemons joined by |, as in 'syslog-udp | syslog-json'; syslog-json*4 is four processes of that stage",
        tooMany: "the chain is one word: write quotes around it, as in 'syslog-udp | syslog-json'",
      },
      examples: [
        "sluice run 'syslog-udp --listen 127.0.0.1:5514 | syslog-json'",
        "sluice run --admin 127.0.0.1:9600 \\\n    'syslog-udp --listen :514 | syslog-json | elasticsearch'",
        '# four processes parse: what one cannot do with one processor',
        "sluice run 'syslog-udp --listen :514 | syslog-json*4 | elasticsearch'",
        '# two receive, where senders are many',
        "sluice run 'syslog-udp*2 --reuse-port --listen :514 | syslog-json | store'",
      ],
      groups: {},
      plan: (_flags, chain, name, around) => planChain(chain!, name, around),
    },
    args,
  )
}

export default { summary, run }
