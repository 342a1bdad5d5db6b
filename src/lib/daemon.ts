import type { Hono } from 'hono'
import type { Logger } from 'pino'
import type { AdminHandler } from './admin/handler.ts'
import type { Receipt } from './engine/receipt.ts'
import type { Options, Values } from './options.ts'
import type { Fields, LogRecord, Meta } from './record.ts'
import type { Limits } from './serve/limits.ts'
import type { ServeOptions } from './serve.ts'
import type { HandedSockets } from './systemd/sockets.ts'
import type { CertificateView } from './tls/certificates.ts'

// What a daemon is: a value that says all there is to know about it. Importing its file does nothing.

interface Common<O extends Options, C extends string> {
  /** One line, in the imperative: the head of `--help` and its row in the docs. */
  summary: string
  /** A few command lines that work, for `--help`. */
  examples?: readonly string[]
  options?: O
  /** Throws Misuse when options that are sound by themselves do not go together. `maxRecord` is that of --max-record, bytes. */
  check?(options: Values<O>, links: { maxRecord: number }): void
  /** What it counts beside its records: key and help. They appear in `/metrics` and `/status`. */
  counters?: { readonly [counter in C]: string }
  /** What is to be known where it runs as a service (docs/services.md), beside what its options and links say. */
  service?: AsService
}

/** A daemon as a service: what it is given where nobody says otherwise, and what it needs of its host. */
export interface AsService {
  /** Its flags where nobody gives them. */
  flags?: readonly string[]
  /** Which daemon its records go to where nobody says so; the store, where this does not say so either. */
  next?: string
  /** Who sends to it cannot wait, or should not have to: it has a spool. */
  spool?: boolean
  /** Options whose sockets systemd can open in its place, and of which kind those are. */
  sockets?: { readonly [option: string]: 'stream' | 'datagram' }
  /** The option by which it takes them over, where that is not the same one. */
  takes?: string
  /** It starts programs, which may need who knows what of the host: they see all of it, and cannot write to it. */
  programs?: boolean
  /** It connects to addresses that no option of it says. */
  network?: boolean
  /** Files and folders that it reads without an option that says so. */
  reads?: readonly string[]
  groups?: readonly string[]
  /** What the kernel says of the host, beside processes: /proc/sys. */
  kernel?: boolean
  /** It sees the users of the host, not only its own. */
  users?: boolean
  /** It measures the host: it sees its mounts, interfaces and processes as they are, and can change nothing. */
  host?: boolean
}

/** Emits records: no records come in. */
export interface Source<O extends Options = Options, C extends string = string> extends Common<O, C> {
  shape: 'source'
  /** The policy of its buffer where the one who sends to it cannot wait. */
  whenFull?: 'block' | 'drop-newest'
  /** Who sends to it is told what was accepted: then it matters whether the links behind it can tell. */
  answers?: boolean
  /** `block` may be asked for although it is not the policy: who sends to it would wait. */
  mayBlock?: boolean
  /** It has checkpoints: they have to be found again, so that its name does not depend on the process. */
  keepsPlace?: boolean
  open(options: Values<O>, context: Context<C>): Run | Promise<Run>
}

/** Emits until there is no more, or until the signal; then it returns. */
export type Run = (feed: Feed) => Promise<unknown>

/** How a source gives its records away. */
export interface Feed {
  /**
   * Takes the list, always. Settles when all of it is accepted: acknowledged end to end or, on plain endpoints,
   * handed to the socket; with what became of them. What was refused before it is durable as dead letters by then. May be
   * called again while earlier ones are pending. Rejects only at shutdown.
   */
  emit(records: LogRecord[], at?: Position): Promise<Receipt>
  /** Undefined when there is room, else the promise of it: wait for it before you read more. */
  room(): Promise<void> | undefined
  /** A position that survives restarts, kept under this name. */
  checkpoint(name: string): Promise<Checkpoint>
  /** Positions of many origins that survive restarts, in one file of this name. */
  checkpoints(name: string): Promise<Checkpoints>
  /** Aborted when intake is to stop. */
  signal: AbortSignal
}

/** Where in its origin a list of records ends. */
export interface Position {
  checkpoint: Checkpoint
  /** Any JSON. */
  position: unknown
}

/** Positions by the key of their origin: a file among many. */
export interface Checkpoints {
  /** Those that have a position, or were asked for. */
  keys(): string[]
  of(key: string): Checkpoint
  /** Its origin is gone for ever. */
  forget(key: string): void
  /** Writes what has moved at once: before something goes on that must not be without it after a kill -9. */
  save(): void
}

/** The last position up to which everything was accepted. */
export interface Checkpoint {
  readonly position: unknown
}

/** Makes of each record none, one or several. It never waits for the next one, except through `hold`. */
export interface Filter<O extends Options = Options, C extends string = string> extends Common<O, C> {
  shape: 'filter'
  /** Bounds of what it holds back; only a filter that states them may call `hold`. */
  hold?: { records: number; timeout: string }
  /**
   * The message that it returns is still what the original bytes say (a parser): `@meta.bytes` stay beside it. Any
   * other filter that changes the message loses them, or what it redacted would still be there.
   */
  keepsBytes?: boolean
  /** Every record goes on as it came: batches whose records have ids are not even read. */
  passes?: boolean
  /**
   * Endpoints that it puts records into beside its push side, as they are typed: each has a buffer, a policy and a spool of its
   * own, which its query may name. Throws Misuse. With it, a push side is optional.
   */
  outputs?(options: Values<O>): readonly string[]
  /** Which side speaks MessagePack where its endpoints know it (`?encoding=`) and do not say. */
  msgpack?(options: Values<O>): 'pull' | 'push'
  open(
    options: Values<O>,
    context: FilterContext<C>,
  ): FilterRecord | Holding | Asking | Promise<FilterRecord | Holding | Asking>
}

/** What a filter returns of a record: itself, others, or nothing. A record without `@meta` gets that of its origin. */
export type Filtered = LogRecord | Fields | readonly (LogRecord | Fields)[] | null | undefined

/** A throw refuses the record (a dead letter, reason `error`); only `Fatal` ends the process. */
export type FilterRecord = (record: LogRecord) => Filtered | Promise<Filtered>

/** A filter that keeps records back. */
export interface Holding {
  filter: FilterRecord
  /** Called on time-out, at the bound, at the end: join what these tokens stand for, now. */
  flush(tokens: readonly Token[]): void
}

/** A filter that asks somebody else, who answers for whole batches: there is no promise for each record. */
export interface Asking {
  /**
   * Called with the records of each batch, in their order, also while earlier ones wait for their answers. What it
   * resolves to is then called for each of them, batches still in their order. A rejection is a throw for each record.
   */
  ask(records: readonly LogRecord[]): Promise<(record: LogRecord, index: number) => Filtered>
  /** Nothing comes any more: what was asked is to be answered as well as it can be. */
  end?(): void
}

/** Stands for a record that is held back: the batch it came in is not acknowledged before it is joined. */
export interface Token {
  readonly record: LogRecord
}

/** One of the places where a filter puts records beside its push side. */
export interface Output {
  readonly name: string
  /** Puts the record there: `return output.send(record)`. Into several, it is a copy in each, under the same id. */
  send(record: LogRecord | Fields): undefined
}

/**
 * Stands for what a filter gives on of the batch at hand, as long as that is not accepted. Whoever drops a record because of
 * another one that was given on must not be sure of that one before.
 */
export interface Acceptance {
  /** All of it is accepted. */
  readonly isDone: boolean
}

/** Makes records durable somewhere. */
export interface Sink<O extends Options = Options, C extends string = string> extends Common<O, C> {
  shape: 'sink'
  /** How much it likes at once; users change it by `--batch-bytes` and `--batch-delay`. */
  batch: { bytes: string; delay: string; concurrency: number }
  open(options: Values<O>, context: Context<C>): Write | LineWriter | Promise<Write | LineWriter>
}

/**
 * Resolves when the records are durable: to nothing, or to a list of the exceptions. A throw is retried with
 * back-off, without end; only `Fatal` ends the process.
 */
export type Write = (records: readonly LogRecord[]) => Promise<undefined | readonly Exception[]>

/** A sink that stores JSON as it is, and is given it without a detour by objects. */
export interface LineWriter {
  /** As `Write`. The memory of the lines is used again once it has resolved: what is kept for longer has to be a copy. */
  writeLines(lines: Lines): Promise<undefined | readonly Exception[]>
}

/**
 * Records as NDJSON. Each line is one record that has an id; what came by a link is as it came, and therefore only looks
 * like a record until somebody reads it.
 */
export interface Lines {
  readonly count: number
  /** All lines in pieces; each of them ends in LF. */
  readonly chunks: readonly Buffer[]
  /** The line at this index, with its LF. */
  line(index: number): Buffer
  /** The record at this index, read as a filter would get it. */
  record(index: number): LogRecord
}

/**
 * What became of the record at this index of the batch, where it is not simply stored. A dead one that the server
 * itself has `kept` aside gets no second copy among the dead letters. One that is `dropped`, by a bound that the docs name, is counted
 * under this reason in the books, and kept nowhere.
 */
export type Exception = readonly [
  index: number,
  fate: 'duplicate' | { dead: string; detail?: string; kept?: boolean } | { dropped: string },
]

/** What every daemon is given. */
export interface Context<C extends string = string> {
  /** The name of this stage; unique within the process. */
  readonly name: string
  readonly log: Logger
  /** Counts one of the daemon's own counters. */
  count(counter: C, n?: number): void
  /** A new record: minted id, time of reception, and the fields. A `@meta` among the fields becomes `_meta`. */
  record(fields: Fields, meta?: Partial<Meta>): LogRecord
  /** A new id for a record that the daemon makes itself, out of fields that it knows: what was received then, epoch milliseconds. */
  id(received: number): string
  /** Bytes that a record may have as JSON (--max-record). */
  readonly maxRecord: number
  /** Refuses a record: it becomes a dead letter. */
  reject(record: LogRecord, reason: string, detail?: string): undefined
  /** To be closed at the end, last opened first, within `grace` milliseconds. */
  defer(close: (grace: number) => void | Promise<void>): void
  /** Names what is waited for: not ready as long as there is one. `undefined` takes it back. */
  waitingFor(what: string, reason: string | undefined): void
  /** An address that is now listened on, for the line that says ready. */
  listening(endpoint: string): void
  /**
   * Serves this app at `--http`, within these limits where they are not the usual ones; resolves to its URL when it
   * listens. Throws Fatal when the address is taken. Closed at the end.
   */
  serve(options: ServeOptions, app: Hono, limits?: Partial<Limits>): Promise<string>
  /**
   * Answers what is asked at this path of the admin faces; of a stage of `sluice run`, `/STAGE` stands in front of it. What
   * changes something (POST) is let through on the unix socket only.
   */
  admin(path: string, handler: AdminHandler): void
  /** On SIGHUP, reads again what may have changed on disk. A throw is logged, and what was there before stays. */
  onReload(reload: () => void | Promise<void>): void
  /** Tells of certificates that it speaks TLS with, for `/metrics` and `/status`. */
  certificates(view: CertificateView): void
  /** Ends the process with exit code 70, for what fails when nobody waits for it: a thread that dies, say. */
  fatal(error: unknown): void
  /** The folder for what must survive a restart, which is there after the call. It is shared by all daemons of a host. */
  stateFolder(): Promise<string>
  /** The variables of this process, for those that it starts. */
  readonly environment: NodeJS.ProcessEnv
  /** What systemd has handed over, for an address that is `systemd`. */
  readonly sockets: HandedSockets
  /** Aborted when the process gives up: everything that retries stops then. */
  readonly signal: AbortSignal
}

/** What a filter is given in addition. */
export interface FilterContext<C extends string = string> extends Context<C> {
  /**
   * Says why a record goes no further: `return drop(record, 'sampled')`. Nothing returned and nothing said is `filtered`. One that
   * is dropped for the sake of another (a duplicate) is acknowledged `after` that is accepted.
   */
  drop(record: LogRecord, reason: string, after?: Acceptance): undefined
  /** Of what is given on of the batch that is being filtered: the same for all of its records. */
  acceptance(): Acceptance
  /** Whether what is returned goes on: a filter that has outputs may be without a push side. */
  readonly hasPush: boolean
  /** One of `outputs`, as it stands there. */
  output(endpoint: string): Output
  /** Keeps a record back until `join`. */
  hold(record: LogRecord): Token
  /** Releases held records: what they came in is acknowledged when `out` is. An empty `out` drops them. */
  join(out: readonly (LogRecord | Fields)[], tokens: readonly Token[]): void
}

export type Daemon = Source | Filter | Sink

// The functions only fix the types: a daemon stays the plain value that was written.

export function source<O extends Options = Options, C extends string = never>(
  daemon: Omit<Source<O, C>, 'shape'>,
): Daemon {
  return { shape: 'source', ...daemon } as unknown as Source
}

export function filter<O extends Options = Options, C extends string = never>(
  daemon: Omit<Filter<O, C>, 'shape'>,
): Daemon {
  return { shape: 'filter', ...daemon } as unknown as Filter
}

export function sink<O extends Options = Options, C extends string = never>(
  daemon: Omit<Sink<O, C>, 'shape'>,
): Daemon {
  return { shape: 'sink', ...daemon } as unknown as Sink
}
