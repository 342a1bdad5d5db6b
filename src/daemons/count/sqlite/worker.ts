// The thread that writes and reads the file: a commit waits for the disk, which sockets must not.
import { messageOf } from '../../../lib/errors.ts'
import { answerCalls } from '../../../lib/worker.ts'
import type { Change } from '../change.ts'
import type { ClockState } from '../clock.ts'
import { PAGE } from '../pages.ts'
import { UNWRITABLE } from '../store.ts'
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
      return { ...file.about, lost: file.lost }
    },
    forgetLost: () => file!.forgetLost(),
    describe: (about: string) => file!.describe(about),
    write({ change, now }: { change: Change; now: number }) {
      try {
        return file!.write(change, now)
      } catch (error) {
        if (!isOfChange(error)) throw error
        throw Object.assign(new Error(messageOf(error)), { code: UNWRITABLE })
      }
    },
    read: ({ names, now }: { names: readonly string[]; now: number }) => file!.read(names, now),
    keys: ({ prefix, limit }: { prefix: string; limit: number }) => file!.keys(prefix, limit),
    countKeys: () => file!.countKeys(),
    keysAfter: (key: string) => file!.keysAfter(key, PAGE),
    tidy: ({ now, clock }: { now: number; clock: ClockState }) => file!.tidy(now, clock),
    close: () => file?.close(),
  }
}

// https://sqlite.org/rescode.html: TOOBIG, CONSTRAINT, MISMATCH.
const OF_CHANGE = [18, 19, 20]

/** Whether it is the change that cannot be written, and not the file that takes none now. */
function isOfChange(error: unknown): boolean {
  const { errcode } = error as { errcode?: number }
  return (
    error instanceof TypeError || error instanceof RangeError || OF_CHANGE.includes((errcode ?? 0) & 0xff)
  )
}

export type FileCalls = ReturnType<typeof open>

answerCalls(open)
