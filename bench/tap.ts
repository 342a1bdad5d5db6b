// What `sluice tap` costs the daemon that it looks into; and what the place for it costs when nobody looks.
import { request } from 'node:http'
import { Batch } from '../src/lib/batch.ts'
import type { Target } from '../src/lib/engine/target.ts'
import { TapPoint, tapped } from '../src/lib/tap/point.ts'
import { feedFilter, HEADINGS, inTurn, row } from './support/filter.ts'
import { count, digits, median, spread } from './support/numbers.ts'
import type { Program } from './support/program.ts'
import { recordFile } from './support/records.ts'
import type { Report } from './support/report.ts'

const RECORDS = 600_000
const ROUNDS = 3
const BATCHES = 2_000_000

/** What is asked of the daemon while it works; undefined where nobody looks. */
const LOOKS: { readonly [look: string]: string | undefined } = {
  'nobody looks': undefined,
  'one in 1,000': 'sample=1000',
  'a query that finds nothing': 'match=message:nothing-has-this',
  'all of them': '',
}

export async function measure(report: Report): Promise<void> {
  const { path, bytes } = await recordFile('parsed', RECORDS)
  report.parameters({
    records: `${count(RECORDS)} of ${digits(0)(bytes / RECORDS)} bytes, from a file, into /dev/null`,
    rounds: `${ROUNDS}, each a process of its own from ready to its end, in turn`,
    look: 'GET /tap?side=out, by a reader that is as fast as it comes',
  })
  const [bare, hooked] = await hook()
  report.table(
    ['a batch handed on', 'ns'],
    [
      ['straight', spread(bare, digits(1))],
      ['past the place where nobody looks', spread(hooked, digits(1))],
    ],
  )
  for (const [program, ...args] of [['sluice-relay'], ['sluice-map', '--do', 'set seen = true']] as const) {
    const ways = Object.entries(LOOKS).map(([look, query]) => [
      `${program}, ${look}`,
      () =>
        feedFilter(program, path, RECORDS, [...args, '--push-connect', 'file:///dev/null'], filter =>
          watch(filter, query),
        ),
    ])
    const measured = await inTurn(Object.fromEntries(ways), ROUNDS)
    const [alone] = measured.map(([, rounds]) => median(rounds.map(({ cpu }) => cpu)))
    report.table(
      [...HEADINGS, 'CPU against nobody'],
      measured.map(one => [...row(one), digits(2)(median(one[1].map(({ cpu }) => cpu)) / alone!)]),
    )
  }
}

function watch({ socket }: Program, query: string | undefined): void {
  if (query === undefined) return
  request({ socketPath: socket, path: `/tap?side=out&${query}`, agent: false }, response => response.resume())
    .on('error', () => {})
    .end()
}

/** Nanoseconds a batch, of each way. */
async function hook(): Promise<[bare: number[], hooked: number[]]> {
  const done = Promise.resolve({})
  const target: Target = { accept: () => done, room: () => undefined }
  const ways = [target, tapped(target, new TapPoint())]
  const batch = Batch.fromRecords([])
  const rounds: [number[], number[]] = [[], []]
  for (let n = 0; n <= ROUNDS; n++)
    for (const [way, one] of ways.entries()) {
      const start = process.hrtime.bigint()
      for (let i = 0; i < BATCHES; i++) one.accept(batch)
      const nanoseconds = Number(process.hrtime.bigint() - start) / BATCHES
      // The first one compiles.
      if (n > 0) rounds[way]!.push(nanoseconds)
    }
  return rounds
}
