import { useLayoutEffect, useRef } from 'preact/hooks'
import { count } from '../lib/figures.ts'
import { cut, visible } from '../lib/hostile.ts'
import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { isWhole } from './api.ts'
import { AskedValue } from './asked-value.ts'
import { FieldChoice } from './field-choice.tsx'
import { secondsOf, valueName } from './figures.ts'
import { beats, events, topField, topOrder, view } from './parts.ts'
import { shown } from './pause.ts'
import { about } from './server.ts'
import { go } from './session.ts'

/** The most frequent values of a field in the time that the chart shows. */
export function TopList() {
  useValue(beats)
  useValue(about)
  const { window } = useValue(view)
  const field = topField()
  const { slots } = shown()
  const end = slots.last + 1
  const sums = slots.sums(field, end - secondsOf(window), end)
  const order = topOrder.update(sums, performance.now())
  const most = Math.max(1, ...order.map(value => sums.get(value) ?? 0))
  const list = useRef<HTMLOListElement>(null)
  useFocusKept(list)
  return (
    <aside class="tops" aria-label="Most frequent">
      <div class="tops-bar">
        <FieldChoice label="Top" value={field} onChange={top => go({ top })} />
        <span class="quiet">{window.replace('m', ' min')}</span>
      </div>
      {order.length === 0 && <p class="quiet nothing">Nothing yet</p>}
      <ol ref={list}>
        {order.map(value => (
          <Row key={value} field={field} value={value} count={Math.round(sums.get(value) ?? 0)} most={most} />
        ))}
      </ol>
    </aside>
  )
}

/**
 * A row that changes its place loses the focus in browsers without moveBefore(), because it is taken out for a moment; of one
 * that is among the most frequent no more, the row in its place gets it.
 */
function useFocusKept(list: { current: HTMLOListElement | null }): void {
  const before = document.activeElement
  const kept = before instanceof HTMLElement && list.current?.contains(before) ? before : undefined
  const place = kept ? rowsOf(list.current).indexOf(kept) : 0
  useLayoutEffect(() => {
    if (!kept || document.activeElement === kept) return
    const rows = rowsOf(list.current)
    const next = kept.isConnected ? kept : (rows[place] ?? rows.at(-1) ?? document.getElementById('events'))
    next?.focus({ preventScroll: true })
  })
}

const rowsOf = (list: HTMLOListElement | null): HTMLElement[] =>
  list ? [...list.querySelectorAll<HTMLElement>('button:enabled')] : []

interface RowProperties {
  field: string
  value: string
  count: number
  most: number
}

function Row({ field, value, count: times, most }: RowProperties) {
  const { match } = useValue(view)
  const asked = new AskedValue(events.names.spellingsOf(field), value)
  const chosen = asked.isIn(match)
  const askable = isWhole(value) && asked.canBe
  const name = visible(cut(valueName(value), 100))
  const click = () => go({ match: chosen ? asked.without(match) : asked.with(match) })
  return (
    <li>
      <button
        type="button"
        aria-pressed={chosen}
        disabled={!askable}
        title={askable ? `Only ${visible(asked.text)}` : undefined}
        aria-label={`${name}: ${count(times)}`}
        onClick={click}
      >
        <span class="share" style={{ transform: `scaleX(${Math.max(0.01, times / most)})` }} />
        <span class="name">
          <Text value={valueName(value)} most={100} />
        </span>
        <span class="count">{count(times)}</span>
      </button>
    </li>
  )
}
