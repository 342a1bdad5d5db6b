import { Component } from 'preact'
import { cut, visible } from '../lib/hostile.ts'
import { RecordDetails } from '../lib/record-details.tsx'
import { Text } from '../lib/text.tsx'
import { nameOfValue } from './api.ts'
import { type EventLine, fieldText, restOf } from './event.ts'
import { open, view } from './parts.ts'
import { zone } from './server.ts'
import { go } from './session.ts'

interface Properties {
  line: EventLine
  /** The fields of the first columns. */
  colourField: string
  topField: string
  /** By the value of the first one. */
  colourOf: (value: string) => string
  open: boolean
  /** By the Tab key. */
  reachable: boolean
}

/** A class, because it can say that nothing has changed: most lines have not when one comes in. */
export class EventRow extends Component<Properties> {
  override shouldComponentUpdate(next: Properties): boolean {
    return Object.entries(next).some(([key, value]) => this.props[key as keyof Properties] !== value)
  }

  override render({ line, colourField, topField, colourOf, open: isOpen, reachable }: Properties) {
    const { record, at, number } = line
    const value = fieldText(record, colourField)
    const isValid = !Number.isNaN(at.getTime())
    return (
      <li class={`line${isOpen ? ' open' : ''}`}>
        {/* Not a <button>, in which no browser lets one select text. */}
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div
          id={`event-${number}`}
          class="summary"
          role="button"
          tabIndex={reachable ? 0 : -1}
          aria-expanded={isOpen}
          data-number={number}
        >
          <time
            dateTime={isValid ? at.toISOString() : undefined}
            title={isValid ? zone().dateTime(at) : undefined}
          >
            {isValid ? zone().clock(at) : 'no time'}
          </time>{' '}
          <span class="kind">
            <span class={`swatch fill-${colourOf(nameOfValue(value))}`} />
            <Short field={colourField} value={value} />
          </span>{' '}
          <span class="top-value">
            <Short field={topField} value={fieldText(record, topField)} />
          </span>{' '}
          <span class="message">
            <Text value={restOf(line, [colourField, topField])} most={400} />
          </span>
        </div>
        {isOpen && (
          <RecordDetails
            record={record}
            noun="event"
            ask={change => go({ match: change(view.value.match) })}
            close={() => close(number)}
          />
        )}
      </li>
    )
  }
}

function close(number: number): void {
  open(undefined)
  document.getElementById(`event-${number}`)?.focus()
}

function Short({ field, value }: { field: string; value: string }) {
  return (
    <span title={value === '' ? undefined : `${visible(field)}: ${visible(cut(value, 300))}`}>
      {value === '' ? <span class="quiet">–</span> : <Text value={value} most={100} />}
    </span>
  )
}
