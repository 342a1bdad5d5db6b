// The ways to reach a Redis that are not TCP.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { orSkip } from '../../servers/available.ts'
import { type Redis, startRedis } from '../../servers/redis.ts'
import { makeCertificate, noCertificates } from '../../support/certificates.ts'
import { freePort } from '../../support/port.ts'
import { Count } from './count-daemon.ts'
import { recordOf } from './oracle.ts'

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'sluice-redis-'))
  t.after(() => rmSync(made, { recursive: true }))
  return made
}

async function counts(t: TestContext, redis: Redis, flags: readonly string[], database = 0): Promise<Count> {
  const count = new Count(t, flags)
  await count.count([recordOf({ account: 'acme', type: 'pageview', time: Date.UTC(2025, 0) })])
  assert.equal((await redis.cli('-n', `${database}`, 'HGET', 'acme/pageview/2025', '01')).trim(), '1')
  assert.deepEqual(await count.json('/acme/pageview/2025'), { '01': 1 })
  return count
}

test('at a unix socket', async t => {
  const unixsocket = join(folder(t), 'a redis.sock')
  const redis = await orSkip(t, () => startRedis({ config: { unixsocket } }))
  if (!redis) return
  t.after(() => redis.stop())
  await counts(t, redis, ['--store', `redis+unix://${encodeURI(unixsocket)}?db=2`], 2)
})

test('by TLS, as a user, at a name and an address', { skip: noCertificates }, async t => {
  const made = folder(t)
  const { cert, key } = makeCertificate(made, 'localhost')
  const ca = join(made, 'ca.pem')
  const port = await freePort()
  const tls = { 'tls-port': `${port}`, 'tls-cert-file': cert, 'tls-key-file': key, 'tls-auth-clients': 'no' }
  const redis = await orSkip(t, () => startRedis({ config: { ...tls, 'tls-ca-cert-file': ca } }))
  if (!redis) return
  t.after(() => redis.stop())
  await redis.cli('ACL', 'SETUSER', 'bob', 'on', '>word', '~*', '+@all')
  writeFileSync(join(made, 'password'), 'word\n', { mode: 0o600 })
  const flags = (host: string) => [
    ...['--store', `rediss://bob@${host}:${port}`, '--store-password-file', join(made, 'password')],
  ]
  for (const host of ['localhost', '127.0.0.1']) {
    const { daemon } = await counts(t, redis, [...flags(host), '--store-ca', ca])
    assert.doesNotMatch(daemon.stderr, /Warning/)
    await daemon.stop()
    await redis.cli('FLUSHALL')
  }
  const { daemon } = new Count(t, flags('localhost'))
  await daemon.log(/its certificate is of an authority that is not known here; give --store-ca/)
})
