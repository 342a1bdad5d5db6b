// What a record costs from UDP to a bulk request, in multiples of what Node needs in the same minute to read and to write
// one as JSON: on a quiet machine 2.2, 4.2 and 4.9, with neighbours up to 2.3, 5.5 and 6.9. They only ever add to it, so the
// least of the rounds counts. A sink that asks for the record of each line makes 4.9, 6.5 and 7.6 of it, which all three find;
// one that parses each line 3.4, 5.4 and 6.2, which only the one process finds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordsOf } from '../../bench/support/records.ts'
import { close, drive, type Round, udpChains } from '../../bench/support/udp-chain.ts'

const RATE = 40_000
const SECONDS = 1.5
const ROUNDS = 3
const WARM_UP = 3

const MOST: { readonly [way in keyof typeof udpChains]: number } = {
  'sluice run, one process': 2.8,
  'three daemons over ipc': 6,
  'three daemons, acknowledged, with a spool': 7.5,
}

/** Microseconds of CPU to read a parsed record and write it again. */
function reference(): number {
  const make = recordsOf('parsed')
  const lines = Array.from({ length: 1000 }, (_, n) => make(n))
  const before = process.cpuUsage()
  let bytes = 0
  for (let n = 0; n < 200; n++) for (const line of lines) bytes += JSON.stringify(JSON.parse(line)).length
  const { user, system } = process.cpuUsage(before)
  assert.ok(bytes > 0)
  return (user + system) / (200 * lines.length)
}

for (const [way, open] of Object.entries(udpChains))
  test(way, async t => {
    const chain = await open()
    try {
      const warmUp = await drive(chain, { rate: RATE / 2 }, WARM_UP)
      const rounds: Round[] = []
      const references: number[] = []
      for (let n = 0; n < ROUNDS; n++) {
        references.push(reference())
        rounds.push(await drive(chain, { rate: RATE }, SECONDS))
      }
      for (const { sent, kernelDropped, arrived } of [warmUp, ...rounds])
        assert.equal(arrived, sent - kernelDropped)
      const [cost, unit] = [
        Math.min(...rounds.map(({ cpu }) => cpu.reduce((a, b) => a + b))),
        Math.min(...references),
      ]
      const figures = `${cost.toFixed(2)} µs a record, ${(cost / unit).toFixed(2)} of ${unit.toFixed(2)} µs`
      t.diagnostic(figures)
      assert.ok(cost / unit <= MOST[way]!, `${figures}; the bound is ${MOST[way]}`)
    } finally {
      await close(chain)
    }
  })
