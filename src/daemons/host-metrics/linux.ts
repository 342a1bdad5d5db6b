// What the kernel says in /proc, read at once: these files are made while they are read, and no disk has to be asked.
import { readdirSync, readFileSync } from 'node:fs'
import type { Chosen } from './chosen.ts'
import { type DeviceCounters, isDisk, parseDevices } from './devices.ts'
import { type InterfaceCounters, isUsualInterface, parseInterfaces } from './interfaces.ts'
import type { Data, Measures } from './kinds.ts'
import { memory, parseMeminfo, parseSwapped, swap } from './memory.ts'
import { areOthersHidden, mountsAbove, parseMounts, usualMounts } from './mounts.ts'
import { countProcessors, parseTimes, type Times, usage } from './processors.ts'
import { perSecond, Rates, round } from './rates.ts'
import type { DiskSpace } from './space.ts'
import { parseActivity, parseFiles, parseLoad, parseUptime } from './system.ts'

/** What the user has asked for; undefined where nobody has asked for anything. */
export interface Wanted {
  mounts: Chosen | undefined
  interfaces: Chosen | undefined
  devices: Chosen | undefined
}

const read = (file: string) => readFileSync(`/proc/${file}`, 'utf8')

export function linuxMeasures(wanted: Wanted, space: DiskSpace): Measures {
  const page = pageSize()
  let times: Times | undefined
  const swapped = new Rates<'in' | 'out'>()
  const activity = new Rates<'processes_forked' | 'context_switches' | 'interrupts'>()
  return {
    load: () => [load()],
    cpu() {
      const now = parseTimes(read('stat'))
      const data = times && usage(times, now)
      times = now
      return data ? [data] : []
    },
    memory: () => [memory(parseMeminfo(read('meminfo')))],
    swap(at) {
      const counters = parseSwapped(read('vmstat'), page)
      const rates = swapped.round(at, [['', counters]]).get('')!
      return [{ ...swap(parseMeminfo(read('meminfo'))), ...counters, ...perSecond(rates) }]
    },
    disk() {
      const all = parseMounts(read('self/mountinfo'))
      // One that is asked for may be of any kind; but whoever looks at one of autofs mounts what is behind it.
      const seen = all.filter(({ fstype }) => fstype !== 'autofs')
      const mounts = wanted.mounts?.of(seen, ({ path }) => path) ?? usualMounts(all)
      return mounts.flatMap(mount => space.of(mount, mountsAbove(mount, all)) ?? [])
    },
    diskio: devices(wanted.devices),
    network: interfaces(wanted.interfaces),
    system(at) {
      const { now, counters } = parseActivity(read('stat'))
      const rates = activity.round(at, [['', counters]]).get('')!
      const { threads } = parseLoad(read('loadavg'))
      const seen = { uptime: parseUptime(read('uptime')), ...countProcesses(), threads, ...now }
      return [{ ...seen, ...parseFiles(read('sys/fs/file-nr')), ...counters, ...perSecond(rates) }]
    },
  }
}

function load(): Data<'load'> {
  const { load1, load5, load15 } = parseLoad(read('loadavg'))
  return { load1, load5, load15, cpus: countProcessors(read('stat')) }
}

function devices(wanted: Chosen | undefined): NonNullable<Measures['diskio']> {
  const rates = new Rates<keyof DeviceCounters>()
  return at => {
    const all = [...parseDevices(read('diskstats'))]
    const chosen = wanted?.of(all, ([name]) => name) ?? all.filter(([name]) => isDisk(name))
    const now = rates.round(
      at,
      chosen.map(([name, { counters }]) => [name, counters]),
    )
    return chosen.map(([device, { counters, others }]) => {
      const { io_time, ...rate } = now.get(device)!
      // Of the thousand milliseconds of a second.
      const busy = io_time === undefined ? {} : { busy_percent: Math.min(100, round(io_time / 10)) }
      return { device, ...counters, ...others, ...perSecond(rate), ...busy }
    })
  }
}

function interfaces(wanted: Chosen | undefined): NonNullable<Measures['network']> {
  const rates = new Rates<keyof InterfaceCounters>()
  return at => {
    const all = [...parseInterfaces(read('self/net/dev'))]
    const chosen = wanted?.of(all, ([name]) => name) ?? all.filter(([name]) => isUsualInterface(name))
    const now = rates.round(at, chosen)
    return chosen.map(([name, counters]) => ({ interface: name, ...counters, ...perSecond(now.get(name)!) }))
  }
}

/** Nothing where others than our own are hidden: that would be a wrong number. */
function countProcesses(): { processes?: number } {
  if (areOthersHidden(read('self/mountinfo')) && process.getuid!() !== 0) return {}
  return { processes: readdirSync('/proc').filter(name => /^\d+$/.test(name)).length }
}

/** AT_PAGESZ (getauxval(3)): pairs of numbers of 64 bits. */
function pageSize(): number {
  const auxiliary = readFileSync('/proc/self/auxv')
  for (let at = 0; at + 16 <= auxiliary.length; at += 16)
    if (auxiliary.readUInt32LE(at) === 6) return auxiliary.readUInt32LE(at + 8)
  return 4096
}
