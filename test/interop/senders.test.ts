// Other people's senders of syslog into our sources: rsyslog by UDP, TCP and TLS, and loggen of syslog-ng.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { startRsyslog } from '../servers/rsyslog.ts'
import { installSyslogNg, runLoggen } from '../servers/syslog-ng.ts'
import { makeCertificate, noCertificates } from '../support/certificates.ts'
import { freePort } from '../support/port.ts'
import { Sluice } from '../support/process.ts'
import { numbered, numbersIn, upTo } from './support.ts'

const COUNT = 2000

const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
after(() => rmSync(folder, { recursive: true }))
if (!noCertificates) for (const name of ['host', 'web1']) makeCertificate(folder, name)
const at = (name: string) => join(folder, name)
const TLS = ['--tls-cert', at('host.pem'), '--tls-key', at('host.key'), '--tls-client-ca', at('ca.pem')]

describe('rsyslog sends', { concurrency: 2 }, () => {
  const ways = {
    UDP: { source: 'sluice-syslog-udp', flags: [], target: 'protocol="udp"' },
    'TCP, lines': {
      source: 'sluice-syslog-tcp',
      flags: [],
      target: 'protocol="tcp" TCP_Framing="traditional"',
    },
    'TCP, counted': {
      source: 'sluice-syslog-tcp',
      flags: [],
      target: 'protocol="tcp" TCP_Framing="octet-counted"',
    },
    TLS: {
      source: 'sluice-syslog-tcp',
      flags: TLS,
      target: `protocol="tcp" TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1"
        StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="host"`,
    },
  }
  for (const [name, { source, flags, target }] of Object.entries(ways)) {
    const skip = name === 'TLS' ? noCertificates : false
    test(`by ${name}, and goes on when we are started again in mid-stream`, { skip }, async t => {
      const [tcp, port] = [await freePort(), await freePort()]
      const rsyslog = await orSkip(t, () => startRsyslog(forwarding(tcp, port, target, name === 'TLS')))
      if (!rsyslog) return
      t.after(() => rsyslog.stop())
      const listen = () => new Sluice(t, source, ['--listen', `127.0.0.1:${port}`, ...flags])
      const first = listen()
      await first.ready()
      const sender = connect(tcp, '127.0.0.1')
      await once(sender, 'connect')
      // In pieces that fit into the receive buffer of a datagram socket.
      const give = (from: number, to: number) => sender.write(`${numbered(from, to).join('\n')}\n`)
      for (let n = 0; n < COUNT; n += 100) {
        give(n, n + 100)
        await first.records(n + 100)
      }
      assert.equal(await first.stop(), 0)
      // What is sent now finds nobody.
      give(COUNT, COUNT + 10)
      const second = listen()
      await second.ready()
      let n = COUNT + 10
      // A sender that noticed its connection is gone tries again after a while; until then it may lose what it sends.
      while (!second.stdout.includes('number')) {
        give(n, ++n)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      const from = n
      for (; n < from + COUNT; n += 100) {
        give(n, n + 100)
        await second.until(`number ${n + 99}`, ({ stdout }) => stdout.includes(`number ${n + 99}"`))
      }
      assert.equal(await second.stop(), 0)
      const records = (run: Sluice) =>
        run.stdout
          .trim()
          .split('\n')
          .map(line => JSON.parse(line))
      assert.deepEqual(numbersIn(records(first).map(({ message }) => message)), upTo(COUNT))
      const numbers = numbersIn(records(second).map(({ message }) => message))
      assert.deepEqual(numbers.slice(-COUNT), upTo(n).slice(from))
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((a, b) => a - b),
      )
      const lost = n - COUNT - numbers.length
      t.diagnostic(`by ${name}: ${lost} of those that were sent while nobody listened are lost`)
      if (name === 'TLS') assert.equal(records(second)[0]['@meta'].sender, 'web1')
    })
  }
})

/** Forwards what comes in by TCP, as it came. */
function forwarding(tcp: number, port: number, target: string, tls: boolean): string {
  const files = `global(DefaultNetstreamDriverCAFile="${at('ca.pem')}"
    DefaultNetstreamDriverCertFile="${at('web1.pem')}" DefaultNetstreamDriverKeyFile="${at('web1.key')}")`
  return `${tls ? files : ''}
  module(load="imptcp")
  template(name="raw" type="string" string="%rawmsg%")
  input(type="imptcp" address="127.0.0.1" port="${tcp}" ruleset="out")
  ruleset(name="out") {
    action(type="omfwd" target="127.0.0.1" port="${port}" template="raw" ${target}
           queue.type="LinkedList" action.resumeRetryCount="-1" action.resumeInterval="1")
  }`
}

describe('loggen sends', { concurrency: 2 }, () => {
  const ways: { [name: string]: { args: string[]; flags: string[] } } = {
    'lines by TCP': { args: ['-i', '-S'], flags: [] },
    'counted frames by TCP': { args: ['-i', '-S', '-P'], flags: [] },
    'lines by TLS': { args: ['-U'], flags: TLS.slice(0, 4) },
    'counted frames by TLS': { args: ['-U', '-P'], flags: TLS.slice(0, 4) },
  }
  for (const [name, { args, flags }] of Object.entries(ways)) {
    test(name, { skip: name.endsWith('TLS') ? noCertificates : false }, async t => {
      if (!(await orSkip(t, installSyslogNg))) return
      const run = new Sluice(t, 'sluice-syslog-tcp', ['--listen', '127.0.0.1:0', ...flags])
      const port = await run.port()
      const connections = ['--active-connections', '4']
      const limits = ['--rate', '100000', '--interval', '20', '--number', String(COUNT), '--quiet']
      await runLoggen(...args, ...connections, ...limits, '127.0.0.1', String(port))
      const records = await run.records(4 * COUNT)
      assert.equal(await run.stop(), 0)
      assert.equal(records.length, 4 * COUNT)
      assert.deepEqual(
        sequences(records),
        Array.from({ length: 4 }, () => upTo(COUNT)),
      )
    })
  }
})

/** The numbers of each of its threads, in the order in which they came. */
function sequences(records: { [key: string]: unknown }[]): number[][] {
  const threads: number[][] = [[], [], [], []]
  for (const { message } of records) {
    const [, sequence, thread] = /seq: (\d+), thread: (\d+),/.exec(message as string) ?? []
    threads[Number(thread)]!.push(Number(sequence))
  }
  return threads
}
