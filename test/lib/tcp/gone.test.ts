import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { goneAmong, living } from '../../../src/lib/tcp/gone.ts'

test('a row of the kernel is a connection, unless its peer has closed', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:09D2 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1001 1
   1: 0100007F:09D2 0100007F:9C4A 01 00000000:00000000 00:00000000 00000000     0        0 1002 1
   2: 0100007F:09D2 0100007F:9C4B 08 00000000:00000010 00:00000000 00000000     0        0 1003 1

  sl  local_address                         remote_address                        st tx_queue
  12: 0000000000000000FFFF00000100007F:09D2 0000000000000000FFFF00000100007F:9C4C 01 00000000:00000000`
  assert.deepEqual([...living(table)], ['2514 0', '2514 40010', '2514 40012'])
})

test('of connections that nobody reads, those are found that were closed or reset', {
  skip: process.platform !== 'linux',
}, async t => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const pairs: { theirs: Socket; ours: Socket }[] = []
  for (let n = 0; n < 3; n++) {
    const theirs = connect(port, '127.0.0.1')
    const [ours] = (await once(server, 'connection')) as [Socket]
    await new Promise(resolve => theirs.write('not read by anybody', resolve))
    t.after(() => [theirs, ours].map(socket => socket.on('error', () => {}).destroy()))
    pairs.push({ theirs, ours })
  }
  const [closed, reset, alive] = pairs as [(typeof pairs)[0], (typeof pairs)[0], (typeof pairs)[0]]
  assert.deepEqual(await goneAmong([closed.ours, reset.ours, alive.ours]), [])
  closed.theirs.destroySoon()
  reset.theirs.resetAndDestroy()
  const gone = async () => (await goneAmong([closed.ours, reset.ours, alive.ours])).length
  while ((await gone()) < 2) await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(await goneAmong([alive.ours, closed.ours, reset.ours]), [closed.ours, reset.ours])
  // As those of a socket of another network namespace, whose port nobody listens at in ours.
  server.close()
  assert.deepEqual(await goneAmong([alive.ours, closed.ours, reset.ours]), [])
})
