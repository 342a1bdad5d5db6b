import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Self, unwanted } from '../../../src/daemons/journal/chosen.ts'
import { unitIn } from '../../../src/daemons/journal/surroundings.ts'
import { matcher } from '../../../src/lib/wildcards.ts'

test('patterns are what they are in a shell', () => {
  const matches = matcher(['sluice-*.service', 'a?c', 'x.y+(z)'])
  for (const good of ['sluice-.service', 'sluice-relay@1.service', 'abc', 'x.y+(z)'])
    assert.ok(matches(good), good)
  for (const bad of ['sluice-relay.serviceX', 'Xsluice-.service', 'ac', 'abbc', 'xyy+(z)', ''])
    assert.ok(!matches(bad), bad)
  assert.ok(!matcher([])('') && matcher([''])('') && !matcher([''])('a'))
})

const self: Self = { pid: 42, boot: 'b', machine: 'm', unit: 'shipper.service' }
const store = 'sluice-store.service'
const cases: [name: string, entry: object, self: Self, why: string | undefined][] = [
  ['of somebody else', { _PID: '43', _BOOT_ID: 'b' }, self, undefined],
  ['our own', { _PID: '42', _BOOT_ID: 'b' }, self, 'own'],
  ['of our number before the boot', { _PID: '42', _BOOT_ID: 'a' }, self, undefined],
  ['where the boot is not known', { _PID: '42' }, { ...self, boot: undefined }, undefined],
  ['of our unit', { _SYSTEMD_UNIT: 'shipper.service', _MACHINE_ID: 'm' }, self, 'own'],
  ['of our unit elsewhere', { _SYSTEMD_UNIT: 'shipper.service', _MACHINE_ID: 'n' }, self, undefined],
  [
    'where our log goes elsewhere',
    { _SYSTEMD_UNIT: 'shipper.service', _MACHINE_ID: 'm' },
    { ...self, unit: undefined },
    undefined,
  ],
  ['of another of the suite', { _SYSTEMD_UNIT: store }, self, 'excluded'],
  [
    "of another of the suite, as a user's",
    { _SYSTEMD_UNIT: 'user@0.service', _SYSTEMD_USER_UNIT: store },
    self,
    'excluded',
  ],
  ['about another of the suite', { _SYSTEMD_UNIT: 'init.scope', UNIT: store }, self, undefined],
]
for (const [name, entry, who, why] of cases)
  test(name, () => assert.equal(unwanted(who, ['sluice-*.service'])({ ...entry }), why))

const cgroups: [text: string, unit: string | undefined][] = [
  ['0::/system.slice/shipper.service\n', 'shipper.service'],
  ['0::/user.slice/user-0.slice/user@0.service/app.slice/own.service\n', 'own.service'],
  ['12:cpu:/other.service\n1:name=systemd:/system.slice/system-a.slice/a@1.service\n', 'a@1.service'],
  ['0::/system.slice/shipper.service/sub\n', 'shipper.service'],
  ['0::/user.slice/user-0.slice/session-1.scope\n', undefined],
  ['0::/\n', undefined],
  ['', undefined],
]
for (const [text, unit] of cgroups) test(`our unit: ${unit}`, () => assert.equal(unitIn(text), unit))
