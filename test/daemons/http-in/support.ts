// sluice-http-in in memory, with a port.
import type { TestContext } from 'node:test'
import daemon from '../../../src/daemons/http-in.ts'
import type { Receipt } from '../../../src/lib/engine/receipt.ts'
import type { LogRecord } from '../../../src/lib/record.ts'
import { type Drive, drive } from '../../support/drive.ts'

export async function open(t: TestContext, ...flags: string[]): Promise<{ stage: Drive; port: number }> {
  const stage = await drive(daemon, '--http', '127.0.0.1:0', ...flags)
  t.after(() => stage.close())
  return { stage, port: Number(new URL(stage.stage.endpoints[0]!).port) }
}

/** Options of a request whose body is of this type. */
export const typed = (type: string, headers: { [name: string]: string } = {}) => ({
  headers: { 'content-type': type, ...headers },
})

export function messages({ out }: Drive): unknown[] {
  return messagesOf(out)
}

export function messagesOf(records: readonly LogRecord[]): unknown[] {
  return records.map(({ message }) => message)
}

/** Nothing is accepted before the test says so. */
export function hold(stage: Drive): { accept(): void } {
  const held: (() => void)[] = []
  stage.answer = batch => new Promise<Receipt>(resolve => held.push(() => resolve({ sent: batch.count })))
  return {
    accept() {
      for (const resolve of held.splice(0)) resolve()
    },
  }
}

export async function counted(stage: Drive, counter: string, count = 1): Promise<void> {
  while (stage.stage.counters.get(counter) !== count) await new Promise(resolve => setImmediate(resolve))
}
