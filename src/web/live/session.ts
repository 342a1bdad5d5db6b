// The one view that this page shows, and what follows when another one is asked for.
import { untilNext } from '../lib/incoming.ts'
import type { Filter } from './api.ts'
import {
  beats,
  colourField,
  colours,
  events,
  hidden,
  open,
  past,
  rates,
  serverNow,
  topField,
  topOrder,
  view,
} from './parts.ts'
import { goOn, pausedAt } from './pause.ts'
import type { RatesState } from './rates.ts'
import { about, askAbout, zone } from './server.ts'
import { formatView, parseView, type View } from './view.ts'

/** A pause is one of the live view: history goes on. */
export const showPast = (): void => past.show(view.value, serverNow(), zone())
export const refreshPast = (): void => past.refresh(view.value, serverNow(), zone())

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
  goOn()
  rates.start({ topics, match }, by)
  // They were stopped because of what is not asked for any more.
  if (events.isStopped) events.start(view.value)
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

const BEAT = 400

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
