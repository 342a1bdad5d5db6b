import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findDoors, parseDoor } from '../../../src/commands/ledger/where.ts'
import { Misuse } from '../../../src/lib/errors.ts'

describe('an address', () => {
  for (const [address, request] of [
    ['127.0.0.1:9600', { host: '127.0.0.1', port: 9600, path: '/status' }],
    [':9600', { host: '127.0.0.1', port: 9600, path: '/status' }],
    ['[::1]:9600', { host: '::1', port: 9600, path: '/status' }],
    ['far.example:9600', { host: 'far.example', port: 9600, path: '/status' }],
    ['http://far.example:9600', { host: 'far.example', port: 9600, path: '/status' }],
    ['http://far.example/', { host: 'far.example', port: 80, path: '/status' }],
    ['http://far.example/edge/', { host: 'far.example', port: 80, path: '/edge/status' }],
    ['http://far.example:9600/status', { host: 'far.example', port: 9600, path: '/status' }],
    ['/run/sluice/edge.sock', { socketPath: '/run/sluice/edge.sock', path: '/status' }],
    ['./edge.sock', { socketPath: `${process.cwd()}/edge.sock`, path: '/status' }],
    ['edge.sock', { socketPath: `${process.cwd()}/edge.sock`, path: '/status' }],
  ] as const) {
    test(address, () => assert.deepEqual(parseDoor(address).request, request))
  }

  for (const [address, message] of [
    ['edge', /^edge: write HOST:PORT.*--names edge$/],
    ['https://far.example', /write HOST:PORT/],
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

test('a folder that is not there has no daemons', async () => {
  assert.deepEqual(await findDoors('/nowhere/at/all', []), [])
})

test('a daemon that is named is expected to answer', async () => {
  const [door] = await findDoors('/run/sluice', ['edge'])
  assert.deepEqual([door!.address, door!.named], ['/run/sluice/edge.sock', true])
})

test('without a folder, whom to ask must be said', async () => {
  await assert.rejects(findDoors(undefined, []), Misuse)
})
