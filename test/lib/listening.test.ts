import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cannotListen } from '../../src/lib/listening.ts'

const cases: [code: string, port: number, message: RegExp][] = [
  [
    'EADDRINUSE',
    514,
    /^--http a:514: the port is in use by another program; choose another one, for example --http a:614$/,
  ],
  ['EACCES', 514, /^--http a:514: ports below 1024 need root or CAP_NET_BIND_SERVICE$/],
  ['EACCES', 5514, /^--http a:5514: of the system$/],
  ['EADDRNOTAVAIL', 5514, /^--http a:5514: this host has no such address$/],
]
for (const [code, port, message] of cases)
  test(`${code} at port ${port}`, () => {
    const error = Object.assign(new Error('of the system'), { code })
    assert.match(cannotListen({ host: 'a', port }, error, '--http').message, message)
  })
