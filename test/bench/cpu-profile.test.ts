import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CpuProfile,
  functionName,
  moduleName,
  ownerName,
  selfTimes,
} from '../../bench/support/cpu-profile.ts'

const frame = (functionName: string, url = '', lineNumber = -1) => ({ functionName, url, lineNumber })

const FRAMES = {
  ours: frame('parse', 'file:///home/me/src/sluice/src/lib/syslog/rfc3164.ts', 11),
  packaged: frame('send', 'file:///home/me/node_modules/@elastic/transport/dist/index.js', 0),
  legacy: frame('', '/home/me/sluice/node_modules/zeromq/lib/index.js', 4),
  node: frame('readSync', 'node:fs', 700),
  native: frame('writev'),
  collector: frame('(garbage collector)'),
  idle: frame('(idle)'),
}

const profile: CpuProfile = {
  startTime: 1_000,
  nodes: Object.values(FRAMES).map((callFrame, id) => ({ id, callFrame })),
  samples: [0, 5, 6, 0, 4],
  timeDeltas: [10, 20, 900, 30, 5],
}

test('self time of each function, the most first, without idle', () => {
  assert.deepEqual(selfTimes(profile, functionName), [
    ['parse src/lib/syslog/rfc3164.ts:12', 40],
    ['(garbage collector)', 20],
    ['writev', 5],
  ])
})

test('what was before a time does not count', () => {
  assert.deepEqual(selfTimes(profile, moduleName, 1_930), [
    ['src/lib/syslog/rfc3164.ts', 30],
    ['(native)', 5],
  ])
})

const cases: [keyof typeof FRAMES, module: string, owner: string][] = [
  ['ours', 'src/lib/syslog/rfc3164.ts', 'ours'],
  ['packaged', '@elastic/transport', 'packages'],
  ['legacy', 'zeromq', 'packages'],
  ['node', 'node:fs', "node's own modules"],
  ['native', '(native)', '(native)'],
  ['collector', '(garbage collector)', '(garbage collector)'],
]
for (const [name, module, owner] of cases) {
  test(`${name}: ${module} is ${owner}`, () => {
    assert.equal(moduleName(FRAMES[name]), module)
    assert.equal(ownerName(FRAMES[name]), owner)
  })
}
