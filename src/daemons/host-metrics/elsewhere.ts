// What Node tells of a host that is not Linux.
import { availableParallelism, cpus, freemem, loadavg, totalmem, uptime } from 'node:os'
import type { Data, Measures } from './kinds.ts'
import { type Times, usage } from './processors.ts'
import { percent } from './rates.ts'

export function nodeMeasures(): Measures {
  let before: Times | undefined
  return {
    load() {
      const [load1, load5, load15] = loadavg() as [number, number, number]
      return [{ load1, load5, load15, cpus: availableParallelism() }]
    },
    cpu() {
      const now = times()
      const data = before && usage(before, now)
      before = now
      return data ? [data] : []
    },
    memory: () => [memory()],
    system: () => [{ uptime: Math.floor(uptime()) }],
  }
}

function times(): Times {
  const sum = { user: 0, nice: 0, system: 0, idle: 0, irq: 0 }
  for (const { times } of cpus()) {
    for (const mode of ['user', 'nice', 'idle', 'irq'] as const) sum[mode] += times[mode]
    sum.system += times.sys
  }
  return { ...sum, iowait: 0, softirq: 0, steal: 0, guest: 0, guest_nice: 0 }
}

function memory(): Data<'memory'> {
  const [total, available] = [totalmem(), freemem()]
  const used = total - available
  return {
    total,
    available,
    used,
    used_percent: percent(used, total),
    available_percent: percent(available, total),
  }
}
