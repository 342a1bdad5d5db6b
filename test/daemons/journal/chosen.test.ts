import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matcher, type Self, unwanted } from '../../../src/daemons/journal/chosen.ts'

test('patterns are what they are in a shell', () => {
  const matches = matcher(['sluice-*.service', 'a?c', 'x.y+(z)'])
  for (const good of ['sluice-.service', 'sluice-relay@1.service', 'abc', 'x.y+(z)'])
    assert.ok(matches(good), good)
  for (const bad of ['sluice-relay.serviceX', 'Xsluice-.service', 'ac', 'abbc', 'xyy+(z)', ''])
    assert.ok(!matches(bad), bad)
  assert.ok(!matcher([])('') && matcher([''])('') && !matcher([''])('a'))
})

const self: Self = { pid: 42, boot: 'b', invocation: 'i' }
const cases: [name: string, entry: object, self: Self, why: string | undefined][] = [
  ['of somebody else', { _PID: '43', _BOOT_ID: 'b' }, self, undefined],
  ['our own', { _PID: '42', _BOOT_ID: 'b' }, self, 'own'],
  ['of our number before the boot', { _PID: '42', _BOOT_ID: 'a' }, self, undefined],
  ['where the boot is not known', { _PID: '42' }, { ...self, boot: undefined }, undefined],
  ['of our unit', { _PID: '43', _SYSTEMD_INVOCATION_ID: 'i' }, self, 'own'],
  [
    'where our log goes elsewhere',
    { _SYSTEMD_INVOCATION_ID: 'i' },
    { ...self, invocation: undefined },
    undefined,
  ],
  ['of another of the suite', { _SYSTEMD_UNIT: 'sluice-store.service' }, self, 'excluded'],
  [
    "of another of the suite, as a user's",
    { _SYSTEMD_UNIT: 'user@0.service', _SYSTEMD_USER_UNIT: 'sluice-store.service' },
    self,
    'excluded',
  ],
  [
    'about another of the suite',
    { _SYSTEMD_UNIT: 'init.scope', UNIT: 'sluice-store.service' },
    self,
    undefined,
  ],
]
for (const [name, entry, who, why] of cases)
  test(name, () => assert.equal(unwanted(who, ['sluice-*.service'])({ ...entry }), why))
