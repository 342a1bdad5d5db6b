// All that a daemon imports.

export type { AdminAnswer, AdminHandler, AdminRequest } from './admin/handler.ts'
export { Backoff } from './backoff.ts'
export type {
  Acceptance,
  Asking,
  Checkpoint,
  Checkpoints,
  Context,
  Daemon,
  Exception,
  Feed,
  Filter,
  FilterContext,
  Filtered,
  FilterRecord,
  Holding,
  Lines,
  LineWriter,
  Output,
  Position,
  Run,
  Sink,
  Source,
  Token,
  Write,
} from './daemon.ts'
export { filter, sink, source } from './daemon.ts'
export type { Receipt } from './engine/receipt.ts'
export { codeOf, Fatal, Misuse, messageOf } from './errors.ts'
export { formatHostPort, type HostPort } from './host-port.ts'
export { parseJson } from './json.ts'
export {
  bytes,
  checked,
  choice,
  duration,
  flag,
  hostPort,
  integer,
  type Option,
  type Options,
  path,
  repeatable,
  text,
  type Values,
  words,
} from './options.ts'
export { aborted, unlessAborted } from './process/signals.ts'
export type { Dead, Fields, LogRecord, Meta } from './record.ts'
export { serveFolder } from './serve/folder.ts'
export {
  allowOriginOption,
  checkHttp,
  checkPublicHttp,
  type HttpOptions,
  httpOptions,
  pageFolder,
} from './serve.ts'
export { atMostEvery } from './throttle.ts'
