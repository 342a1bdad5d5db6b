import { dirname } from 'node:path'
import { makeFolder } from '../../../lib/folder.ts'
import { type Context, codeOf, Fatal, messageOf } from '../../../lib/index.ts'
import { nowAndThen } from '../../../lib/now-and-then.ts'
import { isDamage } from '../../../lib/sqlite-errors.ts'
import { WorkerThread } from '../../../lib/worker.ts'
import type { Agreement } from '../about.ts'
import { PatientClock } from '../clock.ts'
import { pagesOf } from '../pages.ts'
import { type Store, UNWRITABLE, Unwritable } from '../store.ts'
import type { FileCalls, FileOptions } from './worker.ts'

const TIDY_EVERY = 10_000
/** What a disk that hangs may keep the end waiting for. */
const CLOSE_WITHIN = 5_000

/** Opens the file of counts. Throws Fatal when somebody else has it, or when it cannot be opened. */
export async function openFile(options: FileOptions, agreement: Agreement, context: Context): Promise<Store> {
  const { path } = options
  const fatal = (error: unknown) => new Fatal(`--store sqlite://${path}: ${messageOf(error)}`)
  try {
    makeFolder(dirname(path))
  } catch (error) {
    throw fatal(error)
  }
  const worker = new WorkerThread<FileCalls>('daemons/count/sqlite/worker', options, context.fatal)
  context.defer(() => closeWorker(worker))
  const opened = await worker.call('open').catch(error => {
    throw fatal(new Error(messageOf(error) + hintOf(error)))
  })
  if (opened.lost > 0) {
    context.log.error(
      `${path}: ${opened.lost} changes or more are lost, which were written and acknowledged: a checksum in ${path}-wal is wrong; see whether the disk is well. Counting goes on`,
    )
    await worker.call('forgetLost').catch(() => {})
  }
  context.log.info(`counts are in ${path}`)
  const clock = new PatientClock(opened.clock)
  const allKeys = () => pagesOf((key = '') => worker.call('keysAfter', key))
  const about = await agreement.agree(opened.text, allKeys)
  await worker.call('describe', about).catch(error => {
    throw fatal(error)
  })
  tidyNowAndThen(worker, clock, context)
  return {
    most: Number.POSITIVE_INFINITY,
    opened: Promise.resolve(opened),
    async write(change) {
      try {
        const known = await worker.call('write', { change, now: clock.now() })
        context.waitingFor('disk', undefined)
        return known
      } catch (error) {
        if (isDamage(asThrown(error)))
          throw fatal(
            new Error(`it is damaged (${messageOf(error)}); move it away, and counting begins anew`),
          )
        if (codeOf(error) === UNWRITABLE) throw new Unwritable(messageOf(error))
        context.waitingFor('disk', `cannot write to ${path}: ${messageOf(error)}`)
        throw error
      }
    },
    read: names => worker.call('read', { names, now: clock.now() }),
    keys: (prefix, limit) => worker.call('keys', { prefix, limit }),
    countKeys: () => worker.call('countKeys'),
    allKeys,
    now: () => clock.now(),
    latest: () => clock.latest(),
  }
}

/** What to do about a file that cannot be opened: SQLITE_CANTOPEN, SQLITE_NOTADB. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [14, '; give a file in a folder that this user may write to'],
  [26, '; give another file'],
])

function hintOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return (typeof code === 'number' && HINTS.get(code & 0xff)) || ''
}

/** An error of the thread has SQLite's number as its code. */
function asThrown(error: unknown): unknown {
  return { errcode: (error as { code?: unknown }).code, message: messageOf(error) }
}

/** In time, or by force. */
async function closeWorker(worker: WorkerThread<FileCalls>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, CLOSE_WITHIN)
  await Promise.race([worker.call('close').catch(() => {}), late.promise])
  clearTimeout(timer)
  await worker.close()
}

/** What has expired goes in small pieces, between writes. */
function tidyNowAndThen(worker: WorkerThread<FileCalls>, clock: PatientClock, context: Context): void {
  let failed = false
  const tidy = async () => {
    try {
      while (
        !context.signal.aborted &&
        (await worker.call('tidy', { now: clock.now(), clock: clock.state }))
      );
      failed = false
    } catch (error) {
      if (!failed) context.log.error({ error: messageOf(error) }, 'what has expired is not being deleted')
      failed = true
    }
  }
  nowAndThen(TIDY_EVERY, tidy, context)
}
