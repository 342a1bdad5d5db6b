import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { installSysv } from '../../../src/commands/service/sysv.ts'
import { hostWith, serviceOf } from './host.ts'

const host = hostWith({ '/sbin/start-stop-daemon': '', '/etc/passwd': 'sluice:x:\n' })

/** What the script says to start-stop-daemon, and in variables. */
async function started(...flags: string[]): Promise<string[]> {
  const service = await serviceOf('map', 'x', flags, 'sysv')
  const { changes } = await installSysv(service, host, false)
  const text = changes.map(change => ('write' in change ? change.text : '')).join('')
  const script = `install() { :; }
said() { for word; do printf '%s\\0' "$word"; done; printf '%s' "$SLUICE_DO"; }
${text.replaceAll('start-stop-daemon', 'said')}`
  return execFileSync('/bin/sh', ['-c', script, 'sh', 'start'], { encoding: 'utf8' }).split('\0')
}

test('the words of a flag are the same ones behind a shell', async () => {
  const odd = ['set a = "it\'s $HOME `x`"', 'set b = "x\\\\n$(date)"', 'set c = "50% # {{{d}}} !"']
  const words = await started(...odd.flatMap(text => ['--do', text]))
  assert.deepEqual(
    words.filter((_, n) => words[n - 1] === '--do'),
    odd,
  )
})

test('bug: a dollar in a variable of the script was a part of the script', async () => {
  const service = await serviceOf('map', 'x', [], 'sysv')
  const value = 'set a = "$& $1 $$"'
  const unit = { ...service.unit, environment: [['SLUICE_DO', value] as const] }
  const { changes } = await installSysv({ ...service, unit }, host, false)
  const text = changes.map(change => ('write' in change ? change.text : '')).join('')
  assert.ok(text.includes(`\nexport 'SLUICE_DO=${value}'\n`), text)
})

test('what a daemon calls itself is no line of the script', async () => {
  const service = await serviceOf('map', 'x', [], 'sysv')
  const unit = { ...service.unit, description: 'x\nrm -rf /' }
  await assert.rejects(installSysv({ ...service, unit }, host, false), /no control characters/)
})
