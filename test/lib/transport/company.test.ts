import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { parseEndpoint } from '../../../src/lib/endpoint.ts'
import { Company } from '../../../src/lib/transport/company.ts'
import { linkStatus } from '../../../src/lib/transport/link.ts'

function companyAt(address: string) {
  const said: string[] = []
  const endpoint = parseEndpoint(address, 'push', 'connect')
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
