import { count } from '../lib/figures.ts'
import { useValue } from '../lib/state.ts'
import { rateText, secondsOf } from './figures.ts'
import { beats, colourField, colours, rates, view } from './parts.ts'
import { pausedAt, present, shown } from './pause.ts'
import { figuresOf } from './stack.ts'

const UNKNOWN = '–'

/** How much is coming, in four numbers. */
export function Numbers() {
  useValue(beats)
  const { window } = useValue(view)
  const { connection } = useValue(rates.state)
  const paused = useValue(pausedAt)
  const { slots, total } = shown()
  const from = slots.last - secondsOf(window)
  const figures = figuresOf(slots, from, slots.last)
  // The colours are given here, as often as numbers change, and wherever they are shown.
  if (paused === undefined && Number.isFinite(from))
    colours.update(slots.sums(colourField(), from, slots.last + 1))
  const now = present().rate
  const span = window.replace('m', ' min')
  // Nothing was told yet: that is not the same as none.
  const isKnown = connection === 'live' && now !== undefined
  return (
    <dl class="numbers">
      <Figure name="Now" value={isKnown ? rateText(now) : UNKNOWN} unit="/s" main />
      <Figure name="Average" span={span} value={figures ? rateText(figures.average) : UNKNOWN} unit="/s" />
      <Figure name="Peak" span={span} value={figures ? count(Math.round(figures.peak)) : UNKNOWN} unit="/s" />
      <Figure
        name="Since opened"
        value={Number.isFinite(from) ? count(total) : UNKNOWN}
        unit={total === 1 ? 'event' : 'events'}
      />
    </dl>
  )
}

interface Properties {
  name: string
  value: string
  unit: string
  /** The time that it is of. */
  span?: string
  main?: boolean
}

function Figure({ name, value, unit, span, main }: Properties) {
  return (
    <div class={main ? 'main' : ''}>
      <dt>
        {name}
        {span && <span class="span">, {span}</span>}
      </dt>
      <dd>
        <b>{value}</b>
        <span>{unit}</span>
      </dd>
    </div>
  )
}
