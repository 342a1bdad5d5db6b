// What is measured, and the fields of each kind: docs/host-metrics.md has the same tables.

const PERCENT = 'percent of the time of all processors since the event before'
const RATE = 'in a second, since the event before'

export const KINDS = {
  load: {
    load1: 'load average of the last minute',
    load5: 'of five minutes',
    load15: 'of fifteen minutes',
    cpus: 'processors',
  },
  cpu: {
    usage_user: `programs; ${PERCENT}`,
    usage_nice: 'programs of low priority',
    usage_system: 'the kernel',
    usage_idle: 'nothing',
    usage_iowait: 'nothing, while a disk was waited for',
    usage_irq: 'interrupts',
    usage_softirq: 'what interrupts leave for later',
    usage_steal: 'taken by the host of this virtual machine',
    usage_guest: 'virtual machines of this host',
    usage_guest_nice: 'those of low priority',
    usage_active: 'all but idle and iowait',
  },
  memory: {
    total: 'bytes',
    available: 'bytes that programs could have without swapping',
    used: 'total without available',
    free: 'bytes that nobody uses, not even as a cache',
    buffered: 'buffers of block devices',
    cached: 'the page cache, and what the kernel could give back',
    shared: 'shared memory and tmpfs',
    dirty: 'what has yet to be written to disks',
    used_percent: 'of total',
    available_percent: 'of total',
  },
  swap: {
    total: 'bytes; 0 where there is none',
    free: 'bytes',
    used: 'bytes',
    used_percent: 'of total',
    in: 'bytes that were read back since the start of the host',
    out: 'bytes that were written',
    in_per_second: RATE,
    out_per_second: 'likewise',
  },
  disk: {
    path: 'where it is mounted',
    device: 'what is mounted there',
    fstype: 'its file system',
    mode: '`rw` or `ro`: what the file system itself is, also where this mount is another thing',
    total: 'bytes',
    free: 'bytes',
    available: 'bytes that are not kept for root',
    used: 'total without free',
    used_percent: 'as `df` has it: of what is not kept for root',
    inodes_total: '0 where it has no fixed number of them',
    inodes_free: 'those that are left',
    inodes_used: 'those that are taken',
    inodes_used_percent: 'of inodes_total',
  },
  diskio: {
    device: '`sda`, `nvme0n1`, `dm-0`',
    reads: 'since the start of the host, as all that follow but for the rates',
    writes: 'likewise',
    read_bytes: 'bytes',
    write_bytes: 'bytes',
    read_time: 'milliseconds that reads took, together',
    write_time: 'that writes took',
    io_time: 'milliseconds in which it had something to do',
    in_progress: 'requests at this moment',
    reads_per_second: RATE,
    writes_per_second: 'likewise',
    read_bytes_per_second: 'likewise',
    write_bytes_per_second: 'likewise',
    busy_percent: 'of the time it had something to do',
  },
  network: {
    interface: '`eth0`',
    bytes_recv: 'since it is there, as all that follow but for the rates',
    bytes_sent: 'bytes',
    packets_recv: 'packets',
    packets_sent: 'packets',
    err_in: 'packets that were received broken',
    err_out: 'packets that could not be sent',
    drop_in: 'packets that were received and dropped',
    drop_out: 'packets that were dropped instead of sent',
    bytes_recv_per_second: RATE,
    bytes_sent_per_second: 'likewise',
    packets_recv_per_second: 'likewise',
    packets_sent_per_second: 'likewise',
    err_in_per_second: 'likewise',
    err_out_per_second: 'likewise',
    drop_in_per_second: 'likewise',
    drop_out_per_second: 'likewise',
  },
  system: {
    uptime: 'seconds since the start of the host',
    processes: 'absent where others than our own are hidden from us (`hidepid`)',
    threads: 'of all processes',
    processes_running: 'threads that run or could',
    processes_blocked: 'threads that wait for a disk',
    processes_forked: 'processes and threads that were started since the start of the host',
    context_switches: 'since the start of the host',
    interrupts: 'since the start of the host',
    open_files: 'file descriptors, of all processes',
    max_files: 'absent where there is no bound',
    processes_forked_per_second: RATE,
    context_switches_per_second: 'likewise',
    interrupts_per_second: 'likewise',
  },
} as const

export type Kind = keyof typeof KINDS

export const KIND_NAMES = Object.keys(KINDS) as Kind[]

/** What one event of a kind says. */
export type Data<K extends Kind = Kind> = { -readonly [F in keyof (typeof KINDS)[K]]?: number | string }

/**
 * Measures what a kind is about, now. What takes longer than that comes later, or never; undefined is what could not be measured.
 * @param at when, in milliseconds on a clock that nobody sets
 */
export type Measure<K extends Kind = Kind> = (
  at: number,
) => readonly (Data<K> | Promise<Data<K> | undefined>)[]

export type Measures = { readonly [K in Kind]?: Measure<K> }
