// The thread that writes: a commit waits for the disk, which sockets must not.
import { answerCalls } from '../../lib/worker.ts'
import type { Rows } from './row.ts'
import { StoreWriter, type WriterOptions } from './writer.ts'

const open = (options: WriterOptions) => {
  let writer: StoreWriter | undefined
  return {
    open: () => {
      writer = new StoreWriter(options)
      return writer.takeDamaged()
    },
    write: (rows: Rows) => writer!.write(rows),
    tidy: () => writer!.tidy(),
    close: () => writer?.close(),
  }
}

export type WriteCalls = ReturnType<typeof open>

answerCalls(open)
