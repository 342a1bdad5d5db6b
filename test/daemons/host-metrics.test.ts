import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { nodeMeasures } from '../../src/daemons/host-metrics/elsewhere.ts'
import { KIND_NAMES, KINDS, type Kind } from '../../src/daemons/host-metrics/kinds.ts'
import { root, Sluice } from '../support/process.ts'

interface Event {
  type: string
  time: string
  host?: string
  data: { [field: string]: number & string }
}

const start = (t: TestContext, ...args: string[]) => new Sluice(t, 'sluice-host-metrics', args)

/** Events of a kind, as soon as there are so many. */
function events(run: Sluice, kind: Kind, count = 1): Promise<Event[]> {
  return run.until(`${count} host.${kind}`, ({ stdout }) => {
    const all = stdout
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as Event)
    const found = all.filter(({ type }) => type === `host.${kind}`)
    return found.length >= count && found
  })
}

/** That two measurements, taken one after the other on a host that is at work, are of the same thing. */
function near(one: number, other: number, within: number): void {
  assert.ok(Math.abs(one - other) <= within, `${one} and ${other}`)
}

const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' })
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/))

describe('sluice-host-metrics', {
  concurrency: true,
  skip: process.platform !== 'linux' && 'not on Linux',
}, () => {
  test('what it says is what free, df and /proc say', async t => {
    const daemon = start(t, '--every', '1h', '--interfaces', '*')
    const [[memory], [swap], disks, [load], [system], network] = await Promise.all([
      events(daemon, 'memory'),
      events(daemon, 'swap'),
      events(daemon, 'disk'),
      events(daemon, 'load'),
      events(daemon, 'system'),
      events(daemon, 'network'),
    ])
    const [, mem, swp] = lines(run('free', '--bytes'))
    const tenth = Number(mem![1]) / 10
    assert.equal(memory!.data.total, Number(mem![1]))
    near(memory!.data.free!, Number(mem![3]), tenth)
    near(memory!.data.available!, Number(mem![6]), tenth)
    near(memory!.data.buffered! + memory!.data.cached!, Number(mem![5]), tenth)
    assert.equal(swap!.data.total, Number(swp![1]))
    const df = lines(run('df', '--block-size=1', '/'))[1]!
    const disk = disks.find(({ data }) => String(data.path) === '/')!.data
    assert.equal(disk.total, Number(df[1]))
    near(disk.used!, Number(df[2]), disk.total! / 100)
    near(disk.available!, Number(df[3]), disk.total! / 100)
    near(disk.used_percent!, Number.parseInt(df[4]!, 10), 2)
    const inodes = lines(run('df', '--inodes', '/'))[1]!
    assert.equal(disk.inodes_total, Number(inodes[1]))
    near(disk.inodes_used!, Number(inodes[2]), disk.inodes_total! / 100)
    near(load!.data.load15!, Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[2]), 1)
    near(system!.data.uptime!, Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]), 60)
    assert.equal(load!.data.cpus, readFileSync('/proc/cpuinfo', 'utf8').match(/^processor/gm)!.length)
    const names = network.map(({ data }) => String(data.interface))
    for (const name of readdirSync('/sys/class/net')) assert.ok(names.includes(name), name)
    for (const { data } of network) {
      const now = Number(readFileSync(`/sys/class/net/${data.interface}/statistics/rx_bytes`, 'utf8'))
      assert.ok(data.bytes_recv! <= now, `${data.interface}: ${data.bytes_recv} and ${now}`)
    }
  })

  test('the first round is at once, the others at whole multiples of the interval, with rates', async t => {
    const daemon = start(t, '--every', '200ms', '--name', 'rounds')
    const usage = await events(daemon, 'cpu', 3)
    for (const { time, host, data } of usage) {
      assert.equal(Date.parse(time) % 200, 0, time)
      assert.equal(host, hostname())
      const { usage_active, ...modes } = data
      near(
        Object.values(modes).reduce((sum, share) => sum + share, 0),
        100,
        0.1,
      )
      near(usage_active! + modes.usage_idle! + modes.usage_iowait!, 100, 0.1)
    }
    const [first, second] = await events(daemon, 'system', 2)
    assert.equal('context_switches_per_second' in first!.data, false)
    assert.ok(second!.data.context_switches_per_second! > 0)
    assert.ok(Date.parse(first!.time) < Date.parse(second!.time))
    assert.equal(await daemon.stop(), 0)
  })

  test('--only, --host and patterns choose', async t => {
    const daemon = start(
      t,
      ...[
        '--every',
        '200ms',
        '--only',
        'network, disk',
        '--interfaces',
        'l?',
        '--host',
        '',
        '--mounts',
        '/proc*',
      ],
      ...['--mounts', '/dev/s*'],
    )
    const found = await events(daemon, 'network', 2)
    assert.ok(found.every(({ data }) => String(data.interface) === 'lo'))
    assert.equal('host' in found[0]!, false)
    const types = new Set(daemon.stdout.match(/"type":"[^"]*"/g) ?? [])
    assert.ok([...types].every(type => /host\.(network|disk)/.test(type)))
    // A tmpfs that is asked for has a size; /proc has none.
    for (const { data } of await events(daemon, 'disk', 2)) assert.match(String(data.path), /^\/dev\/s/)
  })

  test('bug: not a word was said of what was asked for and is not there', async t => {
    const flags = ['--mounts', '/', '--mounts', '/nope', '--interfaces', 'nope*', '--devices', 'nope']
    const daemon = start(t, '--every', '200ms', '--only', 'disk,diskio,network', ...flags)
    await events(daemon, 'disk', 3)
    const said = daemon.logs.filter(({ level }) => level === 'warn').map(({ msg }) => msg)
    const why = 'nothing of that name is there; it is measured as soon as it is'
    assert.deepEqual(said, [`--mounts /nope: ${why}`, `--devices nope: ${why}`, `--interfaces nope*: ${why}`])
  })

  test('what cannot be asked for is misuse', async t => {
    const bad: [flags: string[], message: RegExp][] = [
      [['--only', 'load,memry'], /--only: "memry" is not one of load, cpu, memory/],
      [['--every', '10ms'], /--every: it costs more than it tells; at least 100ms/],
    ]
    for (const [flags, message] of bad) {
      const daemon = start(t, ...flags)
      assert.equal(await daemon.exited, 64)
      assert.match(daemon.stderr, message)
    }
  })

  test('each field is one of the table, and docs/host-metrics.md has that', async t => {
    const daemon = start(t, '--every', '200ms')
    await events(daemon, 'system', 3)
    for (const kind of KIND_NAMES) {
      const fields = Object.keys(KINDS[kind])
      // A container may have no disk of its own.
      const optional = kind === 'diskio' || kind === 'network'
      const found = optional && !daemon.stdout.includes(`host.${kind}`) ? [] : await events(daemon, kind, 2)
      const seen = new Set(found.flatMap(({ data }) => Object.keys(data)))
      for (const field of seen) assert.ok(fields.includes(field), `host.${kind}: ${field}`)
      if (found.length > 0)
        for (const field of fields)
          assert.ok(seen.has(field) || /^(max_files|busy_percent)$/.test(field), `host.${kind}: no ${field}`)
    }
    const page = readFileSync(join(root, 'docs/host-metrics.md'), 'utf8')
    for (const kind of KIND_NAMES) {
      const rows = Object.entries(KINDS[kind]).map(([field, what]) => `| \`${field}\` | ${what} |`)
      const table = ['| Field | What it is |', '| --- | --- |', ...rows].join('\n')
      assert.ok(
        page.includes(`### host.${kind}\n\n${table}\n`),
        `docs/host-metrics.md: host.${kind} is to have\n${table}`,
      )
    }
  })

  const cannotMount = process.getuid!() !== 0 || !existsSync('/dev/fuse')
  test('a mount that never answers holds up neither the others nor the end', {
    skip: cannotMount && 'this takes root and /dev/fuse',
  }, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-mount-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const mount = join(folder, 'mount')
    mkdirSync(mount)
    const helper = join(root, 'test/support/hanging-mount.py')
    const daemon = new Sluice(t, '/usr/bin/unshare', [
      ...['--mount', 'python3', helper, mount, join(root, 'bin/sluice-host-metrics')],
      ...[
        '--every',
        '500ms',
        '--name',
        'hanging',
        '--only',
        'disk,load',
        '--mounts',
        '/',
        '--mounts',
        `${mount}*`,
      ],
    ])
    await daemon.log(/mount \(fuse\.nobody\) is not measured: it did not answer within 5 s/)
    // It would answer by itself, if there was a way to it.
    await daemon.log(/mount\/below \(tmpfs\) is not measured: it did not answer within 5 s/)
    const asking = () =>
      readdirSync('/proc').filter(pid => {
        const [command, ...words] = /^\d+$/.test(pid) ? commandOf(pid) : []
        return command === 'stat' && words.at(-1)?.startsWith(mount)
      })
    assert.equal(asking().length, 2)
    const before = (await events(daemon, 'disk')).length
    const after = await events(daemon, 'disk', before + 3)
    assert.ok(after.every(({ data }) => !String(data.path).startsWith(mount)))
    const { stages } = await daemon.untilStatus('another time', ({ stages }) => stages[0]!.counters.slow! > 3)
    assert.equal(stages[0]!.books.balanced, true)
    assert.equal(asking().length, 2)
    assert.equal(await daemon.stop(), 0)
  })

  test('elsewhere than on Linux it is what Node tells', () => {
    const measures = nodeMeasures()
    for (const kind of ['load', 'memory', 'system'] as const) {
      const [data] = measures[kind]!(0)
      for (const [field, value] of Object.entries(data as object)) {
        assert.ok(field in KINDS[kind], field)
        assert.ok(Number.isFinite(value), field)
      }
    }
    assert.deepEqual(measures.cpu!(0), [])
    assert.equal(measures.disk, undefined)
  })
})

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}
