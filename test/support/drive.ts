import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import type { AdminHandler } from '../../src/lib/admin/handler.ts'
import { Batch } from '../../src/lib/batch.ts'
import { parseArguments } from '../../src/lib/cli.ts'
import type { Daemon } from '../../src/lib/daemon.ts'
import type { Books } from '../../src/lib/engine/books.ts'
import type { Receipt } from '../../src/lib/engine/receipt.ts'
import type { Fields, LogRecord } from '../../src/lib/record.ts'
import { optionsOf } from '../../src/lib/stage/options.ts'
import { planStage, type StagePlan } from '../../src/lib/stage/plan.ts'
import { Stage } from '../../src/lib/stage/stage.ts'
import { HandedSockets } from '../../src/lib/systemd/sockets.ts'

/**
 * Runs a daemon in memory, through the flags that a user types. Sinks and filters are pushed to, a source runs by
 * itself; what comes out is in `out`. Throws Misuse as the command line would.
 *
 *     await using stage = await drive(daemon, '--schema', 'ecs')
 *     await stage.push(['<34>Oct 11 22:14:15 web1 sshd: hello'])
 *     assert.equal(stage.out[0].message, 'hello')
 */
export async function drive(daemon: Daemon, ...flags: string[]): Promise<Drive> {
  const { own, links, buffer } = optionsOf(daemon)
  const groups = { Options: own, Links: links, Buffer: buffer }
  const usage = { command: 'test', summary: daemon.summary, groups, version: '0', environment: false }
  const typed = parseArguments(usage, flags)
  if (typed.print !== undefined) throw new Error(typed.print)
  const around = { before: 'the test', after: 'the test', stdin: false, stdout: false, terminal: false }
  const driven = new Drive(planStage('test', daemon, typed.flags, {}, around))
  await driven.open()
  return driven
}

/** A daemon that is driven by a test. */
export class Drive implements AsyncDisposable {
  /** The records that came out. */
  readonly out: LogRecord[] = []
  /** What was logged, one object a line. */
  readonly log: { level: string; msg: string; [key: string]: unknown }[] = []
  /** What it answers on the admin faces, by path. */
  readonly admin = new Map<string, AdminHandler>()
  /** What SIGHUP would call. */
  readonly reloads = new Set<() => void | Promise<void>>()
  /** What becomes of a batch that came out; a test may put another answer in its place. */
  answer: (batch: Batch) => Receipt | Promise<Receipt> = batch => ({ sent: batch.count })
  readonly #plan: StagePlan
  readonly #giveUp = new AbortController()
  readonly #failed = Promise.withResolvers<never>()
  #stage: Stage | undefined
  #ended: Promise<void> | undefined
  #folder: string | undefined
  #pushed = 0
  #came = Promise.withResolvers<void>()

  constructor(plan: StagePlan) {
    this.#plan = plan
    this.#failed.promise.catch(() => {})
  }

  async open(): Promise<void> {
    const surface = {
      name: this.#plan.name,
      log: pino(
        { level: 'debug', base: null, formatters: { level: level => ({ level }) } },
        { write: line => void this.log.push(JSON.parse(line)) },
      ),
      host: { stdin: new PassThrough(), stdout: new PassThrough() },
      env: process.env,
      sockets: new HandedSockets({ sockets: [] }),
      stateFolder: async () => {
        this.#folder ??= await mkdtemp(join(tmpdir(), 'sluice-'))
        return this.#folder
      },
      first: this.#plan,
      signal: this.#giveUp.signal,
      fatal: this.#failed.reject,
      gone: (reason: string) => this.#failed.reject(new Error(reason)),
      windows: new Set<() => undefined>(),
      spools: new Set<() => number>(),
      admin: this.admin,
      reloads: this.reloads,
      changed: () => {},
    }
    const { shape } = this.#plan.daemon
    const next = { accept: (batch: Batch) => this.#accept(batch), room: () => undefined }
    this.#stage = await Stage.open(this.#plan, surface, shape === 'sink' ? undefined : next)
    // A test waits for what it pushed, not for company.
    if (shape === 'sink') this.#stage.hurry()
    this.#ended = this.#stage.run()
    this.#ended.catch(this.#failed.reject)
  }

  /** The daemon's stage: its counters, endpoints, and what it waits for. */
  get stage(): Stage {
    return this.#stage!
  }

  get books(): Books {
    return this.stage.books
  }

  /** The dead letters, as they are in their file. */
  get rejected(): LogRecord[] {
    const path = this.#plan.deadLetters?.address ?? join(this.#folder ?? '', 'test.dead.ndjson')
    if (!existsSync(path)) return []
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
  }

  /**
   * Pushes one batch. A text is a record's message; ids are 1, 2, … where none is given. Settles with what became
   * of it; of held records, after `flush`. Rejects when the daemon asks for the end of the process.
   */
  push(records: readonly (Fields | string)[]): Promise<Receipt> {
    const batch = Batch.fromRecords(
      records.map(one => this.#record(typeof one === 'string' ? { message: one } : one)),
    )
    return Promise.race([this.stage.intake!.accept(batch), this.#failed.promise])
  }

  /** Settles with all that came out as soon as it is `count` records. */
  async until(count: number): Promise<LogRecord[]> {
    while (this.out.length < count) await Promise.race([this.#came.promise, this.#failed.promise])
    return this.out
  }

  /** Ends what a filter holds back. */
  async flush(): Promise<void> {
    await this.stage.flush()
  }

  /** Of a source that ends by itself. */
  get ended(): Promise<void> {
    return Promise.race([this.#ended!, this.#failed.promise])
  }

  /** Asks a source to stop, and waits until it has; of one that ends by itself, until it does. */
  async stop(): Promise<void> {
    this.stage.stopIntake()
    await this.#ended
  }

  /** Stops and closes it. Its books must balance. */
  async close(): Promise<void> {
    if (this.#giveUp.signal.aborted) return
    this.stage.stopIntake()
    this.stage.hurry()
    await this.flush()
    this.#giveUp.abort()
    await this.#ended?.catch(() => {})
    await this.stage.close(0)
    if (this.#folder) await rm(this.#folder, { recursive: true })
    assert.ok(this.books.balanced, `the books do not balance: ${JSON.stringify(this.books)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #record(fields: Fields): LogRecord {
    return {
      ...fields,
      '@meta': { id: String(++this.#pushed), received: Date.now(), ...(fields['@meta'] as object) },
    }
  }

  async #accept(batch: Batch): Promise<Receipt> {
    this.out.push(...batch.records)
    this.#came.resolve()
    this.#came = Promise.withResolvers()
    return this.answer(batch)
  }
}
