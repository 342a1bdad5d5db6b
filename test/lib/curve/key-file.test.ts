import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { curveKeyPair } from 'zeromq'
import {
  createKeyPair,
  formatKeyFile,
  readKeyPair,
  readPublicKey,
  sharedSecret,
} from '../../../src/lib/curve/key-file.ts'
import { isProof, proofOf } from '../../../src/lib/curve/proof.ts'
import { Misuse } from '../../../src/lib/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'))

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

test('what is written is read again, with the secret and without', () => {
  const pair = createKeyPair()
  const { publicKey } = pair
  assert.deepEqual(readKeyPair('--curve-key', file('own', formatKeyFile('web1', pair))), pair)
  assert.deepEqual(readPublicKey('server-key', file('pub', formatKeyFile('web1', { publicKey }), 0o644)), {
    publicKey,
    name: 'web1',
  })
  assert.deepEqual(readPublicKey('server-key', file('bare', `${publicKey}\n`, 0o644)), {
    publicKey,
    name: undefined,
  })
})

test('a certificate of CZMQ, with all that it may say', () => {
  const pair = curveKeyPair()
  const text = `#   ****  Generated on 2026-11-22 by CZMQ  ****
#   ZeroMQ CURVE **Secret** Certificate

metadata
    email = "admin@example.org"
    name = 'rsyslog'
curve
    public-key = "${pair.publicKey}"
    secret-key = "${pair.secretKey}"
`
  const path = file('czmq', text)
  assert.deepEqual(readKeyPair('--curve-key', path), pair)
  assert.equal(readPublicKey('--curve-server', path).name, 'rsyslog')
})

test('a name that is none of ours is said, and not left out; one that is given counts instead; an empty one is none', () => {
  const { publicKey } = createKeyPair()
  const path = file('odd', formatKeyFile('the relay of Bob', { publicKey }), 0o644)
  assert.throws(
    () => readPublicKey('server-key', path),
    (error: Error) =>
      error instanceof Misuse && /^server-key: .*odd: the name "the relay of Bob" /.test(error.message),
  )
  assert.equal(readPublicKey('--show', path, 'bob').name, 'bob')
  assert.equal(readPublicKey('server-key', path, '').name, undefined)
  assert.equal(
    readPublicKey('server-key', file('none', formatKeyFile('', { publicKey }), 0o644)).name,
    undefined,
  )
})

test('keys that libzmq made lead both ends to the same secret, and ours do', () => {
  const [ours, theirs, other] = [createKeyPair(), curveKeyPair(), createKeyPair()]
  const secret = sharedSecret(ours.secretKey, theirs.publicKey)
  assert.deepEqual(sharedSecret(theirs.secretKey, ours.publicKey), secret)
  assert.notDeepEqual(sharedSecret(other.secretKey, ours.publicKey), secret)
})

test('a proof holds for one key, one server and one line', () => {
  const [client, server, other] = [createKeyPair(), createKeyPair(), createKeyPair()]
  const proof = proofOf(client, server.publicKey, 'line-1')
  assert.equal(isProof(proof, server, client.publicKey, 'line-1'), true)
  assert.equal(isProof(proof, server, client.publicKey, 'line-2'), false)
  assert.equal(isProof(proof, server, other.publicKey, 'line-1'), false)
  assert.equal(isProof(proof, other, client.publicKey, 'line-1'), false)
  assert.equal(isProof('', server, client.publicKey, 'line-1'), false)
  // A key of order one, under which everybody has the same secret.
  assert.equal(isProof(proof, server, '0'.repeat(40), 'line-1'), false)
})

test('files that will not do are refused, with what to write', () => {
  const pair = createKeyPair()
  const text = formatKeyFile('a', pair)
  const table: [string, RegExp][] = [
    [file('open', text, 0o604), /open to everybody on this host; write: chmod o= .*open/],
    [file('writable', text, 0o602), /open to everybody/],
    [
      file('public', formatKeyFile('a', { publicKey: pair.publicKey })),
      /has a public key only.*sluice keygen/,
    ],
    [
      file('public.pub', formatKeyFile('a', { publicKey: pair.publicKey })),
      /its owner the other file; that is \S+\/public where sluice keygen has made it/,
    ],
    [file('empty', ''), /has no secret-key; make one with: sluice keygen/],
    [file('short', text.replace(/secret-key = ".../, 'secret-key = "')), /holds no key/],
    [
      file('mixed', formatKeyFile('a', { ...pair, publicKey: createKeyPair().publicKey })),
      /do not belong together/,
    ],
    [join(folder, 'missing'), /there is no such file/],
    [folder, /--curve-key: /],
  ]
  for (const [path, message] of table) {
    const misuse = (error: Error) => error instanceof Misuse && message.test(error.message)
    assert.throws(() => readKeyPair('--curve-key', path), misuse, path)
    if (/public|mixed/.test(path)) continue
    if (/open/.test(path)) assert.equal(readPublicKey('x', path).publicKey, pair.publicKey)
    else if (/writable/.test(path)) assert.throws(() => readPublicKey('x', path), /chmod o-w/)
    else if (!/short/.test(path)) assert.throws(() => readPublicKey('x', path), Misuse)
  }
  // A group may read it: so a service is given its key.
  assert.deepEqual(readKeyPair('--curve-key', file('group', text, 0o640)), pair)
})
