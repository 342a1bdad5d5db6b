// The one view that this page shows, its address, and the parts that follow it.
import { untilNext } from '../lib/incoming.ts'
import { State } from '../lib/state.ts'
import { type Filter, OTHERS } from './api.ts'
import { Events } from './events.ts'
import { Past } from './history/past.ts'
import { CalmOrder, Colours } from './ranking.ts'
import { Rates, type RatesState } from './rates.ts'
import { about, askAbout, zone } from './server.ts'
import { type Column, lately } from './stack.ts'
import { formatView, parseView, type View } from './view.ts'

export const view = new State<View>(parseView(location.search))
/** The moment that everything stands still at, by the clock of the server; undefined while it moves. */
export const pausedAt = new State<number | undefined>(undefined)
/** The number of the line that is open. */
export const opened = new State<number | undefined>(undefined)
/** Values whose columns are not shown. */
export const hidden = new State<ReadonlySet<string>>(new Set())

export const rates = new Rates()
export const events = new Events()
export const past = new Past()
/** More are hard to tell apart. */
export const COLOURS = 8
export const colours = new Colours(COLOURS)
export const topOrder = new CalmOrder(12)

/** Counts up, calmly, when figures that people read have changed. */
export const beats = new State(0)
const BEAT = 400

export const colourField = (): string => view.value.by || about.value?.fields[0] || 'type'

export function topField(): string {
  const fields = about.value?.fields ?? []
  return view.value.top || (fields.includes('account') ? 'account' : (fields[1] ?? fields[0] ?? 'account'))
}

/** Now, by the clock of the server; epoch milliseconds. */
export const serverNow = (): number => rates.time.at(performance.now()) ?? about.value?.now ?? Date.now()

/** Up to when the live view shows what came: now, or when it was paused. */
export const shownNow = (): number => pausedAt.value ?? serverNow()

/** How much came, as the live view shows it: while it is paused, as it was then. */
export const shown = (): Pick<Rates, 'slots' | 'total'> => frozen ?? rates
let frozen: Pick<Rates, 'slots' | 'total'> | undefined

/** How much there is at present, in all and by colours. */
export function present(): Column {
  const values = Array.from({ length: COLOURS }, (_, index) => colours.values[index])
  const { slots } = shown()
  return lately(slots, slots.last, { field: colourField(), values })
}

/** A pause is one of the live view: history goes on. */
export const showPast = (): void => past.show(view.value, serverNow(), zone())

/** How a change of the view enters the history of the browser. */
export function go(part: Partial<View>, step: 'push' | 'replace' = 'push'): void {
  const before = view.value
  const next = { ...before, ...part }
  const address = formatView(next) || location.pathname
  if (address !== (location.search || location.pathname)) {
    if (step === 'replace') history.replaceState(null, '', address)
    else history.pushState(null, '', address)
  }
  showView(next, before)
}

function showView(next: View, before: View): void {
  view.value = next
  const filtered = next.match !== before.match || next.topics.join('\n') !== before.topics.join('\n')
  if (filtered) {
    open(undefined)
    // The list begins anew, at its top.
    events.incoming.hold('scrolled', false)
  }
  if (filtered) events.start(next)
  if (filtered || next.by !== before.by || next.top !== before.top) watchRates()
  if (next.shown === 'history') showPast()
}

let watched = ''

function watchRates(): void {
  if (!about.value) return
  const by = [...new Set([colourField(), topField()])]
  const { topics, match } = view.value
  const asked = JSON.stringify([by, topics, match])
  if (asked === watched && rates.state.value.connection !== 'refused') return
  watched = asked
  colours.clear()
  topOrder.clear()
  hidden.value = new Set()
  pausedAt.value = frozen = undefined
  events.incoming.hold('paused', false)
  rates.start({ topics, match }, by)
  // They were stopped because of what is not asked for any more.
  if (events.isStopped) events.start(view.value)
}

export function togglePause(): void {
  const paused = pausedAt.value === undefined
  frozen = paused ? { slots: rates.slots.snapshot(), total: rates.total } : undefined
  pausedAt.value = paused ? serverNow() : undefined
  events.incoming.hold('paused', paused)
  beats.value++
}

export function open(number: number | undefined): void {
  opened.value = number
  events.incoming.hold('reading', number !== undefined)
}

export function toggleHidden(value: string): void {
  const next = new Set(hidden.value)
  if (!next.delete(value)) next.add(value)
  hidden.value = next
  beats.value++
}

/** Only this one; again: all of them. */
export function onlyShown(value: string, all: readonly string[]): void {
  const others = [...all, OTHERS].filter(each => each !== value)
  const isAlone = others.every(each => hidden.value.has(each)) && !hidden.value.has(value)
  hidden.value = new Set(isAlone ? [] : others)
  beats.value++
}

/** Whether all events are wanted. */
export const isUnfiltered = ({ topics, match }: Filter): boolean => topics.length === 0 && match.trim() === ''

/** Asks everything anew. */
export function retry(): void {
  watched = ''
  if (about.value) watchRates()
  else void begin()
  if (!events.connected.value) events.renew(view.value)
}

export function start(): void {
  addEventListener('popstate', () => showView(parseView(location.search), view.value))
  // At once, so that the newest events are there before anything else is known.
  events.start(view.value)
  void begin()
  beat()
}

async function begin(): Promise<void> {
  const known = await askAbout()
  if (!known) return
  const { kind, name, now } = known
  document.title = `${name} · Sluice live`
  rates.time.told(now, performance.now())
  watchRates()
  if (kind !== 'count' && view.value.shown === 'history') go({ shown: 'live' }, 'replace')
  else if (view.value.shown === 'history') showPast()
}

/** Figures follow what comes, a few times a second; a page in the background rests, and is right at once when it is seen again. */
function beat(): void {
  let waiting = false
  let last = Number.NEGATIVE_INFINITY
  rates.ticks.watch(() => {
    if (waiting || pausedAt.value !== undefined) return
    waiting = true
    const frame = () =>
      requestAnimationFrame(() => {
        waiting = false
        last = performance.now()
        // It may have been paused since.
        if (pausedAt.value === undefined) beats.value++
      })
    // The first one at once: until then, there are neither figures nor colours.
    if (performance.now() - last > 2 * BEAT) frame()
    else setTimeout(frame, untilNext(BEAT))
  })
  rates.state.watch(() => {
    follow(rates.state.value)
    beats.value++
  })
}

/** Events come over another connection, which may not notice that nothing gets through any more. */
function follow({ connection, failure }: RatesState): void {
  // Nothing will come: of a query that is none, of a stranger. A field that is none is one of the chart.
  if (connection === 'refused' && failure?.parameter !== 'by') events.stop()
  else if (failure?.code === 'silent' && !events.isStopped) events.renew(view.value)
}
