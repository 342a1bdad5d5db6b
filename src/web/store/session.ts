// The one view that this page shows, its address, and the parts that follow it.
import { visible } from '../lib/hostile.ts'
import { State } from '../lib/state.ts'
import { HistogramModel } from './histogram-model.ts'
import { PanelModel } from './panel-model.ts'
import { PRESETS, type Range, sameRange } from './range.ts'
import { Results } from './results.ts'
import { Tail } from './tail.ts'
import { formatView, parseView, type View } from './view.ts'

export const view = new State<View>(parseView(location.search))
/** What stands in the search box. */
export const draft = new State(view.value.q)
/** The line that the keys act on. */
export const current = new State<string | undefined>(view.value.record)
export const results = new Results()
export const tail = new Tail(lines => results.prepend(lines))
export const histogram = new HistogramModel()
export const panel = new PanelModel()

/** How a change of the view enters the history: while somebody types, or walks through records, it makes no steps. */
type Step = 'push' | 'replace' | 'typing'

export function go(part: Partial<View>, step: Step = 'push'): void {
  const before = view.value
  const next = consistent({ ...before, ...part }, part)
  const typing = step === 'typing' && (history.state as { typing?: boolean } | null)?.typing === true
  const address = formatView(next) || location.pathname
  const state = { typing: step === 'typing' }
  if (step === 'replace' || typing) history.replaceState(state, '', address)
  else history.pushState(state, '', address)
  if (step !== 'typing') draft.value = next.q
  show(next, before)
}

/** Live is now: it has no end of time. And another search closes the record that was open. */
function consistent(next: View, changed: Partial<View>): View {
  if (changed.live && next.range.to !== undefined)
    return { ...next, range: { ...PRESETS[0]!, to: undefined } }
  const live = next.live && next.range.to === undefined
  const searched = 'q' in changed || 'range' in changed
  return { ...next, live, record: searched && !('record' in changed) ? undefined : next.record }
}

function show(next: View, before: View): void {
  view.value = next
  document.title = next.q === '' ? 'Sluice' : `${visible(next.q)} · Sluice`
  tail.hold('reading', next.record !== undefined)
  const same = next.q === before.q && sameRange(next.range, before.range)
  if (!same || (next.live && !before.live)) void run()
  else if (!next.live && before.live) tail.stop()
}

let runs = 0

/** Asks everything anew. The histogram and the panel never keep the records waiting. */
export async function run(): Promise<void> {
  const { q, range, live, record } = view.value
  const asked = { q, range }
  histogram.stop()
  panel.stop()
  // Before the search, so that nothing gets lost between the two.
  if (live) tail.start(q)
  else tail.stop()
  tail.hold('searching', true)
  const mine = ++runs
  const good = await results.search(asked, record)
  if (mine !== runs) return
  tail.hold('searching', false)
  if (good) refreshOverview()
}

export function refreshOverview(): void {
  const { q, range } = view.value
  void histogram.load({ q, range })
  void panel.load({ q, range })
}

export function setRange(range: Range): void {
  go({ range })
}

/** Opens a record, or closes it when there is none. */
export function open(record: string | undefined): void {
  go({ record }, 'replace')
}

export function start(): void {
  addEventListener('popstate', () => {
    const before = view.value
    const next = parseView(location.search)
    draft.value = next.q
    current.value = next.record
    show(next, before)
  })
  show(view.value, view.value)
  void run()
  keepOverviewFresh()
}

const OVERVIEW_EVERY = 5000

function keepOverviewFresh(): void {
  let seen = 0
  setInterval(() => {
    const { received } = tail.incoming.state.value
    if (received === seen || document.hidden) return
    seen = received
    refreshOverview()
  }, OVERVIEW_EVERY)
}
