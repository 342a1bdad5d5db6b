// Setups that cannot be looked at, beside one that can.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { planAll } from '../../../src/commands/doctor/find.ts'
import type { Setup } from '../../../src/commands/doctor/setup.ts'
import { said } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-setups-'))
after(() => rmSync(folder, { recursive: true }))
chmodSync(folder, 0o755)

const here = process.cwd()
const skip = process.getuid?.() !== 0
const STRANGER = { uid: 12345, groups: [12345] }

/** What is said of a setup, and whether the one behind it is planned. */
async function beside(some: Partial<Setup>): Promise<string[]> {
  const words = 'relay --pull-connect tcp://127.0.0.1:1 --push-connect file:///a'.split(' ')
  const good = { origin: 'good', words, env: {}, cwd: '/' }
  const { planned, findings } = await planAll([{ ...good, origin: 'bad', ...some }, good])
  assert.equal(process.cwd(), here)
  assert.equal(planned.at(-1)!.setup.origin, 'good')
  return said(findings)
}

test('bug: a working directory that is none ended all', async () => {
  // As of a process whose folder was removed, where somebody has made a file of what the kernel calls it then.
  const cwd = join(folder, 'D (deleted)')
  writeFileSync(cwd, '')
  assert.deepEqual(await beside({ cwd }), [
    `unknown bad: it cannot be looked at: its working directory ${cwd}: not a directory`,
  ])
})

test('bug: a working directory was entered as root', { skip }, async () => {
  const cwd = join(folder, 'of-root')
  mkdirSync(cwd, { mode: 0o700 })
  assert.deepEqual(await beside({ cwd, user: STRANGER }), [
    `unknown bad: it cannot be looked at: its working directory ${cwd}: permission denied`,
  ])
})

test('where the doctor itself is need not be entered', { skip }, async () => {
  const cwd = mkdtempSync(join(folder, 'here-'))
  chmodSync(cwd, 0o700)
  process.chdir(cwd)
  process.seteuid!(STRANGER.uid)
  try {
    const words = 'relay --pull-connect tcp://127.0.0.1:1 --push-connect file:///a'.split(' ')
    const { findings } = await planAll([{ origin: 'typed', words, env: {}, cwd, isTyped: true }])
    assert.match(said(findings).join(), /^well /)
  } finally {
    process.seteuid!(0)
    process.chdir(here)
  }
})

test('one that is not there yet may be made by a start', async () => {
  assert.match((await beside({ cwd: join(folder, 'later') })).join(), /^well /)
})

test('bug: an error of one that nobody expects ended all', async () => {
  const findings = await beside({ words: undefined as never })
  assert.match(findings.join(), /^unknown bad: it cannot be looked at: /)
})
