// Clients that people have, as docs/http-in.md says to set them up.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { Service } from '../faults/service.ts'
import { until } from '../faults/wait.ts'
import { orSkip } from '../servers/available.ts'
import { installPackages } from '../servers/debian.ts'
import { startSyslogNg } from '../servers/syslog-ng.ts'
import { freePort } from '../support/port.ts'
import { root, Sluice } from '../support/process.ts'
import { numbered, numbersIn, upTo } from './support.ts'

const guide = readFileSync(join(root, 'docs/http-in.md'), 'utf8')
const COUNT = 20_000

/** The code after `<!-- MARK -->`, for this port. */
function shown(mark: string, port: number): string {
  const [, code = assert.fail(mark)] =
    new RegExp(`<!-- ${mark} -->\n\`\`\`\\w*\n([^]*?)\`\`\``).exec(guide) ?? []
  return code.replaceAll('8515', String(port))
}

async function shell(command: string, args: readonly string[], input = ''): Promise<string> {
  // urllib and curl would ask a proxy for a server on loopback.
  const running = promisify(execFile)(command, args, {
    env: { ...process.env, no_proxy: '*' },
    timeout: 30_000,
  })
  running.child.stdin!.end(input)
  return (await running).stdout
}

/** A daemon whose records are in a file, by which they are acknowledged; it may be killed. */
async function start(t: TestContext) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-http-in-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'records.ndjson')
  const flags = ['--http', `127.0.0.1:${port}`, '--push-connect', `file://${file}`]
  const service = await new Service(t, 'sluice-http-in', flags).ready()
  const records = (): { [field: string]: unknown }[] => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    // The last line may not be there yet.
    return text
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line))
  }
  return { port, folder, service, records }
}

describe('clients of sluice-http-in', { concurrency: 2 }, () => {
  test('curl, as the page shows it', async t => {
    const curl = await orSkip(t, async () => {
      await shell('curl', ['--version']).catch(() => installPackages('curl'))
      return true
    })
    if (!curl) return
    const run = new Sluice(t, 'sluice-http-in', ['--http', '127.0.0.1:0'])
    const answers = await shell('sh', ['-c', shown('run', await run.port())])
    assert.equal(answers, '{"accepted":2}'.repeat(3))
    const records = await run.records(6)
    assert.deepEqual(
      records.map(({ '@meta': _, ...fields }) => fields),
      [
        { message: 'a line' },
        { message: 'another one' },
        { level: 'info', message: 'one' },
        { level: 'warning' },
        { message: 'one' },
        { message: 'two' },
      ],
    )
  })

  test('Python, as the page shows it', async t => {
    const run = new Sluice(t, 'sluice-http-in', ['--http', '127.0.0.1:0'])
    const code = shown('run: python3', await run.port())
    assert.equal(await shell('python3', ['-'], code), 'b\'{"accepted":3}\'\n')
    assert.deepEqual(
      (await run.records(3)).map(({ message, number }) => [message, number]),
      [0, 1, 2].map(number => ['from Python', number]),
    )
  })

  test('Python, which does not say how long the body is', async t => {
    const run = new Sluice(t, 'sluice-http-in', ['--http', '127.0.0.1:0'])
    const code = `
import http.client
connection = http.client.HTTPConnection("127.0.0.1", ${await run.port()})
for body in (b"one\\ntw", b"o\\n"), (b"[1,", b"2]"):
    connection.request("POST", "/", (piece for piece in body))
    print(connection.getresponse().read().decode())
`
    assert.equal(await shell('python3', ['-'], code), '{"accepted":2}\n'.repeat(2))
    const texts = (await run.records(4)).map(({ message }) => message)
    assert.deepEqual(texts, ['one', 'two', '1', '2'])
  })

  test('syslog-ng, as the page shows it, while the daemon is killed again and again', async t => {
    const { port, service, records } = await start(t)
    const tcp = await freePort()
    const syslogNg = await orSkip(t, () => startSyslogNg(syslogNgConfig(tcp, port), () => listens(tcp)))
    if (!syslogNg) return
    t.after(() => syslogNg.stop())
    connect(tcp, '127.0.0.1').end(`${numbered(0, COUNT).join('\n')}\n`)
    for (const part of [0.1, 0.4, 0.7]) {
      await until(`${part} of them`, () => new Set(numbersOf(records())).size >= part * COUNT)
      await service.kill()
      await service.ready()
    }
    await until('all of them', () => new Set(numbersOf(records())).size === COUNT)
    assert.deepEqual(
      [...new Set(numbersOf(records()))].sort((a, b) => a - b),
      upTo(COUNT),
    )
    const [{ '@meta': _, ...record } = assert.fail()] = records()
    assert.equal(record.HOST, 'web1')
    assert.equal(record.PROGRAM, 'app')
  })

  test('Fluent Bit, as the page shows it, while the daemon is away', async t => {
    const program = process.env.SLUICE_FLUENT_BIT
    if (!program) return t.skip('SLUICE_FLUENT_BIT names no program')
    const { port, folder, service, records } = await start(t)
    await service.stop()
    const config = join(folder, 'fluent-bit.conf')
    const input =
      '[SERVICE]\n    Flush 1\n[INPUT]\n    Name dummy\n    Samples 5\n    Dummy {"message":"hello"}\n'
    writeFileSync(config, input + shown('fluent-bit', port))
    const fluentBit = new Sluice(t, program, ['-c', config])
    await fluentBit.until('a failure', ({ stderr }) => /no upstream connections/.test(stderr))
    service.restart()
    await until('all of them', () => records().length >= 5)
    // With its own time beside them.
    const fields = records().map(({ '@meta': _, date, ...fields }) => ({ ...fields, date: typeof date }))
    assert.deepEqual(fields, Array(5).fill({ message: 'hello', date: 'number' }))
    return undefined
  })
})

function numbersOf(records: readonly { [field: string]: unknown }[]): number[] {
  return numbersIn(records.map(record => record.MESSAGE ?? record.message))
}

/** Reads what comes by TCP, and waits where it cannot go on. */
const syslogNgConfig = (tcp: number, port: number) => `@version: 3.38
options { stats-freq(0); time-reopen(1); keep-hostname(yes); };
source s_tcp { network(transport("tcp") ip("127.0.0.1") port(${tcp}) log-iw-size(10000)); };
${shown('syslog-ng', port)}
log { source(s_tcp); destination(d_sluice); flags(flow-control); };
`

async function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.end()
  })
}
