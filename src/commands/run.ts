// A whole chain in one process: the same daemons with the same flags, and no sockets in between.
import { parseArguments } from '../lib/cli.ts'
import type { Daemon } from '../lib/daemon.ts'
import { Misuse } from '../lib/errors.ts'
import { loadDaemon, nameOf } from '../lib/registry.ts'
import { runProgram } from '../lib/run.ts'
import { optionsOf, planStage, type StagePlan, type Surroundings } from '../lib/stage-options.ts'
import { version } from '../lib/version.ts'
import { splitStages } from '../lib/words.ts'

interface Asked {
  name: string
  daemon: Daemon
  words: string[]
}

export const summary = 'Run a chain of daemons in one process'

export async function run(args: readonly string[]): Promise<void> {
  await runProgram(
    {
      kind: 'run',
      command: 'sluice run',
      summary: `${summary}. Options of the process stand before it, those of a daemon in its stage.`,
      argument: { name: '<chain>', help: "daemons joined by |, as in 'syslog-udp | syslog-json'" },
      examples: [
        "sluice run 'syslog-udp --listen 127.0.0.1:5514 | syslog-json'",
        "sluice run --admin 127.0.0.1:9600 \\\n    'syslog-udp --listen :514 | syslog-json | elasticsearch'",
      ],
      groups: {},
      plan: async (_flags, chain, _name, around) => {
        const asked = await readChain(chain!)
        return asked.map((stage, n) => planOf(stage, asked[n - 1], asked[n + 1], around))
      },
    },
    args,
  )
}

export default { summary, run }

/** Looks up the daemons and names the stages: a second one of the same name is `-2`. */
async function readChain(text: string): Promise<Asked[]> {
  const asked: Asked[] = []
  for (const [word = '', ...words] of splitStages(text)) {
    const base = nameOf(word)
    const same = asked.filter(({ name }) => name === base || name.replace(/-\d+$/, '') === base).length
    asked.push({ name: same > 0 ? `${base}-${same + 1}` : base, daemon: await loadDaemon(word), words })
  }
  const late = asked.slice(1).find(({ daemon }) => daemon.shape === 'source')
  if (late) throw new Misuse(`${text}: ${late.name} takes nothing in, so it can only stand first`)
  const early = asked.slice(0, -1).find(({ daemon }) => daemon.shape === 'sink')
  if (early) throw new Misuse(`${text}: ${early.name} gives nothing out, so it can only stand last`)
  return asked
}

function planOf(
  { name, daemon, words }: Asked,
  before: Asked | undefined,
  after: Asked | undefined,
  around: Surroundings,
): StagePlan {
  const { own, links, buffer } = optionsOf(daemon)
  const groups = { Options: own, Links: links, Buffer: buffer }
  const typed = parseArguments(
    { command: name, summary: daemon.summary, groups, version, environment: false },
    words,
  )
  if (typed.print !== undefined) throw new Misuse(`${name} ${words.join(' ')}: type sluice-${name} --help`)
  return planStage(
    name,
    daemon,
    typed.flags,
    {},
    { ...around, ...(before && { before: before.name }), ...(after && { after: after.name }) },
  )
}
