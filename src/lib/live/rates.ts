import type { ServerResponse } from 'node:http'
import { compileTemplate } from '../template.ts'
import { Aggregator } from './aggregator.ts'
import type { CountedField, Rate } from './counts.ts'
import type { LiveEvent } from './event.ts'
import { EventStream, eventText } from './event-stream.ts'
import { isWanted, type Selection } from './selection.ts'
import { ServerClock } from './server-clock.ts'
import { hasShare } from './tally.ts'

/** Milliseconds between two of what came meanwhile. */
const TICK = 200
/** What nobody asked for at the start counts on so long after the last one has left, milliseconds. */
const LINGER = 60_000
/** Each looks at every event. */
const MOST_AGGREGATORS = 100
/** Bytes that may wait for one who looks: who lags behind is given all of it anew. */
const WAITING = 4 * 1024 * 1024

/** One who looks at rates. */
interface Watcher {
  stream: EventStream
  /** Those of the fields that it wants. */
  by: readonly string[]
  /** It did not get some. */
  isBehind: boolean
}

interface Counted {
  /** Undefined for all events. */
  selection: Selection | undefined
  aggregator: Aggregator
  watchers: Set<Watcher>
  /** The histories that were given since the watchers were told last, by their fields: the same bytes for all who come before the next time. */
  histories: Map<string, Buffer>
  /** When the last one left. */
  left: number
}

/** Rates for charts: events by the second, and by the values of fields. Those who ask for the same share the counting. */
export class Rates {
  readonly #clock: ServerClock
  readonly #counted = new Map<string, Counted>()
  /** What is counted whoever looks, so that a chart is filled when somebody opens it. */
  readonly #always: Counted
  #timer: NodeJS.Timeout | undefined

  constructor(fields: readonly string[], clock = new ServerClock()) {
    this.#clock = clock
    this.#always = this.#begin('', fields, undefined)
  }

  /** The fields of what is always counted. */
  get fields(): readonly string[] {
    return this.#always.aggregator.fields
  }

  count(event: LiveEvent): void {
    for (const { selection, aggregator } of this.#counted.values())
      if (!selection || isWanted(selection, event)) aggregator.count(event.record)
  }

  /** Whether it is counted already, or can be. */
  hasRoom(selection: Selection, by: readonly string[]): boolean {
    if (this.#known(selection, by)) return true
    const { account } = selection
    const watched = [...this.#counted.values()].filter(one => one === this.#always || one.watchers.size > 0)
    const own = watched.filter(one => one.selection?.account === account)
    return hasShare(account, own.length, watched.length, MOST_AGGREGATORS)
  }

  /** Counts what is selected by these fields, for as long as somebody looks. */
  watch(response: ServerResponse, selection: Selection, by: readonly string[], onGone: () => void): void {
    const counted = this.#known(selection, by) ?? this.#begin(keyOf(selection, by), by, selection)
    const stream = new EventStream(response, () => {
      counted.watchers.delete(watcher)
      if (counted.watchers.size === 0) this.#leave(counted)
      onGone()
    })
    const watcher: Watcher = { stream, by, isBehind: false }
    // What came since the others were told is either in the history that this one gets, or in what all are told next.
    if (!counted.histories.has(by.join('\n'))) this.#tell(counted)
    counted.watchers.add(watcher)
    stream.write(this.#history(counted, by))
    this.#timer ??= setInterval(() => this.#tick(), TICK).unref()
  }

  close(): void {
    clearInterval(this.#timer)
    for (const { watchers } of this.#counted.values()) for (const { stream } of watchers) stream.end()
  }

  #known(selection: Selection, by: readonly string[]): Counted | undefined {
    if (selection.isAll && by.every(field => this.fields.includes(field))) return this.#always
    return this.#counted.get(keyOf(selection, by))
  }

  #begin(key: string, fields: readonly string[], selection: Selection | undefined): Counted {
    const longest = this.#counted.size >= MOST_AGGREGATORS ? this.#unwatched() : undefined
    if (longest !== undefined) this.#counted.delete(longest)
    const aggregator = new Aggregator(fields.map(countedField), this.#clock.now)
    const counted = {
      selection,
      aggregator,
      watchers: new Set<Watcher>(),
      histories: new Map<string, Buffer>(),
      left: 0,
    }
    this.#counted.set(key, counted)
    return counted
  }

  /** The key of what nobody has looked at for the longest time, but is still counted. */
  #unwatched(): string | undefined {
    let longest: [key: string, Counted] | undefined
    for (const one of this.#counted) {
      const [, counted] = one
      if (counted === this.#always || counted.watchers.size > 0) continue
      if (!longest || counted.left < longest[1].left) longest = one
    }
    return longest?.[0]
  }

  #leave(counted: Counted): void {
    counted.aggregator.rest()
    counted.histories.clear()
    counted.left = this.#clock.now()
  }

  #tick(): void {
    const isSet = this.#clock.isSet()
    for (const [key, counted] of this.#counted) {
      if (isSet) for (const watcher of counted.watchers) watcher.isBehind = true
      if (counted.watchers.size > 0) this.#tell(counted)
      else if (counted !== this.#always && this.#clock.now() - counted.left >= LINGER)
        this.#counted.delete(key)
    }
    if (this.#counted.size > 1 || this.#always.watchers.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tell(counted: Counted): void {
    const rate = counted.aggregator.take()
    counted.histories.clear()
    const time = this.#clock.wall(this.#clock.now())
    const texts = new Map<string, string>()
    for (const watcher of counted.watchers) {
      const { stream, by } = watcher
      if (stream.waiting > 0 && watcher.isBehind) continue
      if (watcher.isBehind) {
        watcher.isBehind = false
        stream.write(this.#history(counted, by))
        continue
      }
      const key = by.join('\n')
      const text = texts.get(key) ?? eventText('rate', { time, ...reduced(rate, by) })
      texts.set(key, text)
      if (stream.waiting + text.length > WAITING) watcher.isBehind = true
      else stream.write(text)
    }
  }

  #history({ aggregator, histories }: Counted, by: readonly string[]): Buffer {
    const key = by.join('\n')
    const known = histories.get(key)
    if (known) return known
    const { from, slots } = aggregator.history()
    const given = slots.map(slot => reduced(slot, by))
    const data = { step: 1000, from: this.#clock.wall(from), slots: given }
    const history = Buffer.from(eventText('history', data))
    histories.set(key, history)
    return history
  }
}

function keyOf(selection: Selection, by: readonly string[]): string {
  return JSON.stringify([by, selection.key])
}

function countedField(name: string): CountedField {
  return { name, textOf: compileTemplate(`{${name}}`) }
}

function reduced({ total, by }: Rate, fields: readonly string[]): Rate {
  return { total, by: Object.fromEntries(fields.map(field => [field, by[field]!])) }
}
