// What the page shows, and its form in the address: a link reproduces the view.
import { DEFAULT_RANGE, type Range, sameRange } from './range.ts'

export interface View {
  readonly q: string
  readonly range: Range
  readonly live: boolean
  /** The cursor of the record that is open. */
  readonly record: string | undefined
}

/** An open end has to be said, because an address without a range means the default. */
const OPEN = 'all'

export function parseView(search: string): View {
  const parameters = new URLSearchParams(search)
  const bound = (name: string) => parameters.get(name)?.trim() || undefined
  const [from, to] = [bound('from'), bound('to')]
  const range: Range =
    from === undefined && to === undefined ? DEFAULT_RANGE : { from: from === OPEN ? undefined : from, to }
  return {
    q: parameters.get('q') ?? '',
    range,
    live: parameters.get('live') === '1' && range.to === undefined,
    record: bound('record'),
  }
}

/** The part of the address behind the path: `?q=…`, or nothing. */
export function formatView({ q, range, live, record }: View): string {
  const parameters = new URLSearchParams()
  if (q !== '') parameters.set('q', q)
  if (!sameRange(range, DEFAULT_RANGE)) {
    parameters.set('from', range.from ?? OPEN)
    if (range.to !== undefined) parameters.set('to', range.to)
  }
  if (live) parameters.set('live', '1')
  if (record !== undefined) parameters.set('record', record)
  // Readable, since people send such links: these are allowed in a query (RFC 3986 section 3.4).
  const text = parameters.toString().replaceAll('%3A', ':').replaceAll('%2C', ',')
  return text === '' ? '' : `?${text}`
}
