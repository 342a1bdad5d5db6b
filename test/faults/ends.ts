// What stands at the end of a chain, and what a chain says of itself.
import assert from 'node:assert/strict'
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { BulkStub, type Script } from '../support/bulk-stub.ts'
import type { RunOptions, Status } from '../support/process.ts'
import { Service } from './service.ts'
import { until } from './wait.ts'

/** The numbers of the records in a file of NDJSON, as often as they are there. `whole`: no line of it may be cut off. */
export async function numbersInFile(file: string, { whole = false } = {}): Promise<number[]> {
  const numbers: number[] = []
  if (!existsSync(file)) return numbers
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const number = numberIn(line)
    if (number !== undefined) numbers.push(number)
    else assert.ok(!whole, `a line that was cut off: ${line}`)
  }
  return numbers
}

/** Undefined for a line that was cut off: after it, all that it belonged to was written again. */
function numberIn(line: string): number | undefined {
  try {
    return (JSON.parse(line) as { number: number }).number
  } catch {
    return undefined
  }
}

/** A daemon that appends to a file in a folder of its own. */
export function fileEnd(t: TestContext, pull: readonly string[], options?: RunOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-end-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'out')
  const service = new Service(t, 'sluice-relay', [...pull, '--push-connect', `file://${file}`], options)
  return { service, file, numbers: () => numbersInFile(file) }
}

/** A stub of a bulk server, closed after the test, and the numbers in it. */
export async function bulkStub(t: TestContext, script: Script = {}) {
  const stub = new BulkStub(script)
  t.after(() => stub.close())
  const node = await stub.listen()
  const numbers = () => [...stub.stored.values()].map(document => (document as { number: number }).number)
  return { node, stub, numbers }
}

export interface SpoolStatus {
  records: number
  bytes: number
  batches: number
  books: { in: number; held: number; balanced: boolean; stored?: number }
}

export function spoolOf({ stages }: Status): SpoolStatus {
  return (stages[0] as unknown as { spool: SpoolStatus }).spool
}

/** Everything has left the spool. */
export async function emptied(service: Service, patience?: number): Promise<void> {
  await until(
    `${service.name}: an empty spool`,
    async () => spoolOf(await service.status()).records === 0,
    patience,
  )
}

/** Nothing is held anywhere, nothing is unaccounted for, and each leaves with 0. */
export async function endBalanced(services: readonly Service[]): Promise<void> {
  for (const service of services) {
    const { books, spool } = (await service.status()).stages[0]! as Status['stages'][0] & {
      spool?: SpoolStatus
    }
    assert.ok(books.balanced && books.held === 0, `${service.name}: ${JSON.stringify(books)}`)
    if (spool) assert.ok(spool.books.balanced && spool.books.held === 0, JSON.stringify(spool.books))
  }
  for (const service of services) assert.equal(await service.stop(), 0, service.run.stderr)
}

/** Why it is not ready, a reason a line; empty when it is. */
export async function unreadiness(service: Service): Promise<string> {
  const { status, body } = await service.run.admin('/readyz')
  return status === 200 ? '' : body
}
