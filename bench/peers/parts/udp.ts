// The highest rate of datagrams of which none is lost: rsyslog and Sluice, each into a file in memory.
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { blast } from '../../support/blast.ts'
import { temporary } from '../../support/folder.ts'
import { machine } from '../../support/machine.ts'
import { count } from '../../support/numbers.ts'
import { MESSAGE_SIZE } from '../../support/records.ts'
import { part } from '../part.ts'
import { highest, PRECISION, type Try } from '../support/highest.ts'
import { progress } from '../support/progress.ts'
import { Seen } from '../support/seen.ts'
import { freeUdpPort } from '../support/sockets.ts'
import { TO_FILE, type ToFile } from '../support/to-file.ts'

interface Row {
  name: string
  writes: string
  ours: boolean
  rate: number
  /** The generator could do no more. */
  limited: boolean
  bufferGranted: number
}

interface Results {
  seconds: number
  warm: number
  machine: { [name: string]: string }
  rows: Row[]
}

/** So long a file has not grown when all is in it: both write what they have after less. */
const QUIET = 3000

export default part<Results>({
  async measure({ seconds, warm }, keep) {
    const folder = memoryFolder()
    const results: Results = { seconds, warm, machine: machine(), rows: [] }
    for (const program of TO_FILE) {
      const { name, writes, ours } = program
      let bufferGranted = 0
      const found = await highest(async rate => {
        const { granted, ...tried } = await attempt(program, rate, { seconds, warm }, join(folder, 'lines'))
        bufferGranted = granted
        progress(`udp: ${name}, ${writes}: ${count(tried.offered)}/s, lost ${count(tried.lost)}`)
        return tried
      })
      results.rows.push({ name, writes, ours, ...found, bufferGranted })
      keep(results)
    }
    return results
  },

  write({ seconds, warm, machine, rows }, section) {
    section.parameters({
      message: `${MESSAGE_SIZE} bytes, RFC 3164, from one sender on the same host, into a file in memory (tmpfs)`,
      lossless: `every number of ${seconds} s is in the file, after ${warm} s at a quarter of the rate that do not count; a rate is too high when two tries lost something`,
      search: `bisection to ${Math.round((PRECISION - 1) * 100)} %`,
      rsyslog:
        'imudp, a queue in memory, omfile: [bench/peers/support/to-file.ts](../bench/peers/support/to-file.ts)',
      ...machine,
    })
    const rate = (row: Row) => `${count(row.rate)}${row.limited ? ', the most that the generator sends' : ''}`
    section.table(
      ['', 'writes', 'records/s without loss', 'receive buffer'],
      rows.map(row => [row.name, row.writes, rate(row), count(row.bufferGranted)]),
    )
    const kinds = [...new Set(rows.map(row => row.writes))]
    section.chart('peers-udp', {
      title: 'Highest rate of datagrams without loss (records/s)',
      format: count,
      groups: kinds.map(kind => ({
        label: `into a file: ${kind}`,
        bars: rows
          .filter(row => row.writes === kind)
          .map(row => ({ label: row.name, value: row.rate, ours: row.ours })),
      })),
    })
    section.goals(kinds.flatMap(kind => goalOf(rows.filter(row => row.writes === kind))))
  },
})

function goalOf(rows: readonly Row[]) {
  const [ours, theirs] = [rows.find(row => row.ours), rows.find(row => !row.ours)]
  if (!ours || !theirs) return []
  return [
    {
      what: `${ours.name}, ${ours.writes}, records/s without loss`,
      wanted: `>= rsyslog's ${count(theirs.rate)}${theirs.limited ? ' (all that it could be offered)' : ''}`,
      measured: count(ours.rate),
      met: ours.rate >= theirs.rate,
    },
  ]
}

async function attempt(
  { start }: ToFile,
  rate: number,
  { seconds, warm }: { seconds: number; warm: number },
  path: string,
): Promise<Try & { granted: number }> {
  const port = await freeUdpPort()
  const { bufferGranted, stop } = await start(port, path)
  try {
    await blast(port, rate / 4, warm, MESSAGE_SIZE)
    const sent = await blast(port, rate, seconds, MESSAGE_SIZE)
    await quiet(path)
    await stop()
    const seen = new Seen(sent.first, sent.datagrams)
    await noteLines(path, seen)
    return { offered: sent.datagrams / sent.seconds, lost: seen.missed.lost, granted: bufferGranted }
  } finally {
    await stop()
    rmSync(path, { force: true })
  }
}

async function quiet(path: string): Promise<void> {
  const size = () => (existsSync(path) ? statSync(path).size : 0)
  for (let last = -1; size() > last; await sleep(QUIET)) last = size()
}

async function noteLines(path: string, seen: Seen): Promise<void> {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const text = Buffer.concat([rest, chunk])
    const end = text.lastIndexOf('\n') + 1
    seen.note(text.subarray(0, end))
    rest = text.subarray(end)
  }
}

/** A folder in memory, so that no disk decides; gone with this run. */
function memoryFolder(): string {
  if (!existsSync('/dev/shm')) return temporary('')
  const folder = mkdtempSync('/dev/shm/sluice-bench-')
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
