// Tokens of accounts: who brings one sees what is of that account, and nothing else.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { until } from '../../faults/wait.ts'
import { Sluice } from '../../support/process.ts'
import { Count, METRICS } from './count-daemon.ts'
import { recordOf } from './oracle.ts'

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const ALL = bearer('everything')
const ACME = bearer('of-acme')
const OTHER = bearer('of-other')
const SLASH = bearer('of-slash')
const LINES = ['# who may see what', '', 'of-acme acme', 'of-acme-too acme', 'of-other other', 'of-slash a/b']
const EVENTS = ['acme', 'other', 'a', 'a/b', 'acme2'].map(account =>
  recordOf({ account, type: 'pageview', time: Date.UTC(2025, 0), visitor: 'v' }),
)

function files(t: TestContext): { tokens: string; flags: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-accounts-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [token, tokens] = [join(folder, 'token'), join(folder, 'tokens')]
  writeFileSync(token, 'everything\n', { mode: 0o600 })
  writeFileSync(tokens, LINES.join('\n'), { mode: 0o600 })
  return { tokens, flags: ['--http-token-file', token, '--account-tokens', tokens] }
}

async function counted(t: TestContext, flags: readonly string[]): Promise<Count> {
  const count = new Count(t, [...METRICS, ...flags])
  await count.count(EVENTS)
  return count
}

test('account A gets 403 on account B, whatever it asks and however it writes it', async t => {
  const { flags } = files(t)
  const count = await counted(t, flags)
  const status = async (path: string, headers: { authorization: string }) =>
    (await count.get(path, headers)).status
  const paths = (account: string) => [
    ...[`/${account}/pageview/2025`, `/${account}/pageview/2025/01`, `/${account}/visitors/2025/01/01/00`],
    ...[`/series/${account}/pageview`, `/api/v1/series/${account}/pageview`],
    ...[`/api/v1/hashes/${account}/pageview/2025`, `/api/v1/keys?prefix=${account}/`],
  ]
  for (const path of paths('acme')) {
    assert.equal(await status(path, ACME), 200, path)
    assert.equal(await status(path, OTHER), 403, path)
    assert.equal(await status(path, SLASH), 403, path)
    assert.equal(await status(path, ALL), 200, path)
  }
  for (const account of ['acme2', 'a', 'other', '%61cme2', 'nobody'])
    for (const path of paths(account)) assert.equal(await status(path, ACME), 403, path)
  assert.equal(await status('/%61cme/pageview/2025', ACME), 200)
  // `a/b` is one account, and not in account `a`.
  assert.deepEqual(await count.json('/a%2Fb/pageview/2025', SLASH), { '01': 1 })
  assert.equal(await status('/a/pageview/2025', SLASH), 403)
  const { error } = await count.json('/acme/pageview/2025', OTHER)
  assert.deepEqual(error, { code: 'forbidden', message: 'this token is of another account' })
  for (const path of paths('acme')) assert.equal((await count.get(path)).status, 401)
  assert.equal(await status('/acme/pageview/2025', bearer('of-nobody')), 401)
})

test('keys that begin with a word are of nobody, and those of accounts begin with the account', async t => {
  const { flags, tokens } = files(t)
  writeFileSync(tokens, 'of-all all\nof-acme acme\n')
  const count = new Count(t, ['--key', '{account}/{type}', '--key', 'all/{page:-none}', ...flags])
  await count.count(EVENTS)
  const ofAll = bearer('of-all')
  assert.deepEqual(await count.json('/all/none/2025', ALL), { '01': EVENTS.length })
  assert.equal((await count.get('/all/none/2025', ofAll)).status, 403)
  assert.equal((await count.get('/series/all/none', ofAll)).status, 403)
  assert.deepEqual((await count.json('/api/v1/keys', ofAll)).keys, [])
  assert.equal((await count.json('/api/v1/keys?prefix=all/', ALL)).keys.length, 1)
  assert.equal((await count.get('/acme/pageview/2025', ACME)).status, 200)
  for (const key of ['{type}/{account}', '{account}-{type}/x']) {
    const { daemon } = new Count(t, ['--key', '{account}/a/b', '--key', key, ...flags])
    assert.equal(await daemon.exited, 64)
    assert.match(daemon.stderr, /with --account-tokens, keys begin with the account/)
  }
})

test('a token that is also that of everything is refused', async t => {
  const { flags, tokens } = files(t)
  writeFileSync(tokens, 'everything acme\n')
  const { daemon } = new Count(t, flags)
  assert.equal(await daemon.exited, 64)
  assert.match(daemon.stderr, /the token of acme is that of --http-token-file, which opens everything/)
  writeFileSync(tokens, 'of-acme acme\n')
  const count = await counted(t, flags)
  writeFileSync(tokens, 'everything acme\n')
  await until('a new list', async () => (await count.get('/other/pageview/2025', ALL)).status === 403)
})

test('lists and descriptions are of the account alone', async t => {
  const { flags } = files(t)
  const count = await counted(t, flags)
  const keys = async (query: string, headers: { authorization: string }) =>
    (await count.json(`/api/v1/keys${query}`, headers)).keys.map(({ key }: { key: string }) => key)
  assert.deepEqual(await keys('', ACME), ['acme/pageview', 'acme/visitors'])
  assert.deepEqual(await keys('?prefix=ac', ACME), ['acme/pageview', 'acme/visitors'])
  assert.deepEqual(await keys('?prefix=acme/v', ACME), ['acme/visitors'])
  assert.deepEqual(await keys('', SLASH), ['a%2Fb/pageview', 'a%2Fb/visitors'])
  assert.equal((await keys('', ALL)).length, 10)
  assert.equal((await count.json('/api/v1/keys?limit=1', ACME)).more, true)
  assert.equal((await count.json('/api/v1/about', ACME)).account, 'acme')
  assert.equal((await count.json('/api/v1/about', ALL)).account, null)
})

test('live events and rates are of the account alone', async t => {
  const { flags } = files(t)
  const count = await counted(t, flags)
  const stream = async (path: string, headers: { authorization: string }, wanted: RegExp) => {
    const response = await count.get(path, headers)
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (wanted.test(text)) break
    }
    return text
  }
  const events = await stream('/events?last=100', ACME, /acme/)
  assert.deepEqual(events.match(/"account":"[^"]*"/g), ['"account":"acme"'])
  const rates = await stream('/api/v1/rates?by=account', OTHER, /event: rate/)
  assert.ok(rates.includes('history') && !rates.includes('acme'), rates)
  const port = await count.daemon.port()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/events?last=100`, { headers: OTHER })
  const [message] = await once(socket, 'message')
  assert.deepEqual(String(message).match(/"account":"[^"]*"/g), ['"account":"other"'])
  socket.terminate()
})

test('a login with the token of an account is a session of that account, and ends with the token', async t => {
  const { flags, tokens } = files(t)
  const count = await counted(t, flags)
  const port = await count.daemon.port()
  const login = (token: string) =>
    fetch(`http://127.0.0.1:${port}/login`, {
      ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ token, to: '/' }) },
      headers: { 'sec-fetch-site': 'same-origin' },
    })
  assert.equal((await login('of-nobody')).status, 401)
  const answer = await login('of-acme')
  assert.equal(answer.status, 303)
  const [cookie = ''] = answer.headers.get('set-cookie')!.split(';')
  const status = async (path: string, session: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie: session } })).status
  assert.equal(await status('/acme/pageview/2025', cookie), 200)
  assert.equal(await status('/other/pageview/2025', cookie), 403)
  // Neither another account nor none can be written into it.
  const [name, session] = cookie.split('=') as [string, string]
  const [expires, , signature] = session.split('.')
  const forged = [Buffer.from('other').toString('base64url'), undefined].map(account =>
    [expires, account, signature].filter(Boolean).join('.'),
  )
  for (const value of forged) assert.equal(await status('/other/pageview/2025', `${name}=${value}`), 401)
  writeFileSync(tokens, 'of-other other\n')
  await until('a new list', async () => (await status('/acme/pageview/2025', cookie)) === 401)
  assert.equal((await count.get('/other/pageview/2025', OTHER)).status, 200)
  assert.equal((await count.get('/acme/pageview/2025', ACME)).status, 401)
})

test('a list of tokens that will not do is misuse that names the line, and keeps the old one when it is read again', async t => {
  const { flags, tokens } = files(t)
  const count = await counted(t, flags)
  writeFileSync(tokens, 'of-other other\nof-acme\n')
  await count.daemon.log(/what was read before stays: --account-tokens: .*:2: a line is TOKEN ACCOUNT/)
  assert.equal((await count.get('/acme/pageview/2025', ACME)).status, 200)
  const second = new Sluice(t, 'sluice-count', ['--pull-connect', 'tcp://127.0.0.1:1', '--check', ...flags])
  assert.equal(await second.exited, 64)
  writeFileSync(tokens, 'one a\none b\n')
  const third = new Sluice(t, 'sluice-count', ['--pull-connect', 'tcp://127.0.0.1:1', '--check', ...flags])
  assert.equal(await third.exited, 64)
  assert.match(third.stderr, /:2: this token is there before; give each account its own/)
})

test('pages of an origin that is allowed may ask with a token, and others may not', async t => {
  const { flags } = files(t)
  const count = await counted(t, [...flags, '--allow-origin', 'https://shop.example'])
  const ask = (origin: string) => count.get('/acme/pageview/2025', { ...ACME, origin })
  const allowed = await ask('https://shop.example')
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://shop.example')
  assert.deepEqual(await allowed.json(), { '01': 1 })
  assert.equal((await ask('https://evil.example')).status, 403)
})
