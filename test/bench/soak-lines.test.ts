import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthOf } from '../../bench/soak/lines.ts'
import { type DaemonName, planOf } from '../../bench/soak/plan.ts'
import type { Sample } from '../../bench/soak/sampler.ts'

const plan = planOf({ minutes: 20 })

/** Samples of one daemon whose lives have so many seconds each; the memory is that of its age. */
function samplesOf(
  daemon: DaemonName,
  lives: number,
  seconds: number,
  memory: (age: number, life: number) => number,
) {
  return Array.from({ length: lives }, (_, life) =>
    Array.from({ length: seconds / plan.sampleEvery }, (_, n): Sample => {
      const age = n * plan.sampleEvery
      const anonymous = memory(age, life)
      const rest = { uss: anonymous, pss: anonymous, descriptors: 30, threads: 13, cpu: 50 }
      return { seconds: life * seconds + age, daemon, life, age, anonymous, ...rest }
    }),
  ).flat()
}

const anonymous = (samples: readonly Sample[]) =>
  growthOf(samples, plan).find(({ reading }) => reading === 'anonymous')!

test('what grows only while it warms up does not grow', () => {
  const warmUp = plan.warmUp['syslog-udp']
  const line = anonymous(samplesOf('syslog-udp', 1, 1_200, age => 60 + Math.min(age, warmUp) / 4))
  assert.equal(line.slope, 0)
  assert.ok(line.zero)
})

test('a leak of 60 MB an hour is one', () => {
  const line = anonymous(samplesOf('syslog-udp', 1, 1_200, age => 60 + age / 60))
  assert.ok(Math.abs(line.slope - 60) < 1, `${line.slope}`)
  assert.ok(line.grows)
})

test('what falls is not zero, and no leak', () => {
  const { zero, grows } = anonymous(samplesOf('syslog-udp', 1, 1_200, age => 90 - age / 60))
  assert.deepEqual({ zero, grows }, { zero: false, grows: false })
})

test('lives shorter than the warm-up are compared with each other', () => {
  const same = anonymous(samplesOf('elasticsearch', 10, 60, age => 60 + age))
  assert.equal(same.through, '10 lives')
  assert.ok(same.zero)
  const larger = anonymous(samplesOf('elasticsearch', 10, 60, (age, life) => 60 + age + 5 * life))
  assert.ok(!larger.zero)
})

test('the share of what is shared is not judged', () => {
  const growths = growthOf(
    samplesOf('syslog-udp', 1, 1_200, age => 60 + age),
    plan,
  )
  assert.ok(growths.find(({ reading }) => reading === 'pss')!.zero)
})

test('nothing is said of what was hardly seen', () => {
  assert.deepEqual(
    growthOf(
      samplesOf('syslog-udp', 1, 60, () => 60),
      plan,
    ),
    [],
  )
})
