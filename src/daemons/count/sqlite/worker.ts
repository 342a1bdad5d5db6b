// The thread that writes and reads the file: a commit waits for the disk, which sockets must not.
import { answerCalls } from '../../../lib/worker.ts'
import type { Change } from '../change.ts'
import { CountFile } from './file.ts'

export interface FileOptions {
  path: string
  /** Milliseconds. */
  remember: number
}

const open = ({ path, remember }: FileOptions) => {
  let file: CountFile | undefined
  return {
    open: () => {
      file = new CountFile(path, remember, Date.now())
      return { since: file.since, keys: file.allKeys(), about: file.description }
    },
    describe: (about: string) => file!.describe(about),
    write: (change: Change) => file!.write(change, Date.now()),
    read: (names: readonly string[]) => file!.read(names, Date.now()),
    keys: ({ prefix, limit }: { prefix: string; limit: number }) => file!.keys(prefix, limit),
    tidy: () => file!.tidy(Date.now()),
    close: () => file?.close(),
  }
}

export type FileCalls = ReturnType<typeof open>

answerCalls(open)
