import { flagOf } from '../options.ts'
import type { CopyView, Flow } from '../stage/flow.ts'
import type { Stage } from '../stage/stage.ts'
import type { CertificateView } from '../tls/certificates.ts'
import { version } from '../version.ts'

/** What a process knows of itself from its start on. */
export interface ProcessFacts {
  name: string
  /** As it was typed. */
  command: string
  /** The configuration file that was read. */
  configuration: string | undefined
  /** Epoch milliseconds. */
  started: number
  /** Of its admin face. */
  certificates: readonly CertificateView[]
}

/** A process as `/status` shows it (docs/admin.md). `flow` is undefined while it is being opened. */
export function processStatus(
  { name, command, configuration, started, certificates }: ProcessFacts,
  waiting: readonly string[],
  flow: Flow | undefined,
): object {
  const { stages = [], copies = [] } = flow ?? {}
  return {
    name,
    command,
    configuration: configuration ?? null,
    version,
    node: process.versions.node,
    pid: process.pid,
    started: new Date(started).toISOString(),
    uptime: Math.round((Date.now() - started) / 1000),
    ...usage(),
    ready: waiting.length === 0,
    waiting,
    ...(certificates.length > 0 && { certificates: certificatesOf(certificates) }),
    stages: stages.map(stageStatus),
    ...(copies.length > 0 && { copies: copies.map(copyStatus) }),
  }
}

function stageStatus(stage: Stage): object {
  const { name, plan, books, links, endpoints, counters, waiting } = stage
  return {
    name,
    shape: plan.daemon.shape,
    options: Object.fromEntries(
      Object.entries({ ...plan.own, ...plan.values }).map(([key, value]) => [flagOf(key), value]),
    ),
    endpoints,
    waiting: Object.fromEntries(waiting),
    books,
    buffer: { held: stage.held, limit: plan.values.buffer },
    ...(stage.spool && { spool: stage.spool }),
    ...(stage.outputs.length > 0 && { outputs: stage.outputs }),
    rate: Number(books.rate.toFixed(1)),
    latency: books.latency === undefined ? null : Number(books.latency.toFixed(1)),
    links,
    ...(stage.certificates.length > 0 && { certificates: certificatesOf(stage.certificates) }),
    counters: Object.fromEntries(counters),
  }
}

/** Until when certificates will do. */
function certificatesOf(views: readonly CertificateView[]): object[] {
  return views.flatMap(({ expiries, failedReloads }) =>
    expiries.map(({ flag, file, subject, until }) => ({
      flag,
      file,
      subject: subject ?? null,
      expires: new Date(until).toISOString(),
      failedReloads,
    })),
  )
}

/** It has a `/status` of its own. */
function copyStatus({ name, pid, restarts, waiting }: CopyView): object {
  return { name, pid: pid ?? null, restarts, waiting }
}

/** What this process has used: seconds of CPU since it was started, and bytes of memory. */
function usage(): object {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  return {
    cpu: { user: user / 1e6, system: system / 1e6 },
    memory: { resident: rss, heap: heapUsed, heapTotal, external },
  }
}
