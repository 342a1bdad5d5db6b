// What people ask a store, and how long it takes to answer over HTTP.
import { Agent, get } from 'node:http'
import { KNOWN } from './log-lines.ts'
import { count, digits, median } from './numbers.ts'
import type { Report } from './report.ts'

const RUNS = 15
const [COMMON, OTHER] = KNOWN.common
const SEARCHES: { readonly [what: string]: string } = {
  everything: '',
  'a phrase, in 2 %': `"${KNOWN.phrase}"`,
  'a rare word, in 1 of 100,000': KNOWN.rare,
  'a word that is nowhere': 'nowhere',
  'a common word, in half': COMMON,
  'two common words': `${COMMON} ${OTHER}`,
  'field, in 12 %': 'host:web1.example.org',
  'rare field and common word': `host:web40.example.org ${COMMON}`,
  'field and rare word': `host:web1.example.org ${KNOWN.rare}`,
  'two fields and a word': `host:web2.example.org program:sshd ${OTHER}`,
  'negation of a common word': `-${COMMON}`,
  'severity<=err, 5 %': 'severity<=err',
  'severity<=err and common word': `severity<=err ${COMMON}`,
  'prefix of many words': 'ba*',
  'no facet, verified: in 2 %': 'user.name:alice',
  'no facet, verified: in 1 of 100,000': `user.name:${KNOWN.seldomUser}`,
  'field that is there at all, 10 %': 'user.name:*',
}
const HISTOGRAMS = [
  'everything',
  'a common word, in half',
  'two common words',
  'field, in 12 %',
  'severity<=err, 5 %',
  'a rare word, in 1 of 100,000',
  'no facet, verified: in 2 %',
]
const FIELDS = ['everything', 'a common word, in half', 'field, in 12 %', 'no facet, verified: in 2 %']

export const HISTOGRAM = '/api/histogram?q='
export const SEARCH = `/api/search?limit=100&q=${encodeURIComponent(COMMON)}`

interface Row {
  path: string
  what: string
  cold: number
  warm: number[]
  records: string
  complete: number
}

/** Asks every question, once as nobody has asked it before and then some times more. */
export async function askAll(report: Report, url: string): Promise<void> {
  const questions = [
    ...Object.keys(SEARCHES).map(what => ['search', what, 'limit=100&'] as const),
    ...HISTOGRAMS.map(what => ['histogram', what, ''] as const),
    ...FIELDS.map(what => ['fields', what, ''] as const),
  ]
  const rows: Row[] = []
  for (const [face, what, parameters] of questions) {
    const path = `/api/${face}?${parameters}q=${encodeURIComponent(SEARCHES[what]!)}`
    rows.push(await askOften(url, path, what))
  }
  report.table(
    ['request', 'of', 'first ms', 'median ms', 'most ms', 'records', 'complete'],
    rows.map(({ path, what, cold, warm, records, complete }) => [
      path.slice(0, path.indexOf('?')),
      what,
      digits(1)(cold),
      digits(1)(median(warm)),
      digits(1)(Math.max(...warm)),
      records,
      complete === RUNS ? 'yes' : `${complete} of ${RUNS}`,
    ]),
  )
  const searches = rows.filter(({ path }) => path.includes('/search'))
  const slowest = searches.reduce((a, b) => (median(a.warm) > median(b.warm) ? a : b))
  report.goal('slowest first page', '200 ms', `${digits(0)(median(slowest.warm))} ms, ${slowest.what}`)
}

async function askOften(url: string, path: string, what: string): Promise<Row> {
  const { milliseconds: cold } = await ask(url, path)
  const row: Row = { path, what, cold, warm: [], records: '', complete: 0 }
  for (let n = 0; n < RUNS; n++) {
    const { milliseconds, body } = await ask(url, path)
    const { records, total, counted, complete } = JSON.parse(body)
    row.warm.push(milliseconds)
    row.records = count(records?.length ?? total ?? counted)
    if (complete) row.complete++
  }
  return row
}

const agent = new Agent({ keepAlive: true })

/** Milliseconds until the whole answer is there. */
export function ask(url: string, path: string): Promise<{ milliseconds: number; body: string }> {
  const start = performance.now()
  return new Promise((resolve, reject) => {
    get(url + path, { agent }, async response => {
      let body = ''
      for await (const text of response.setEncoding('utf8')) body += text
      const milliseconds = performance.now() - start
      if (response.statusCode === 200) resolve({ milliseconds, body })
      else reject(new Error(`${path}: ${response.statusCode} ${body.slice(0, 500)}`))
    }).on('error', reject)
  })
}
