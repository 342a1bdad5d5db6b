// The thread that holds the spool: a commit waits for the disk, which sockets must not. Errors keep their code: SQLite's
// number, or ERR_SPOOL_DAMAGED, ERR_SPOOL_IN_USE, ERR_SPOOL_FOREIGN.
import type { SpoolWork } from '../engine/spool-disk.ts'
import { answerCalls, giveAway } from '../worker.ts'
import { SpoolFile, type SpoolOptions } from './spool-file.ts'

export interface SpoolData extends SpoolOptions {
  path: string
}

const open = ({ path, ...options }: SpoolData) => {
  let spool: SpoolFile | undefined
  return {
    open: () => {
      spool = new SpoolFile(path, options)
      return spool.about()
    },
    commit: (work: SpoolWork) => ({ ...spool!.commit(work), about: spool!.about() }),
    read: ({ after, maxBytes }: { after: number; maxBytes: number }) => {
      const rows = spool!.read(after, maxBytes)
      // node:sqlite makes memory of its own for each blob.
      return giveAway(
        rows,
        rows.map(({ bytes }) => bytes.buffer as ArrayBuffer),
      )
    },
    close: () => spool?.close(),
  }
}

export type SpoolCalls = ReturnType<typeof open>

answerCalls(open)
