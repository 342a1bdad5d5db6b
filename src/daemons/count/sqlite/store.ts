import { dirname } from 'node:path'
import { makeFolder } from '../../../lib/folder.ts'
import { type Context, Fatal, messageOf } from '../../../lib/index.ts'
import { isDamage } from '../../../lib/sqlite-errors.ts'
import { WorkerThread } from '../../../lib/worker.ts'
import type { Agreement } from '../about.ts'
import type { Store } from '../store.ts'
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
    throw fatal(error)
  })
  const about = agreement.agree(opened.about, opened.keys)
  await worker.call('describe', about).catch(error => {
    throw fatal(error)
  })
  tidyNowAndThen(worker, context)
  return {
    opened: Promise.resolve(opened),
    async write(change) {
      try {
        const known = await worker.call('write', change)
        context.waitingFor('disk', undefined)
        return known
      } catch (error) {
        if (isDamage(asThrown(error)))
          throw fatal(
            new Error(`it is damaged (${messageOf(error)}); move it away, and counting begins anew`),
          )
        context.waitingFor('disk', `cannot write to ${path}: ${messageOf(error)}`)
        throw error
      }
    },
    read: names => worker.call('read', names),
    keys: (prefix, limit) => worker.call('keys', { prefix, limit }),
  }
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
function tidyNowAndThen(worker: WorkerThread<FileCalls>, context: Context): void {
  let failed = false
  const tidy = async () => {
    try {
      while (!context.signal.aborted && (await worker.call('tidy')));
      failed = false
    } catch (error) {
      if (!failed) context.log.error({ error: messageOf(error) }, 'what has expired is not being deleted')
      failed = true
    }
  }
  const timer = setInterval(tidy, TIDY_EVERY)
  timer.unref()
  context.defer(() => clearInterval(timer))
}
