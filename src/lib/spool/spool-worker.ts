// The thread that holds the spool: a commit waits for the disk, which sockets must not. Errors keep their code: SQLite's
// number, or ERR_SPOOL_DAMAGED, ERR_SPOOL_IN_USE, ERR_SPOOL_FOREIGN.
import { answerCalls } from '../worker.ts'
import { SpoolFile, type SpoolOptions, type SpoolWork } from './spool-file.ts'

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
    read: ({ after, maxBytes }: { after: number; maxBytes: number }) => spool!.read(after, maxBytes),
    close: () => spool?.close(),
  }
}

export type SpoolCalls = ReturnType<typeof open>

answerCalls(open)
