// wrk asks sluice-collect as fast as it answers: each answer is an event.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { installWrk, wrk } from '../servers/wrk.ts'
import { Sluice } from '../support/process.ts'

const CONNECTIONS = 64

for (const [what, path, body] of [
  ['the GIF', '/r/shop/acme/pageview?u=https%3A%2F%2Fshop.example%2F', undefined],
  ['POST', '/e', '{"type":"pageview","app":"shop","data":{"account":"acme"}}'],
] as const)
  test(`wrk: ${what}`, async t => {
    if (!(await orSkip(t, installWrk))) return
    const flags = ['--http', '127.0.0.1:0', '--rate', 'off', '--push-connect', 'file:///dev/null']
    const run = new Sluice(t, 'sluice-collect', flags)
    const url = `http://127.0.0.1:${await run.port()}${path}`
    const headers = { 'Content-Type': 'text/plain' }
    const load = { connections: CONNECTIONS, seconds: 2, headers, ...(body !== undefined && { body }) }
    const { requests, failed } = await wrk(url, load)
    assert.equal(failed, 0)
    const status = await run.untilStatus('the end', ({ stages: [stage] }) => stage!.books.held === 0)
    const { in: events, balanced } = status.stages[0]!.books
    assert.equal(balanced, true)
    // When it stops, each connection may have one under way.
    assert.ok(events >= requests && events <= requests + CONNECTIONS, `${events} of ${requests}`)
    t.diagnostic(`${requests} requests`)
  })
