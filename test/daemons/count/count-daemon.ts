import type { TestContext } from 'node:test'
import { type RunOptions, Sluice } from '../../support/process.ts'
import type { Hashes } from './oracle.ts'

/** The flags of what oracle.ts counts. */
export const METRICS = [
  ...['--key', '{account}/{type}', '--sum', '{account}/revenue = {amount}'],
  ...['--distinct', '{account}/visitors = {visitor}'],
]

/** A running sluice-count that is fed through its standard input, and questions to it. */
export class Count {
  readonly daemon: Sluice

  constructor(t: TestContext, flags: readonly string[] = [], options: RunOptions = { stdin: 'open' }) {
    this.daemon = new Sluice(t, 'sluice-count', ['--http', '127.0.0.1:0', ...flags], options)
  }

  async get(path: string, headers: { [name: string]: string } = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${await this.daemon.port()}${path}`, { headers })
  }

  // biome-ignore lint/suspicious/noExplicitAny: each answer has a shape of its own, which the test looks at
  async json(path: string, headers: { [name: string]: string } = {}): Promise<any> {
    return (await this.get(path, headers)).json()
  }

  send(records: readonly object[]): void {
    this.daemon.child.stdin!.write(records.map(record => `${JSON.stringify(record)}\n`).join(''))
  }

  /** Sends records and waits until they are counted. */
  async count(records: readonly object[]): Promise<void> {
    await this.daemon.ready()
    const before = (await this.daemon.status()).stages[0]!.books.in
    this.send(records)
    await this.counted(before + records.length)
  }

  counted(count: number) {
    return this.daemon.untilStatus(`${count} counted`, ({ stages }) => {
      const { in: taken, held } = stages[0]!.books
      return taken >= count && held === 0
    })
  }

  /** What it answers of these hashes, as the oracle has them. */
  async hashes(names: readonly string[]): Promise<Hashes> {
    const hashes: Hashes = {}
    for (const name of names) {
      const path = name.split('/').map(encodeURIComponent).join('/')
      const fields: { [field: string]: number } = await this.json(`/api/v1/hashes/${path}`)
      hashes[name] = Object.fromEntries(Object.entries(fields).map(([field, n]) => [field, String(n)]))
    }
    return hashes
  }
}
