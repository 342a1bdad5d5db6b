// rsyslog's own ZeroMQ modules, on either side of ours.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { type Rsyslog, startRsyslog } from '../servers/rsyslog.ts'
import { until } from '../servers/support.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { numbered, numbersIn, sendPaced, upTo } from './support.ts'

const COUNT = 1000

/** How rsyslog writes the direction of a link. */
const SIGN = { connect: '>', bind: '@' }
const OTHER = { connect: 'bind', bind: 'connect' } as const

describe('rsyslog and Sluice', { concurrency: 2 }, () => {
  for (const way of ['connect', 'bind'] as const) {
    test(`omczmq, which ${way}s, PUSHes into sluice-syslog-json`, async t => {
      const [tcp, link] = [await freePort(), await freePort()]
      const rsyslog = await rsyslogOrSkip(t, () => pushing(tcp, `${SIGN[way]}tcp://127.0.0.1:${link}`))
      if (!rsyslog) return
      const filter = new Sluice(t, 'sluice-syslog-json', [
        `--pull-${OTHER[way]}`,
        `tcp://127.0.0.1:${link}`,
        ...['--timezone', 'UTC'],
      ])
      await filter.ready()
      connect(tcp, '127.0.0.1').end(`${numbered(0, COUNT).join('\n')}\n`)
      const records = await filter.records(COUNT)
      assert.equal(await filter.stop(), 0)
      assert.equal(records.length, COUNT)
      assert.deepEqual(numbersIn(records.map(({ message }) => message)), upTo(COUNT))
      for (const [n, { '@meta': _, '@timestamp': time, ...fields }] of records.entries()) {
        assert.match(String(time), /^\d{4}-10-11T22:14:15/)
        assert.deepEqual(fields, {
          timestamp: 'Oct 11 22:14:15',
          syslog_priority: 13,
          syslog_facility: 'user',
          syslog_severity: 'notice',
          host: 'web1',
          syslog_program: 'app',
          syslog_pid: '42',
          message: `number ${n}`,
        })
      }
    })

    test(`sluice-syslog-udp PUSHes into imczmq, which ${way}s: one message a record`, async t => {
      const link = await freePort()
      const rsyslog = await rsyslogOrSkip(t, directory =>
        pulling(`${SIGN[way]}tcp://127.0.0.1:${link}`, join(directory, 'seen')),
      )
      if (!rsyslog) return
      const bridge = new Sluice(t, 'sluice-syslog-udp', [
        ...['--listen', '127.0.0.1:0'],
        ...[`--push-${OTHER[way]}`, `tcp://127.0.0.1:${link}?framing=text`],
      ])
      await sendPaced(await bridge.port(), numbered(0, COUNT), count =>
        bridge.untilStatus(`${count} datagrams`, ({ stages }) => stages[0]!.books.in === count),
      )
      const seen = () =>
        readFile(join(rsyslog.directory, 'seen'), 'utf8').then(
          text => text.split('\n').slice(0, -1),
          () => [],
        )
      await until(async () => (await seen()).length >= COUNT, { timeout: 20_000, what: 'all messages' })
      assert.equal(await bridge.stop(), 0)
      assert.deepEqual(
        await seen(),
        upTo(COUNT).map(n => `user notice web1 app 42: number ${n}`),
      )
    })
  }
})

async function rsyslogOrSkip(t: TestContext, config: (directory: string) => string) {
  const rsyslog: Rsyslog | undefined = await orSkip(t, () => startRsyslog(config))
  if (rsyslog) t.after(() => rsyslog.stop())
  return rsyslog
}

/** Passes on by ZeroMQ what comes in by TCP, as it came. */
const pushing = (tcp: number, link: string) => `
  module(load="imtcp") module(load="omczmq")
  template(name="raw" type="string" string="%rawmsg%")
  input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="out")
  ruleset(name="out") { action(type="omczmq" socktype="PUSH" endpoints="${link}" template="raw") }`

/** Writes what comes in by ZeroMQ as rsyslog has understood it. */
const pulling = (link: string, file: string) => `
  module(load="imczmq")
  template(name="fields" type="string"
    string="%syslogfacility-text% %syslogseverity-text% %hostname% %programname% %procid%:%msg%\\n")
  input(type="imczmq" socktype="PULL" endpoints="${link}")
  if $inputname == "imczmq" then { action(type="omfile" file="${file}" template="fields") stop }`
