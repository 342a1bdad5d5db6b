import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { OTHERS } from './api.ts'
import { rateText, valueName } from './figures.ts'
import { beats, COLOURS, colourField, colours, hidden, onlyShown, toggleHidden } from './parts.ts'
import { present } from './pause.ts'
import { zone } from './server.ts'
import type { Column } from './stack.ts'

interface Item {
  value: string
  colour: string
  rate: number
}

/** What the colours mean, and how much there is of each: now, or in the column that is pointed at. */
export function Legend({ pointed }: { pointed: Column | undefined }) {
  useValue(beats)
  const off = useValue(hidden)
  const items = pointed ? itemsOf(pointed.parts) : itemsOf(present().parts)
  const names = colours.values.filter(value => value !== undefined)
  return (
    <div class="legend">
      <ul aria-label={`Values of ${colourField()}`}>
        {items.map(({ value, colour, rate }) => (
          <li key={value}>
            <button
              type="button"
              aria-pressed={!off.has(value)}
              title="Show or hide; with Alt: only this one"
              onClick={event => (event.altKey ? onlyShown(value, names) : toggleHidden(value))}
            >
              <span class={`swatch fill-${colour}`} />
              <span class="name">
                <Text value={valueName(value)} most={60} />
              </span>
              <span class="rate">{rateText(rate)}/s</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="pointed">{pointed && describe(pointed)}</p>
    </div>
  )
}

function describe({ start, rate }: Column) {
  const time = zone().clock(new Date(start * 1000), false)
  return (
    <>
      {time} <b>{rate === undefined ? 'not known' : `${rateText(rate)}/s`}</b>
    </>
  )
}

function itemsOf(parts: readonly number[]): Item[] {
  const items = colours.values.flatMap((value, index) =>
    value === undefined ? [] : [{ value, colour: String(index), rate: parts[index] ?? 0 }],
  )
  const others = parts.at(-1) ?? 0
  const isNeeded = others > 0 || hidden.value.has(OTHERS) || items.length === COLOURS
  return isNeeded ? [...items, { value: OTHERS, colour: 'others', rate: others }] : items
}
