import { flagOf } from '../options.ts'
import type { CopyView } from '../stage/flow.ts'
import type { Stage } from '../stage/stage.ts'
import type { CertificateView } from '../tls/certificates.ts'

/** A stage as `/status` shows it (docs/admin.md). */
export function statusOf(stage: Stage): object {
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

/** Until when certificates will do, as `/status` shows it. */
export function certificatesOf(views: readonly CertificateView[]): object[] {
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

/** A copy of a stage as `/status` of the process that started it shows it. It has a `/status` of its own. */
export function copyStatusOf({ name, pid, restarts, waiting }: CopyView): object {
  return { name, pid: pid ?? null, restarts, waiting }
}

/** What this process has used, as `/status` shows it: seconds of CPU since it was started, and bytes of memory. */
export function usage(): object {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  return {
    cpu: { user: user / 1e6, system: system / 1e6 },
    memory: { resident: rss, heap: heapUsed, heapTotal, external },
  }
}
