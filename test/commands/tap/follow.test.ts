// Against a server that answers as a daemon does while it is started again.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { follow } from '../../../src/commands/tap/follow.ts'
import { read } from '../../../src/commands/tap/read.ts'
import { parseDoor } from '../../../src/lib/asking/doors.ts'
import { Misuse } from '../../../src/lib/errors.ts'

async function serve(t: TestContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.closeAllConnections())
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Follows somebody who gives these answers, one after the other, until so many lines are there. */
async function followed(t: TestContext, answers: readonly [status: number, body: string][], count: number) {
  let asked = 0
  const port = await serve(t, (_, response) => {
    const [status, body] = answers[Math.min(asked++, answers.length - 1)]!
    response.writeHead(status).end(body)
  })
  const lines: string[] = []
  const told: string[] = []
  const end = new AbortController()
  await follow({
    ...{ door: parseDoor(`127.0.0.1:${port}`), name: 'chain/a', path: '/a/tap', credentials: {} },
    ...{ wait: 10_000, isCopy: false, signal: end.signal, tell: (text: string) => void told.push(text) },
    async line(text) {
      if (lines.push(text) === count) end.abort()
    },
  })
  return { lines, told }
}

describe('bug: a tap died', () => {
  test('when it asked a chain whose stages were not there again', async t => {
    const { lines, told } = await followed(
      t,
      [
        [200, 'one\n'],
        [404, 'there is no such stage'],
        [400, 'it has no outputs'],
        [200, 'two\n'],
      ],
      2,
    )
    assert.deepEqual(lines, ['one', 'two'])
    assert.match(told.at(-1)!, /^chain\/a is back after/)
  })

  test('when its reader paused for longer than a daemon is silent', async t => {
    const port = await serve(t, (_, response) => void response.end(`${'x'.repeat(1000)}\n`.repeat(5000)))
    const asking = get({ port, host: '127.0.0.1', agent: false })
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    let count = 0
    const line = async () => {
      if (count++ === 0) await wait(200)
    }
    await read(response, t.signal, line, { silence: 50 })
    assert.equal(count, 5000)
  })
})

test('what was never there is said at once', async t => {
  await assert.rejects(followed(t, [[404, 'no such stage']], 1), /HTTP 404: no such stage/)
  await assert.rejects(followed(t, [[400, 'it has no outputs']], 1), Misuse)
})

test('who says nothing any more is left', async t => {
  const port = await serve(t, (_, response) => void response.write('one\n'))
  const asking = get({ port, host: '127.0.0.1', agent: false })
  asking.on('error', () => {})
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  await read(response, t.signal, async () => {}, { silence: 50 })
  assert.ok(response.destroyed)
})

test('bug: a line without an end was kept, however long it was', async t => {
  const port = await serve(t, (_, response) => void response.end(`one\n${'x'.repeat(2_000_000)}`))
  const asking = get({ port, host: '127.0.0.1', agent: false })
  asking.on('error', () => {})
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  await assert.rejects(
    read(response, t.signal, async () => {}, { longest: 1_000_000 }),
    /its line has no end/,
  )
  assert.ok(response.destroyed)
})
