import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkDoors, parseDoor, readCredentials } from '../../../src/lib/asking/doors.ts'
import { Misuse } from '../../../src/lib/errors.ts'

describe('an address', () => {
  const at = (host: string, port: number, isSecure = false) => ({ host, port, isSecure })
  for (const [address, request, below = ''] of [
    ['127.0.0.1:9600', at('127.0.0.1', 9600)],
    [':9600', at('127.0.0.1', 9600)],
    ['[::1]:9600', at('::1', 9600)],
    ['far.example:9600', at('far.example', 9600)],
    ['http://far.example:9600', at('far.example', 9600)],
    ['http://far.example/', at('far.example', 80)],
    ['http://far.example/edge/', at('far.example', 80), '/edge'],
    ['http://far.example:9600/status', at('far.example', 9600)],
    ['https://far.example', at('far.example', 443, true)],
    ['https://[::1]:9600/', at('::1', 9600, true)],
    ['/run/sluice/edge.sock', { socketPath: '/run/sluice/edge.sock' }],
    ['./edge.sock', { socketPath: `${process.cwd()}/edge.sock` }],
    ['edge.sock', { socketPath: `${process.cwd()}/edge.sock` }],
  ] as const) {
    test(address, () => {
      const door = parseDoor(address)
      assert.deepEqual([door.request, door.below], [request, below])
    })
  }

  for (const [address, message] of [
    ['edge', /^edge: write HOST:PORT.*--names edge$/],
    ['https://token@far.example', /no token or password in a URL/],
    ['http://far.example/?token=x', /no token or password in a URL/],
    ['tcp://127.0.0.1:7000', /write HOST:PORT/],
    ['http://', /write http:\/\/HOST:PORT/],
    ['far.example:99999', /write HOST:PORT/],
  ] as const) {
    test(`${address} is misuse`, () => {
      assert.throws(
        () => parseDoor(address),
        (error: Error) => error instanceof Misuse && message.test(error.message),
      )
    })
  }
})

test('a token goes over TLS, or stays on this host', () => {
  const check = (address: string, token?: string) => checkDoors([parseDoor(address)], token ? { token } : {})
  for (const address of ['https://far.example', 'http://127.0.0.1:9600', '[::1]:1', './edge.sock'])
    check(address, 'x')
  check('http://far.example')
  assert.throws(() => check('http://far.example', 'x'), /would cross the network in clear; write https:/)
})

test('a certificate needs its key', () => {
  const none = { tokenFile: undefined, ca: undefined, cert: undefined, key: undefined }
  assert.deepEqual(readCredentials(none), {})
  assert.throws(() => readCredentials({ ...none, cert: 'a' }), /^Misuse: --cert needs --key$/)
  assert.throws(() => readCredentials({ ...none, ca: '/nowhere/ca.pem' }), /^Misuse: --ca: .*no such file$/)
})
