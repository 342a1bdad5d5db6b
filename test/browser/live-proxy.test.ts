// The page of sluice-hub behind what forwards requests, and no WebSocket.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { eventsFrom, eventually, figure, isLive, Live, texts } from './live-support.ts'
import { Visit } from './support.ts'

/** As a proxy that is told nothing of WebSocket: it leaves `Upgrade` and `Connection` out, and what is asked is a plain GET. */
async function plainProxy(t: TestContext, port: number): Promise<{ url: string; isFull: boolean }> {
  const server = createServer((incoming, outgoing) => {
    if (proxy.isFull && incoming.url!.startsWith('/events')) {
      outgoing.writeHead(503, { 'content-type': 'application/json' })
      outgoing.end('{"error":{"code":"busy","message":"too many clients"}}')
      return
    }
    const { upgrade: _upgrade, connection: _connection, ...headers } = incoming.headers
    const to = { port, host: '127.0.0.1', path: incoming.url, headers }
    const onward = request(to, answer => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
      answer.on('error', () => outgoing.destroy())
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    onward.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const proxy = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, isFull: true }
  return proxy
}

/** As what looks into connections: it lets a WebSocket open, and then ends it. */
async function cuttingProxy(t: TestContext, port: number): Promise<{ url: string; upgrades: number }> {
  const server = createTcpServer(client => {
    const hub = connect(port, '127.0.0.1')
    let isUpgrade = false
    client.on('data', data => {
      isUpgrade ||= /^upgrade: websocket/im.test(String(data))
      hub.write(data)
    })
    hub.on('data', data => {
      if (!isUpgrade) client.write(data)
      else {
        proxy.upgrades++
        client.end(data.subarray(0, data.indexOf('\r\n\r\n') + 4))
        hub.destroy()
      }
    })
    client.on('close', () => hub.destroy())
    hub.on('close', () => client.end())
    for (const socket of [client, hub]) socket.on('error', () => {})
    t.after(() => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const proxy = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, upgrades: 0 }
  return proxy
}

test('bug: where a WebSocket opened and nothing came through it, it was opened for ever', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  live.write(...eventsFrom(0, 4))
  const proxy = await cuttingProxy(t, live.port)
  const { page } = await Visit.start(t, 'desktop', proxy.url)
  await eventually('all', async () => (await texts(page, '.line')).length, 4)
  await isLive(page)
  live.write(...eventsFrom(4, 3))
  await eventually('those that follow', async () => (await texts(page, '.line')).length, 7)
  t.diagnostic(`after ${proxy.upgrades} WebSockets`)
})

test('where no WebSocket gets through, events come all the same; why there are none is said', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  live.write(...eventsFrom(0, 4))
  const proxy = await plainProxy(t, live.port)
  const { page } = await Visit.start(t, 'desktop', proxy.url)
  await page.getByText('The hub is busy. Too many clients. Trying again …').waitFor()
  proxy.isFull = false
  await isLive(page)
  await page.getByText('Trying again').waitFor({ state: 'detached' })
  await eventually('those before', async () => (await texts(page, '.line')).length, 4)
  live.write(...eventsFrom(4, 3))
  await eventually('those that follow', async () => (await texts(page, '.line')).length, 7)
  await eventually('the sum', () => figure(page, 'Since opened'), 3)
})
