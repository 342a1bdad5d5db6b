import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uninstallSystemd } from '../../../src/commands/service/uninstall.ts'
import { chainUnit } from '../../../src/lib/service/shipped.ts'
import { renderUnit } from '../../../src/lib/service/unit.ts'
import { hostWith, serviceOf } from './host.ts'

const { unit } = await serviceOf('relay', 'x', [])
const text = renderUnit(unit)
const own = { '/etc/systemd/system/sluice-x.service': text }

const shared = ['/etc/sysusers.d/sluice.conf', '/etc/tmpfiles.d/sluice.conf']

function removed(files: { readonly [path: string]: string }): string[] {
  const { changes } = uninstallSystemd(['x'], hostWith({ ...own, ...files }), false)
  return changes.flatMap(change => ('remove' in change ? [change.remove] : []))
}

const takesAllAway = (files: { readonly [path: string]: string }) =>
  shared.every(path => removed(files).includes(path))

test('with the last one, what they share is taken away', () => {
  assert.ok(takesAllAway({}))
  assert.ok(
    takesAllAway({ '/usr/lib/systemd/system/nginx.service': '[Service]\nExecStart=/usr/sbin/nginx\n' }),
  )
})

test('bug: units that come along lost their group, links and root', () => {
  const foreign = text.replace('Written by', 'Made by')
  for (const path of [
    '/etc/systemd/system/sluice-relay.service',
    '/usr/lib/systemd/system/sluice-x.service',
    '/run/systemd/system/my-relay.service',
  ])
    assert.ok(!takesAllAway({ [path]: foreign }), path)
  const chain = { '/usr/local/lib/systemd/system/sluice@.service': renderUnit(chainUnit()) }
  assert.ok(!takesAllAway(chain))
  const { notes } = uninstallSystemd(['x'], hostWith({ ...own, ...chain }), false)
  assert.match(notes.join('\n'), /kept: \/etc\/sysusers\.d.*; sluice@\.service needs them/)
})

test('a unit that somebody else brought is said to be one', () => {
  for (const path of ['/etc/systemd/system/sluice-y.service', '/usr/lib/systemd/system/sluice-y.service'])
    assert.throws(
      () =>
        uninstallSystemd(['y'], hostWith({ ...own, [path]: text.replace('Written by', 'Made by') }), false),
      {
        message: `${path} was not written by sluice service; use systemctl, as in systemctl status sluice-y.service`,
      },
    )
})
