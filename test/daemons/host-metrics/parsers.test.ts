import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDisk, parseDevices } from '../../../src/daemons/host-metrics/devices.ts'
import { isUsualInterface, parseInterfaces } from '../../../src/daemons/host-metrics/interfaces.ts'
import { memory, parseMeminfo, parseSwapped, swap } from '../../../src/daemons/host-metrics/memory.ts'
import { areOthersHidden, parseMounts, usualMounts } from '../../../src/daemons/host-metrics/mounts.ts'
import { countProcessors, parseTimes, usage } from '../../../src/daemons/host-metrics/processors.ts'
import { disk, parseSpace } from '../../../src/daemons/host-metrics/space.ts'
import {
  parseActivity,
  parseFiles,
  parseLoad,
  parseUptime,
} from '../../../src/daemons/host-metrics/system.ts'

const STAT = `cpu  1000 20 300 5000 60 7 8 9 100 10
cpu0 500 10 150 2500 30 3 4 5 50 5
cpu1 500 10 150 2500 30 4 4 4 50 5
intr 111865707 0 9 0 0
ctxt 310198430
btime 1795325707
processes 1806379
procs_running 2
procs_blocked 1
softirq 100 0 1
`

test('times of processors: guests are not counted twice', () => {
  const times = parseTimes(STAT)
  assert.deepEqual(times, {
    ...{ user: 900, nice: 10, system: 300, idle: 5000, iowait: 60 },
    ...{ irq: 7, softirq: 8, steal: 9, guest: 100, guest_nice: 10 },
  })
  assert.equal(countProcessors(STAT), 2)
  // Linux 2.6.24 had nine columns, older ones less.
  assert.equal(parseTimes('cpu  1 2 3 4\n').guest_nice, 0)
})

test('usage: all together are 100, and what goes down is none', () => {
  const before = parseTimes(STAT)
  const now = parseTimes('cpu  1120 20 340 5200 50 7 8 9 120 10\n')
  const data = usage(before, now)!
  assert.equal(data.usage_user, 27.78)
  assert.equal(data.usage_guest, 5.56)
  assert.equal(data.usage_system, 11.11)
  assert.equal(data.usage_idle, 55.56)
  assert.equal(data.usage_iowait, 0)
  assert.equal(data.usage_active, 44.44)
  assert.equal(usage(before, before), undefined)
})

const MEMINFO = `MemTotal:       1000 kB
MemFree:         100 kB
MemAvailable:    600 kB
Buffers:          20 kB
Cached:          300 kB
SwapCached:        0 kB
SwapTotal:       200 kB
SwapFree:         50 kB
Dirty:             4 kB
Shmem:             7 kB
SReclaimable:     30 kB
HugePages_Total:  5
`

test('memory and swap', () => {
  const kB = 1024
  assert.equal(parseMeminfo(MEMINFO).get('HugePages_Total'), 5)
  assert.deepEqual(memory(parseMeminfo(MEMINFO)), {
    ...{ total: 1000 * kB, available: 600 * kB, used: 400 * kB, free: 100 * kB, buffered: 20 * kB },
    ...{ cached: 330 * kB, shared: 7 * kB, dirty: 4 * kB, used_percent: 40, available_percent: 60 },
  })
  assert.equal(memory(parseMeminfo(MEMINFO.replace(/MemAvailable.*\n/, ''))).available, 443 * kB)
  assert.deepEqual(swap(parseMeminfo(MEMINFO)), {
    total: 200 * kB,
    free: 50 * kB,
    used: 150 * kB,
    used_percent: 75,
  })
  assert.equal(swap(parseMeminfo('')).used_percent, 0)
  assert.deepEqual(parseSwapped('pswpin 3\npswpout 4\n', 4096), { in: 12_288, out: 16_384 })
  assert.deepEqual(parseSwapped('', 4096), { in: 0, out: 0 })
})

test('load, uptime, activity, files', () => {
  assert.deepEqual(parseLoad('0.02 0.15 1.37 2/94 23431\n'), {
    load1: 0.02,
    load5: 0.15,
    load15: 1.37,
    threads: 94,
  })
  assert.equal(parseUptime('84619.53 120000.11\n'), 84_619)
  assert.deepEqual(parseActivity(STAT), {
    now: { processes_running: 2, processes_blocked: 1 },
    counters: { processes_forked: 1_806_379, context_switches: 310_198_430, interrupts: 111_865_707 },
  })
  assert.deepEqual(parseFiles('520\t0\t2466193\n'), { open_files: 520, max_files: 2_466_193 })
  assert.deepEqual(parseFiles('520\t0\t9223372036854775807\n'), { open_files: 520 })
})

const DISKSTATS = `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 2628559 162154 67762154 13794427 5461330 2475837 1076535064 4977689 3 2089628 19550379 2217442 1950 772787184 523809 1487424 254453
 254       1 vda1 1 0 8 1 0 0 0 0 0 1 1
 259       0 nvme0n1 10 0 80 4 20 0 160 8 0 12 12
`

test('devices, of any number of columns', () => {
  const devices = parseDevices(DISKSTATS)
  assert.deepEqual([...devices.keys()], ['loop0', 'vda', 'vda1', 'nvme0n1'])
  assert.deepEqual(devices.get('vda'), {
    counters: {
      ...{ reads: 2_628_559, writes: 5_461_330, io_time: 2_089_628 },
      ...{ read_bytes: 67_762_154 * 512, write_bytes: 1_076_535_064 * 512 },
    },
    others: { read_time: 13_794_427, write_time: 4_977_689, in_progress: 3 },
  })
})

test('usual devices: whole disks and what is made of them', () => {
  for (const name of ['sda', 'sdaa', 'vda', 'xvda', 'nvme0n1', 'mmcblk0', 'dm-0', 'md127', 'rbd0', 'sdb'])
    assert.ok(isDisk(name), name)
  for (const name of [
    'sda1',
    'vda15',
    'xvda1',
    'nvme0n1p2',
    'mmcblk0p1',
    'loop12',
    'ram0',
    'zram0',
    'sr0',
    'fd0',
    'md0p1',
  ])
    assert.ok(!isDisk(name), name)
})

const DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 402474577485 336836970    0 2939    0     0          0         0 402474577485 336836970    0    0    0     0       0          0
  eth0:7046330439  198221    1    2    0     0          0         0 16174643  137678    3    4    0     0       0          0
eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
`

test('interfaces, also where a number stands right behind a name, or an alias has a colon', () => {
  const interfaces = parseInterfaces(DEV)
  assert.deepEqual([...interfaces.keys()], ['lo', 'eth0', 'eth0:1'])
  assert.deepEqual(interfaces.get('eth0'), {
    ...{ bytes_recv: 7_046_330_439, packets_recv: 198_221, err_in: 1, drop_in: 2 },
    ...{ bytes_sent: 16_174_643, packets_sent: 137_678, err_out: 3, drop_out: 4 },
  })
})

test('usual interfaces', () => {
  for (const name of ['eth0', 'enp3s0', 'wlan0', 'bond0', 'eth0.10', 'wg0', 'tun0', 'ens5', 'ib0', 'br0'])
    assert.ok(isUsualInterface(name), name)
  for (const name of ['lo', 'veth12ab', 'docker0', 'br-1f00', 'virbr0', 'ifb0', 'cali12', 'tap0', 'vnet3'])
    assert.ok(!isUsualInterface(name), name)
})

const MOUNTINFO = `22 27 0:21 / /proc rw,relatime - proc proc rw
24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334524k
27 1 254:0 / / ro,relatime - ext4 /dev/vda rw,discard
28 27 0:25 / /run rw - tmpfs tmpfs rw
30 27 254:0 /var/lib/x /mnt/bound rw - ext4 /dev/vda rw
31 27 8:1 / /srv/with\\040space rw,noatime shared:1 master:2 - xfs /dev/sda1 ro,attr2
32 27 0:40 / /home rw - nfs4 nfs.example:/home rw,vers=4.2
33 27 0:41 / /over rw - ext4 /dev/old rw
34 33 0:42 / /over rw - btrfs /dev/new rw,subvol=/over
35 27 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro
36 27 0:43 / /var/lib/docker/overlay2/abc/merged rw - overlay overlay rw,lowerdir=/a
37 27 254:0 /etc/hosts /etc/hosts rw - ext4 /dev/vda rw
38 27 0:44 / /net rw - autofs systemd-1 rw,fd=5
`

test('mounts: names with spaces, what is mounted over another, what the file system itself is', () => {
  const mounts = new Map(parseMounts(MOUNTINFO).map(mount => [mount.path, mount]))
  assert.equal(mounts.size, 12)
  assert.deepEqual(mounts.get('/srv/with space'), {
    ...{ path: '/srv/with space', device: '/dev/sda1', fstype: 'xfs', mode: 'ro', number: '8:1', root: '/' },
  })
  assert.equal(mounts.get('/over')!.device, '/dev/new')
  // This mount is read-only, as in a hardened unit; what is mounted is not.
  assert.equal(mounts.get('/')!.mode, 'rw')
})

test('usual mounts: each with a disk or a server behind it, once', () => {
  const paths = (text: string) => usualMounts(parseMounts(text)).map(({ path }) => path)
  assert.deepEqual(paths(MOUNTINFO), ['/', '/srv/with space', '/home', '/over'])
  // In a container.
  assert.deepEqual(
    paths(
      '1 0 0:9 / / rw - overlay overlay rw\n2 1 8:1 /c/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n3 1 8:1 /v /data rw - ext4 /dev/sda1 rw\n',
    ),
    ['/', '/data'],
  )
})

test('processes of others are hidden, or not', () => {
  const proc = (options: string) =>
    `1 0 254:0 / / rw - ext4 /dev/vda rw\n22 1 0:21 / /proc rw - proc proc ${options}\n`
  for (const options of ['rw', 'rw,hidepid=noaccess', 'rw,hidepid=1', 'rw,hidepid=off', 'rw,hidepid=0'])
    assert.ok(!areOthersHidden(proc(options)), options)
  for (const options of [
    'rw,hidepid=invisible',
    'rw,hidepid=2',
    'rw,gid=5,hidepid=ptraceable',
    'rw,hidepid=4',
  ])
    assert.ok(areOthersHidden(proc(options)), options)
})

test('the space of a disk, as df(1) counts', () => {
  const mount = parseMounts(MOUNTINFO).find(({ path }) => path === '/home')!
  const space = parseSpace('4096 1000 400 300 50 20\n')!
  assert.deepEqual(disk(mount, space), {
    ...{ path: '/home', device: 'nfs.example:/home', fstype: 'nfs4', mode: 'rw' },
    ...{ total: 4_096_000, free: 1_638_400, available: 1_228_800, used: 2_457_600, used_percent: 66.67 },
    ...{ inodes_total: 50, inodes_free: 20, inodes_used: 30, inodes_used_percent: 60 },
  })
  assert.equal(disk(mount, { ...space, blocks: 0 }), undefined)
  for (const text of ['', 'stat: no such file', '1 2 3', 'a b c d e f'])
    assert.equal(parseSpace(text), undefined)
})
