import type { Row } from './rows.ts'

/** What rows are sorted by. */
export type Key = 'name' | 'in' | 'out' | 'lag' | 'held' | 'spool' | 'drops' | 'dead' | 'cpu' | 'memory'

export interface Column {
  key: Key | 'shape' | 'uptime'
  head: string
  width: number
  /** In words, for the help. */
  help: string
  text(row: Row): string
}

export const KEYS: readonly Key[] = [
  'name',
  'in',
  'out',
  'lag',
  'held',
  'spool',
  'drops',
  'dead',
  'cpu',
  'memory',
]

const COLUMNS: readonly Column[] = [
  { key: 'in', head: 'IN/S', width: 8, help: 'records in, a second', text: row => rate(row.in) },
  { key: 'out', head: 'OUT/S', width: 8, help: 'records that went on, a second', text: row => rate(row.out) },
  {
    key: 'lag',
    head: 'LAG',
    width: 6,
    help: 'from taking a batch to its acceptance',
    text: row => time(row.lag),
  },
  {
    key: 'held',
    head: 'BUFFER',
    width: 10,
    help: 'bytes held, and how many it may hold',
    text: ({ held, limit }) => (held === undefined ? '' : `${size(held)}/${size(limit ?? 0)}`),
  },
  { key: 'spool', head: 'SPOOL', width: 6, help: 'bytes on disk', text: row => size(row.spool) },
  {
    key: 'drops',
    head: 'DROPS',
    width: 6,
    help: 'dropped since the start, but for what nobody had subscribed to',
    text: row => count(row.drops),
  },
  { key: 'dead', head: 'DEAD', width: 6, help: 'dead letters since the start', text: row => count(row.dead) },
  {
    key: 'cpu',
    head: 'CPU%',
    width: 5,
    help: 'of one core; of a process with several stages, at the first of them',
    text: row => (row.isFirst && row.cpu !== undefined ? row.cpu.toFixed(row.cpu < 10 ? 1 : 0) : ''),
  },
  {
    key: 'memory',
    head: 'MEM',
    width: 6,
    help: 'resident memory, likewise',
    text: row => (row.isFirst ? size(row.memory) : ''),
  },
]

const MORE: readonly Column[] = [
  { key: 'shape', head: 'SHAPE', width: 7, help: 'source, filter or sink', text: row => row.shape },
  {
    key: 'uptime',
    head: 'UP',
    width: 7,
    help: 'since its start',
    text: ({ running, isFirst }) => (running && isFirst ? since(running.uptime) : ''),
  },
]

/** What fits beside the names; of what does not, first what is asked for the least. */
export function columnsOf(width: number, rows: readonly Row[] = []): readonly Column[] {
  if (width >= 100) return [MORE[0]!, ...COLUMNS, MORE[1]!]
  const columns = [...COLUMNS]
  const longest = Math.max(SHORTEST_NAME, ...rows.map(({ name }) => name.length))
  for (const key of ['spool', 'dead', 'lag', 'held', 'memory', 'out'])
    if (widthOf(columns) > width - (key === 'spool' && !rows.some(hasSpool) ? longest : SHORTEST_NAME))
      columns.splice(
        columns.findIndex(column => column.key === key),
        1,
      )
  return columns
}

export function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + column.width + 1, 0)
}

const SHORTEST_NAME = 10

const hasSpool = ({ spool }: Row) => spool !== undefined

/** For the help: all of them. */
export const ALL_COLUMNS: readonly Column[] = [...COLUMNS, ...MORE]

/** Sorted by a key; of numbers, what is not known comes last. */
export function sortRows(rows: readonly Row[], key: Key, isDescending: boolean): Row[] {
  const sign = isDescending ? -1 : 1
  return rows.toSorted((a, b) => {
    const [one, other] = [a[key], b[key]]
    if (typeof one === 'number' && typeof other === 'number' && one !== other) return sign * (one - other)
    if ((one === undefined) !== (other === undefined)) return one === undefined ? 1 : -1
    return (key === 'name' ? sign : 1) * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  })
}

export function rate(value: number | undefined): string {
  if (value === undefined) return '-'
  return value > 0 && value < 10 ? value.toFixed(1) : count(value)
}

/** At most six characters. */
export function count(value: number | undefined): string {
  if (value === undefined) return ''
  if (value < 100_000) return Math.round(value).toLocaleString('en-US')
  if (value < 1e7) return `${(value / 1e6).toFixed(2)}M`
  return value < 1e9 ? `${Math.round(value / 1e6)}M` : `${(value / 1e9).toFixed(1)}G`
}

/** At most five characters, in powers of 1024. */
export function size(bytes: number | undefined): string {
  if (bytes === undefined) return ''
  if (bytes < 1024) return `${bytes}`
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value < 9.95 ? value.toFixed(1).replace('.0', '') : Math.round(value)}${'KMGT'[power - 1]}`
}

function time(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '-'
  if (milliseconds < 1000)
    return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)}ms`
  return milliseconds < 600_000
    ? `${(milliseconds / 1000).toFixed(milliseconds < 99_950 ? 1 : 0)}s`
    : since(milliseconds / 1000)
}

export function since(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  if (days > 0) return `${days}d${hours}h`
  if (hours > 0) return `${hours}h${minutes}m`
  return minutes > 0 ? `${minutes}m${Math.round(seconds) % 60}s` : `${Math.round(seconds)}s`
}
