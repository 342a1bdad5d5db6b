// sluice-store with many records: how its ingest and its answers change with what is there already.
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { reportDisk, reportIngest } from './store.ts'
import { count, digits } from './support/numbers.ts'
import { memoryOf } from './support/proc.ts'
import type { Report } from './support/report.ts'
import { askAll } from './support/store-questions.ts'
import { StoreUnderTest } from './support/store-under-test.ts'

const SIZES = [10_000_000, 50_000_000]
/** On disk, with something to spare. */
const BYTES_A_RECORD = 800

export async function measure(report: Report): Promise<void> {
  const { bavail, bsize } = statfsSync(tmpdir())
  const free = bavail * bsize
  const needed = (records: number) => records * BYTES_A_RECORD
  report.parameters({
    disk: `${gigabytes(free)} free in ${tmpdir()} (TMPDIR); ${SIZES.map(records => `${count(records)} records need ${gigabytes(needed(records))}`).join(', ')}`,
    records: 'as in the part store',
  })
  const store = new StoreUnderTest()
  await store.ready()
  for (const records of chosen()) {
    if (needed(records) > free) {
      report.note(`${count(records)} records: not measured, the disk has no room for them\n`)
      continue
    }
    report.note(`### ${count(records)} records\n`)
    const ingest = await store.ingest(records - store.records)
    reportIngest(report, { [`from ${count(records - ingest.records)} to ${count(records)}`]: ingest })
    reportDisk(report, store, ingest)
    await askAll(report, store.url)
    const { rss, anonymous } = memoryOf(store.program.pid)
    report.note(`memory: RSS ${digits(0)(rss / 1024)} MB, anonymous ${digits(0)(anonymous / 1024)} MB\n`)
  }
  await store.stop()
}

/** SLUICE_BENCH_MILLIONS=10 does without the larger ones. */
function chosen(): number[] {
  const most = Number(process.env.SLUICE_BENCH_MILLIONS ?? Number.POSITIVE_INFINITY) * 1e6
  return SIZES.filter(records => records <= most)
}

function gigabytes(bytes: number): string {
  return `${digits(0)(bytes / 1e9)} GB`
}
