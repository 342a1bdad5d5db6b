// The admin face at an address that others can reach.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import {
  makeCertificate,
  makeExpired,
  makeRevocationList,
  noCertificates,
} from '../../support/certificates.ts'
import { Sluice } from '../../support/process.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-admin-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const TOKEN = 'correct-horse-battery-staple'
const OURS = ['--pull-connect', 'tcp://127.0.0.1:1', '--push-connect', 'tcp://127.0.0.1:1']

describe('an admin face with TLS', { skip: noCertificates, concurrency: true }, () => {
  before(() => {
    for (const name of ['host', 'client', 'gone']) makeCertificate(folder, name)
    makeCertificate(folder, 'foreign', 'another-ca')
    makeRevocationList(folder, 'gone')
    writeFileSync(at('token'), `${TOKEN}\n`, { mode: 0o600 })
  })
  const tls = ['--admin-tls-cert', at('host.pem'), '--admin-tls-key', at('host.key')]

  async function start(t: TestContext, address: string, ...flags: string[]) {
    const run = new Sluice(t, 'sluice-relay', [...OURS, '--admin', address, ...flags])
    const face = (await run.faces()).find(one => one.startsWith('http'))!
    return { run, face, port: Number(new URL(face).port) }
  }

  /** Node's client looks for the name of the Host header in the certificate. */
  const anyName = { checkServerIdentity: () => undefined }

  async function ask(port: number, path: string, some: RequestOptions = {}) {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      ca: readFileSync(at('ca.pem')),
      ...anyName,
      ...some,
    }
    const sent = request(options).end()
    const [response] = await Promise.race([
      once(sent, 'response'),
      once(sent, 'close').then(() => assert.fail('there was no answer')),
    ])
    return { status: response.statusCode as number, body: await text(response) }
  }

  const own = (name: string) => ({
    cert: readFileSync(at(`${name}.pem`)),
    key: readFileSync(at(`${name}.key`)),
  })
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

  test('answers at any address who has the token, and nobody else', async t => {
    const { run, face, port } = await start(t, '0.0.0.0:0', ...tls, '--admin-token-file', at('token'))
    assert.match(face, /^https:\/\/0\.0\.0\.0:\d+$/)
    for (const path of ['/healthz', '/status', '/metrics', '/nothing']) {
      assert.deepEqual(await ask(port, path), {
        status: 401,
        body: 'send the token as "Authorization: Bearer TOKEN"\n',
      })
    }
    const wrong = await ask(port, '/status', bearer(`${TOKEN}x`))
    assert.deepEqual(wrong, { status: 401, body: 'the token is wrong\n' })
    // By any name: no page of a stranger knows the token.
    const named = { headers: { ...bearer(TOKEN).headers, host: 'edge.example:9600' } }
    const status = await ask(port, '/status', named)
    assert.equal(status.status, 200)
    const strange = { headers: { ...bearer(TOKEN).headers, origin: 'https://evil.example' } }
    assert.equal((await ask(port, '/status', strange)).status, 403)
    // Neither token nor key is anywhere to be seen.
    const process = execFileSync('tr', ['\\0', ' '], {
      input: readFileSync(`/proc/${run.child.pid}/cmdline`),
    })
    const key = readFileSync(at('host.key'), 'utf8').split('\n')[1]!
    for (const shown of [status.body, run.stderr, String(process), (await run.admin('/metrics')).body]) {
      assert.ok(!shown.includes(TOKEN))
      assert.ok(!shown.includes(key))
    }
    // On the unix socket it is asked as before.
    assert.equal((await run.admin('/healthz')).status, 200)
    const plain = plainRequest({ host: '127.0.0.1', port, agent: false }).end()
    await assert.rejects(once(plain, 'response'))
  })

  test('is asked by sluice ledger, which shows the token or a certificate', async t => {
    const clients = ['--admin-token-file', at('token'), '--admin-tls-client-ca', at('ca.pem')]
    const { port } = await start(t, '127.0.0.1:0', ...tls, ...clients)
    const shown = ['--token-file', at('token'), '--cert', at('client.pem'), '--key', at('client.key')]
    const ledger = async (...flags: string[]) => {
      const run = new Sluice(t, 'sluice', ['ledger', `https://127.0.0.1:${port}`, ...flags])
      return { code: await run.exited, said: run.stdout + run.stderr }
    }
    assert.equal((await ledger('--ca', at('ca.pem'), ...shown)).code, 0)
    const unknown = await ledger(...shown)
    assert.equal(unknown.code, 2)
    assert.match(unknown.said, /its certificate is of an authority that is not known here; give --ca/)
    assert.match((await ledger('--ca', at('ca.pem'), ...shown.slice(2))).said, /HTTP 401: send the token as/)
    const anonymous = await ledger('--ca', at('ca.pem'), '--token-file', at('token'))
    assert.match(anonymous.said, /it wants a certificate; give --cert and --key/)
  })

  test('answers who has a certificate of the authority, and is called so', async t => {
    const authority = ['--admin-tls-client-ca', at('ca.pem')]
    const { port, run } = await start(
      t,
      '0.0.0.0:0',
      ...[...tls, ...authority, '--admin-tls-client-crl', at('ca.crl'), '--admin-tls-client-name', 'client'],
    )
    assert.equal((await ask(port, '/healthz', own('client'))).body, 'ok\n')
    assert.equal(
      (await ask(port, '/healthz', { ...own('client'), headers: { host: 'any.example' } })).status,
      200,
    )
    await assert.rejects(ask(port, '/healthz'))
    await run.log(/a connection was refused: it has no certificate/)
    await assert.rejects(ask(port, '/healthz', own('foreign')))
    await assert.rejects(ask(port, '/healthz', own('gone')))
    await assert.rejects(ask(port, '/healthz', own('host')))
  })

  test('reads token and certificate again, and tells of what will not do', async t => {
    makeCertificate(folder, 'live')
    writeFileSync(at('changing'), 'old')
    const live = ['--admin-tls-cert', at('live.pem'), '--admin-tls-key', at('live.key')]
    const { run, port } = await start(t, '127.0.0.1:0', ...live, '--admin-token-file', at('changing'))
    const until = async () => (await ask(port, '/metrics', bearer('old'))).body
    const [, first] =
      /_expires_timestamp_seconds\{flag="--admin-tls-cert",file="[^"]*live\.pem"\} (\d+)/.exec(await until())!
    assert.ok(Math.abs(Number(first) - Date.now() / 1000 - 90 * 86_400) < 3600)
    const { certificates } = (await run.status()) as unknown as { certificates: { expires: string }[] }
    assert.equal(Date.parse(certificates[0]!.expires) / 1000, Number(first))
    const kept = connect({ host: '127.0.0.1', port, ca: readFileSync(at('ca.pem')) })
    t.after(() => kept.destroy())
    await once(kept, 'secureConnect')

    makeCertificate(folder, 'next', 'ca', 9)
    writeFileSync(at('live.pem'), readFileSync(at('next.pem')))
    run.child.kill('SIGHUP')
    await run.log(/what was read before stays: --admin-tls-key: this is not the key/)
    assert.match(await until(), /_reloads_failed_total\{flag="--admin-tls-cert"\} 1\n/)
    writeFileSync(at('live.key'), readFileSync(at('next.key')))
    writeFileSync(at('changing'), 'new')
    run.child.kill('SIGHUP')
    await run.log(/ was read again/)
    await run.log(/^--admin-tls-cert .*live\.pem \(CN=next\) runs out in 8 days, at 20/)
    assert.equal((await ask(port, '/status', bearer('old'))).status, 401)
    assert.equal((await ask(port, '/status', bearer('new'))).status, 200)
    kept.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer new\r\n\r\n')
    assert.match(await text(kept), /^HTTP\/1\.1 200 /)
  })

  for (const [what, flags, message] of [
    [
      'nothing',
      [],
      /^sluice-relay: --admin 0\.0\.0\.0:1: everybody could come in; give --admin-token-file, --admin-tls-cert and --admin-tls-key \(or --admin-tls-client-ca in place of the token\), or listen on 127\.0\.0\.1:1\n$/,
    ],
    [
      'a token without TLS',
      ['--admin-token-file', at('token')],
      /in clear; give --admin-tls-cert and --admin-tls-key, or put a TLS proxy/,
    ],
    ['TLS without a token', tls, /everybody could come in/],
    [
      'a key that is not there',
      ['--admin-tls-cert', at('host.pem'), '--admin-tls-key', at('none'), '--admin-token-file', at('token')],
      /--admin-tls-key: .*no such file/,
    ],
  ] as const)
    test(`with ${what}, an address that others reach is misuse`, async t => {
      const run = new Sluice(t, 'sluice-relay', [...OURS, '--admin', '0.0.0.0:1', ...flags])
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, message)
    })
})

test('a certificate that has expired is told of, and keeps nothing from starting', {
  skip: noCertificates,
}, async t => {
  makeExpired(folder, 'old')
  const flags = ['--listen', '127.0.0.1:0', '--tls-cert', at('old.pem'), '--tls-key', at('old.key')]
  const run = new Sluice(t, 'sluice-syslog-tcp', flags)
  const line = await run.log(/^--tls-cert .*old\.pem \(CN=old\) ran out at .*: clients refuse it$/)
  assert.equal(line.level, 'error')
  await run.ready()
  const { body } = await run.admin('/metrics')
  assert.match(
    body,
    /_expires_timestamp_seconds\{stage="syslog-tcp[^"]*",flag="--tls-cert",file="[^"]*old\.pem"\} 1577836800\n/,
  )
  const { certificates } = (await run.status()).stages[0]!
  assert.equal((certificates as { expires: string }[])[0]!.expires, '2020-01-01T00:00:00.000Z')
})
