// kill -9 of sluice-tail under load while its files are rotated in all ways: each line is in the store, once.
import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { freePort } from '../support/port.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { messagesInStore } from './store.ts'
import { until } from './wait.ts'

const ROUNDS = LONG ? 200 : 3

/** A log that is written and rotated, by one who knows what was in it. */
class Log {
  readonly folder: string
  readonly lines: string[] = []

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'sluice-logs-'))
    t.after(() => rmSync(this.folder, { recursive: true }))
    writeFileSync(this.at('app.log'), '')
  }

  at(name: string): string {
    return join(this.folder, name)
  }

  write(count: number): void {
    const fresh = Array.from({ length: count }, (_, n) => `number ${this.lines.length + n} ${'.'.repeat(40)}`)
    this.lines.push(...fresh)
    appendFileSync(this.at('app.log'), fresh.map(line => `${line}\n`).join(''))
  }

  rename(): void {
    this.#makeRoom()
    renameSync(this.at('app.log'), this.at('app.log.1'))
    writeFileSync(this.at('app.log'), '')
  }

  copyAndTruncate(): void {
    this.#makeRoom()
    copyFileSync(this.at('app.log'), this.at('app.log.1'))
    truncateSync(this.at('app.log'), 0)
  }

  compress(): void {
    if (!existsSync(this.at('app.log.1'))) return
    writeFileSync(this.at('app.log.1.gz'), gzipSync(readFileSync(this.at('app.log.1'))))
    rmSync(this.at('app.log.1'))
  }

  #makeRoom(): void {
    for (const name of ['app.log.1', 'app.log.1.gz'])
      if (existsSync(this.at(name)))
        renameSync(this.at(name), this.at(name.replace('1', `${this.lines.length}`)))
  }
}

for (const glob of ['app.log', 'app.log*'])
  test(`${ROUNDS} times kill -9 of sluice-tail that follows ${glob}, which is rotated meanwhile`, async t => {
    const random = new Random(t)
    const log = new Log(t)
    const [link, http] = [await freePort(), await freePort()]
    const store = new Service(t, 'sluice-store', [
      ...['--pull-bind', `ack+tcp://127.0.0.1:${link}`],
      ...['--http', `127.0.0.1:${http}`, '--path', 'store'],
    ])
    await store.ready()
    const quick = ['--look-every', '20ms', '--scan-every', '50ms']
    const tail = new Service(t, 'sluice-tail', [
      ...['--file', log.at(glob), ...quick],
      ...['--push-connect', `ack+tcp://127.0.0.1:${link}`],
    ])
    await tail.ready()
    const isStored = async () => ((await store.status()).stages[0]!.books.stored ?? 0) === log.lines.length
    const come = (what: string) =>
      until(what, isStored).catch(async error => {
        const there = new Set(await messagesInStore(http))
        const missing = log.lines.filter(line => !there.has(line))
        const said = tail.run.logs.slice(-20).map(({ msg }) => msg)
        assert.fail(`${error}: ${missing.length} lines, from "${missing[0]}" on; the log: ${said.join('\n')}`)
      })
    for (let round = 0; round < ROUNDS; round++) {
      // A file that nobody has seen under a name that matches is nobody's business: it is seen before it is rotated.
      await come('all lines so far')
      log.write(random.between(20, 100))
      await come('the beginning of the file')
      log.write(random.between(20, 20_000))
      const fate = random.next()
      if (fate < 0.25) log.rename()
      else if (fate < 0.5) log.copyAndTruncate()
      if (fate < 0.5) log.write(random.between(20, 1_000))
      await tail.run.stop('SIGKILL')
      log.write(random.between(1, 100))
      if (fate > 0.75) log.rename()
      if (random.next() < 0.5) log.compress()
      tail.restart()
    }
    await come('all lines')
    const stored = await messagesInStore(http)
    const there = new Set(stored)
    assert.deepEqual(log.lines.filter(line => !there.has(line)).slice(0, 5), [], 'none is lost')
    assert.equal(stored.length - there.size, 0, 'none is there twice')
    const { books, counters } = (await store.status()).stages[0]!
    t.diagnostic(
      `${log.lines.length} lines, ${tail.starts} starts; the store: ${JSON.stringify(books)} ${JSON.stringify(counters)}`,
    )
    assert.equal(await tail.stop(), 0)
  })
