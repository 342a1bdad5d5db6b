import { compileTemplate } from '../template.ts'
import { Aggregator } from './aggregator.ts'
import { Chart, type OpenChart } from './chart.ts'
import type { CountedField, Rate } from './counts.ts'
import type { LiveEvent } from './event.ts'
import { eventText } from './event-stream.ts'
import { historyText, rememberedText } from './history-text.ts'
import { isWanted, type Selection } from './selection.ts'
import { ServerClock } from './server-clock.ts'
import { hasShare } from './tally.ts'
import { Turns } from './turns.ts'

/** Milliseconds between two of what came meanwhile; the last one of a second is at its end. */
const TICK = 200
/** What nobody asked for at the start counts on so long after the last one has left, milliseconds. */
const LINGER = 60_000
/** Each looks at every event. */
const MOST_AGGREGATORS = 100
/** Names in all seconds of what somebody asked for. */
const MOST_NAMES = 10_000

interface Counted {
  /** Undefined for all events. */
  selection: Selection | undefined
  aggregator: Aggregator
  charts: Set<Chart>
  /** When the last one left. */
  left: number
}

/** Rates for charts: events by the second, and by the values of fields. Those who ask for the same share the counting. */
export class Rates {
  readonly #clock: ServerClock
  readonly #counted = new Map<string, Counted>()
  /** What is counted whoever looks, so that a chart is filled when somebody opens it. */
  readonly #always: Counted
  readonly #turns = new Turns()
  #timer: NodeJS.Timeout | undefined

  constructor(fields: readonly string[], clock = new ServerClock()) {
    this.#clock = clock
    this.#always = this.#begin('', fields, undefined)
  }

  /** The fields of what is always counted. */
  get fields(): readonly string[] {
    return this.#always.aggregator.fields
  }

  /** The time of the host, as charts are told it. */
  get time(): number {
    this.#look()
    return this.#clock.wall(this.#clock.now())
  }

  count(event: LiveEvent): void {
    for (const { selection, aggregator } of this.#counted.values())
      if (!selection || isWanted(selection, event)) aggregator.count(event.record)
  }

  /** Whether it is counted already, or can be. */
  hasRoom(selection: Selection, by: readonly string[]): boolean {
    if (this.#known(selection, by)) return true
    const { account } = selection
    const watched = [...this.#counted.values()].filter(one => one === this.#always || one.charts.size > 0)
    const own = watched.filter(one => one.selection?.account === account)
    return hasShare(account, own.length, watched.length, MOST_AGGREGATORS)
  }

  /** Counts what is selected by these fields, for as long as somebody looks. */
  watch(open: OpenChart, selection: Selection, by: readonly string[], onGone: () => void): void {
    const counted = this.#known(selection, by) ?? this.#begin(keyOf(selection, by), by, selection)
    const chart = new Chart(open, by, this.#turns, () => {
      counted.charts.delete(chart)
      if (counted.charts.size === 0) this.#leave(counted)
      onGone()
    })
    if (counted.charts.size === 0) counted.aggregator.begin()
    counted.charts.add(chart)
    this.#look()
    // What came since the others were told is in what all are told next.
    chart.give(this.#history(counted, by))
    this.#schedule()
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const { charts } of this.#counted.values()) for (const chart of charts) chart.end()
  }

  #known(selection: Selection, by: readonly string[]): Counted | undefined {
    if (selection.isAll && by.every(field => this.fields.includes(field))) return this.#always
    return this.#counted.get(keyOf(selection, by))
  }

  #begin(key: string, fields: readonly string[], selection: Selection | undefined): Counted {
    const before = selection && this.#sameAs(selection)
    const longest = this.#counted.size >= MOST_AGGREGATORS ? this.#unwatched() : undefined
    if (longest !== undefined) this.#counted.delete(longest)
    const mostNames = selection && MOST_NAMES
    const aggregator = new Aggregator(fields.map(countedField), this.#clock.now, mostNames)
    if (before) aggregator.goOnFrom(before.aggregator)
    const counted = { selection, aggregator, charts: new Set<Chart>(), left: 0 }
    this.#counted.set(key, counted)
    return counted
  }

  /** Where the same events are counted by other fields: how many there were is known. */
  #sameAs({ isAll, key }: Selection): Counted | undefined {
    return isAll ? this.#always : this.#counted.values().find(({ selection }) => selection?.key === key)
  }

  /** The key of what nobody has looked at for the longest time, but is still counted. */
  #unwatched(): string | undefined {
    let longest: [key: string, Counted] | undefined
    for (const one of this.#counted) {
      const [, counted] = one
      if (counted === this.#always || counted.charts.size > 0) continue
      if (!longest || counted.left < longest[1].left) longest = one
    }
    return longest?.[0]
  }

  #leave(counted: Counted): void {
    counted.aggregator.rest()
    counted.left = this.#clock.now()
  }

  /** Where nobody is told anything, nobody has to hear that the clock was set. */
  #look(): void {
    if (!this.#timer) this.#clock.isSet()
  }

  #schedule(): void {
    // At whole multiples, a little late: so that no second ends within one.
    this.#timer ??= setTimeout(() => this.#tick(), TICK - (this.#clock.now() % TICK) + 1).unref()
  }

  #tick(): void {
    this.#timer = undefined
    const isSet = this.#clock.isSet()
    for (const [key, counted] of this.#counted) {
      if (isSet) for (const chart of counted.charts) chart.lose()
      if (counted.charts.size > 0) this.#tell(counted)
      else if (counted !== this.#always && this.#clock.now() - counted.left >= LINGER)
        this.#counted.delete(key)
    }
    if (this.#counted.size > 1 || this.#always.charts.size > 0) this.#schedule()
  }

  #tell(counted: Counted): void {
    const told = counted.aggregator.take()
    const textFor = (by: readonly string[]) =>
      told
        .map(({ until, rate }) => eventText('rate', { time: this.#clock.wall(until), ...reduced(rate, by) }))
        .join('')
    const texts = new Map<string, string>()
    for (const chart of counted.charts) {
      if (chart.wantsHistory) {
        chart.give(this.#history(counted, chart.by))
        continue
      }
      const key = chart.by.join('\n')
      const text = texts.get(key) ?? textFor(chart.by)
      texts.set(key, text)
      chart.tell(text)
    }
  }

  #history({ aggregator }: Counted, by: readonly string[]): Iterator<string> {
    const { from, slots } = aggregator.history()
    const isAll = by.join('\n') === aggregator.fields.join('\n')
    const textOf = isAll ? rememberedText : (slot: Rate) => JSON.stringify(reduced(slot, by))
    return historyText(this.#clock.wall(from), slots, textOf)
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
