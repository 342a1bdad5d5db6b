// The requests of docs/store-api.md.
import { timeOfKey } from '../../daemons/store/key.ts'
import { address, getJson, type Parameters } from '../lib/http.ts'
import type { Range } from './range.ts'

const BASE = 'api/v1'

/** What is asked of every part of the page. */
export interface Asked {
  readonly q: string
  readonly range: Range
}

export interface Hit {
  readonly cursor: string
  readonly time: string
  readonly record: { readonly [field: string]: unknown }
}

export interface Page {
  records: Hit[]
  next: string | null
  complete: boolean
}

export type Bucket = readonly [start: number, records: number, severe: number]

export interface Histogram {
  from: string
  to: string
  step: number
  buckets: Bucket[]
  total: number
  severe: number
  complete: boolean
}

export interface FieldValue {
  value: string
  count: number
}

export interface Fields {
  fields: { [field: string]: FieldValue[] }
  others: string[]
  counted: number
  complete: boolean
}

export interface About {
  version: string
  records: number
  bytes: number
  from: string | null
  to: string | null
  keep: number | null
  keepBytes: number | null
  now: string
}

const parameters = ({ q, range }: Asked): Parameters => ({ q, from: range.from, to: range.to })

const get = <T>(name: string, asked: Parameters, signal: AbortSignal): Promise<T> =>
  getJson<T>(address(`${BASE}/${name}`, asked), signal)

export const searchPage = (asked: Asked, before: string | null, limit: number, signal: AbortSignal) =>
  get<Page>('search', { ...parameters(asked), limit, before: before ?? undefined }, signal)

export const getHistogram = (asked: Asked, buckets: number, signal: AbortSignal) =>
  get<Histogram>('histogram', { ...parameters(asked), buckets }, signal)

export const getFields = (asked: Asked, more: Parameters, signal: AbortSignal) =>
  get<Fields>('fields', { ...parameters(asked), ...more }, signal)

export const getAbout = (signal: AbortSignal) => get<About>('about', {}, signal)

/** How far back a search has got, by where it goes on: a cursor begins with a key of the store. */
export const timeOfCursor = (cursor: string) => new Date(timeOfKey(Number.parseInt(cursor, 10)))

export const tailAddress = (q: string) => address(`${BASE}/tail`, { q })

export const exportAddress = (asked: Asked) => address(`${BASE}/export`, parameters(asked))
