// A process that uses a spool until it is killed, and says before and after each commit what it does:
//   node spool-child.ts PATH SEED COMMITS [MIN_FREE RESERVE]
import { writeSync } from 'node:fs'
import { SpoolFile } from '../../src/lib/spool/spool-file.ts'
import { batch, randomNumbers } from './spool.ts'

const [path, seed, commits, minFree = '0', reserve = '0'] = process.argv.slice(2)
const random = randomNumbers(Number(seed))
const spool = new SpoolFile(path!, { minFree: Number(minFree), reserve: Number(reserve) })

// At once: what was told to a pipe stays told.
const tell = (...words: unknown[]) => writeSync(1, `${words.join(' ')}\n`)

const live = readAll()
tell('open', ...live)
for (let n = 0; n < Number(commits); n++) {
  const gone = live.splice(0, random(Math.min(6, live.length + 1)))
  const next = spool.about().last + 1
  const sizes = Array.from({ length: random(5) }, () => [200, 30_000, 90_000][random(3)]!)
  const append = sizes.map((size, n) => batch(next + n, size))
  tell('remove', ...gone)
  const { first } = spool.commit({
    append,
    settled: gone.filter(seq => seq % 3 > 0).map(seq => ({ seq, receipt: { stored: 10 } })),
    dropped: gone.filter(seq => seq % 3 === 0),
  })
  const added = first === undefined ? [] : append.map((_, n) => first + n)
  tell('removed', ...gone)
  tell('appended', ...added)
  live.push(...added)
}
spool.close()
tell('closed')

function readAll(): number[] {
  const all: number[] = []
  for (;;) {
    const some = spool.read(all.at(-1) ?? 0, 1e6)
    if (some.length === 0) return all
    all.push(...some.map(({ seq }) => seq))
  }
}
