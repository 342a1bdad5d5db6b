/** Bytes of a sector in /proc/diskstats, whatever those of the device have (block/stat in the kernel's documentation). */
const SECTOR = 512

/** What is no disk, or the part of one that is counted with it. */
const NO_DISK =
  /^(?:loop|z?ram|fd|sr)\d+$|^(?:[hsv]|xv)d[a-z]+\d+$|^(?:nvme\d+n\d+|mmcblk\d+|nbd\d+|md\w*\d)p\d+$|^mmcblk\d+boot\d+$/

export function isDisk(name: string): boolean {
  return !NO_DISK.test(name)
}

export interface DeviceCounters {
  reads: number
  writes: number
  read_bytes: number
  write_bytes: number
  io_time: number
}

export interface Device {
  counters: DeviceCounters
  others: { read_time: number; write_time: number; in_progress: number }
}

/** Devices by name, of /proc/diskstats (Documentation/admin-guide/iostats.rst of the kernel). */
export function parseDevices(diskstats: string): Map<string, Device> {
  const rows = diskstats.split('\n').map(line => line.trim().split(/\s+/))
  return new Map(
    rows.flatMap(([, , name, ...columns]) => {
      if (name === undefined || columns.length < 11) return []
      const n = columns.map(Number)
      const counters = {
        reads: n[0]!,
        writes: n[4]!,
        read_bytes: n[2]! * SECTOR,
        write_bytes: n[6]! * SECTOR,
        io_time: n[9]!,
      }
      const others = { read_time: n[3]!, write_time: n[7]!, in_progress: n[8]! }
      return [[name, { counters, others }] as const]
    }),
  )
}
