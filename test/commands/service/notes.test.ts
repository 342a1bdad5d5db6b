import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lowPortsOf, missingOf, openPagesOf } from '../../../src/commands/service/notes.ts'
import { loadDaemon } from '../../../src/lib/registry.ts'
import { shippedService } from '../../../src/lib/service/shipped.ts'
import { planStage } from '../../../src/lib/stage/plan.ts'
import { serviceOf } from './host.ts'

const NOWHERE = { stdin: false, stdout: false, terminal: false }

test('who installs a page hears that every user of the host can read it', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const token = join(folder, 'token')
  writeFileSync(token, 'correct-horse')
  const daemon = await loadDaemon('store')
  const service = shippedService('store', daemon)
  assert.deepEqual(openPagesOf([service]), [
    'store answers every user of this host at 127.0.0.1:8514; --http-token-file FILE keeps them out',
  ])
  const flags = new Map([
    ...Object.entries({ httpTokenFile: [token], pullBind: ['ipc:///run/sluice/store.ipc'] }),
  ])
  assert.deepEqual(openPagesOf([{ ...service, plan: planStage('store', daemon, flags, {}, NOWHERE) }]), [])
  assert.deepEqual(openPagesOf([shippedService('relay', await loadDaemon('relay'))]), [])
})

test('bug: who opened other doors of loopback heard nothing of it', async () => {
  const notes = async (word: string, ...flags: string[]) => openPagesOf([await serviceOf(word, 'x', flags)])
  assert.deepEqual(await notes('relay', '--admin', '127.0.0.1:9600'), [
    'x answers every user of this host at 127.0.0.1:9600; --admin-token-file FILE keeps them out',
  ])
  assert.deepEqual(
    await notes('relay', '--admin', '127.0.0.1:9600', '--admin-token-file', '/etc/sluice/x'),
    [],
  )
  assert.deepEqual(await notes('relay', '--admin', 'systemd'), [])
  assert.deepEqual(
    await notes('relay', '--pull-bind', 'ack+tcp://[::1]:7000', '--push-bind', 'tcp://localhost:7001'),
    [
      'x takes records of every user of this host at tcp://[::1]:7000; an ack+ipc:// link, or --curve-key, keeps them out',
      'x gives its records to every user of this host at tcp://localhost:7001; an ack+ipc:// link, or --curve-key, keeps them out',
    ],
  )
  assert.deepEqual(await notes('relay', '--pull-connect', 'tcp://127.0.0.1:7000'), [])
})

test('bug: who is there for everybody, or for accounts alone, was told of a token that it does not know', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const tokens = join(folder, 'tokens')
  writeFileSync(tokens, '0123456789abcdef0123456789abcdef acme\n')
  const notes = async (word: string, ...flags: string[]) => openPagesOf([await serviceOf(word, 'x', flags)])
  assert.deepEqual(await notes('collect'), [])
  assert.deepEqual(await notes('count', '--account-tokens', tokens), [])
  assert.deepEqual(await notes('hub'), [
    'x answers every user of this host at 127.0.0.1:8516; --http-token-file FILE keeps them out',
  ])
})

test('bug: who publishes at loopback was told of a link that cannot', async () => {
  const flags = ['--pull-bind', 'sub+tcp://127.0.0.1:7000', '--push-bind', 'pub+tcp://127.0.0.1:7001']
  assert.deepEqual(openPagesOf([await serviceOf('relay', 'x', flags)]), [
    'x takes records of every user of this host at tcp://127.0.0.1:7000; a sub+ipc:// link, or --curve-key, keeps them out',
    'x gives its records to every user of this host at tcp://127.0.0.1:7001; a pub+ipc:// link, or --curve-key, keeps them out',
  ])
})

test('bug: a folder that comes later was never seen, and nothing was said', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const notes = async (word: string, ...flags: string[]) => missingOf([await serviceOf(word, 'x', flags)])
  const tail = [
    'tail',
    '--file',
    `${folder}/log/*.log`,
    '--push-connect',
    `ack+ipc://${folder}/links/x.ipc`,
  ] as const
  assert.deepEqual(await notes(...tail), [
    `x: ${folder}/log is not there; make it, or type afterwards: sluice service restart x`,
    `x: ${folder}/links is not there; make it, since x does not start before`,
  ])
  for (const one of ['log', 'links']) mkdirSync(join(folder, one))
  assert.deepEqual(await notes(...tail), [])
  // What a daemon looks for by itself need not be there.
  assert.deepEqual(await notes('journal'), [])
  assert.deepEqual(await notes('relay', '--push-connect', `file://${folder}/out/x`), [
    `x: ${folder}/out is not there; make it, since x does not start before`,
  ])
})

test('who gives the name of a host and a low port hears that an address takes fewer rights', async () => {
  const notes = async (listen: string) =>
    lowPortsOf([await serviceOf('syslog-tcp', 'x', ['--listen', listen])])
  assert.deepEqual(await notes('myhost:514'), [
    'x opens myhost:514 itself, with CAP_NET_BIND_SERVICE, since systemd knows only addresses; type that of myhost, as in --listen 192.0.2.1:514',
  ])
  for (const well of [':514', '192.0.2.1:514', 'localhost:514', 'myhost:1514', 'systemd'])
    assert.deepEqual(await notes(well), [])
})
