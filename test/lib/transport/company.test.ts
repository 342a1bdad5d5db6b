import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { parseEndpoint } from '../../../src/lib/endpoint.ts'
import { Company } from '../../../src/lib/transport/company.ts'
import { linkStatus } from '../../../src/lib/transport/link.ts'

function companyAt(address: string, mode: 'bind' | 'connect' = 'connect') {
  const said: string[] = []
  const endpoint = parseEndpoint(address, 'push', mode)
  const log = pino({ base: null }, { write: line => void said.push(JSON.parse(line).msg) })
  return { said, company: new Company(endpoint, linkStatus(endpoint), log) }
}

test('nobody came, somebody came, and left: each is told, the last one only when nobody comes back', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { said, company } = companyAt('tcp://127.0.0.1:7000')
  company.await()
  t.mock.timers.tick(5_000)
  while (said.length === 0) await setImmediate()
  company.came()
  company.left()
  company.came()
  t.mock.timers.tick(60_000)
  company.left()
  t.mock.timers.tick(60_000)
  const lines = ['nobody is connected yet', 'connected', 'nobody is connected any more']
  assert.deepEqual(
    said,
    lines.map(line => `tcp://127.0.0.1:7000: ${line}`),
  )
})

test('a name that is not known is the reason', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { said, company } = companyAt('tcp://no-such-host.invalid:7000')
  company.await()
  t.mock.timers.tick(5_000)
  while (said.length === 0) await setImmediate()
  assert.match(said[0]!, /nobody is connected yet: the name no-such-host.invalid is not known \(E\w+\)$/)
})

for (const [mode, address] of [
  ['bind', 'tcp://127.0.0.1:*'],
  ['bind', 'ack+tcp://[::1]:*'],
  ['bind', 'ipc:///run/a b/%/#'],
  ['bind', 'ipc://@one two'],
  ['connect', 'ipc://@name'],
  ['connect', 'tcp://[::1]:7000'],
  ['connect', 'tcp://[fe80::1%lo]:7000'],
] as const)
  test(`bug: ${mode} ${address}: the process ended when nobody had come, or a path was taken for a host`, async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { said, company } = companyAt(address, mode)
    company.await()
    t.mock.timers.tick(5_000)
    while (said.length === 0) await setImmediate()
    assert.deepEqual(said, [`${address}: nobody is connected yet`])
  })
