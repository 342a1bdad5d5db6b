// A record, whole: its fields with what one can do about each, or as JSON.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { CopyButton } from './copy-button.tsx'
import { type AskAnew, FieldRow } from './field-row.tsx'
import { count } from './figures.ts'
import { LongText } from './long-text.tsx'
import { type Fields, fieldsOf, prettyJson } from './record-fields.ts'

interface Properties {
  record: Fields
  /** What the page calls it: record, event. */
  noun: string
  ask: AskAnew
  close: () => void
  /** More to do with it. */
  children?: ComponentChildren
}

export function RecordDetails({ record, noun, ask, close, children }: Properties) {
  const [raw, setRaw] = useState(false)
  return (
    <section class="details" aria-label={`Details of the ${noun}`}>
      <div class="toolbar">
        <div class="segments small">
          <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>
            Fields
          </button>
          <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>
            JSON
          </button>
        </div>
        {children}
        <CopyButton label="Copy" name={`Copy the ${noun} as JSON`} text={() => prettyJson(record)} />
        <span class="grow" />
        <button
          type="button"
          class="icon"
          onClick={close}
          aria-label={`Close the ${noun}`}
          title="Close (Esc)"
        >
          ×
        </button>
      </div>
      {raw ? (
        <div class="raw">
          <LongText value={prettyJson(record)} />
        </div>
      ) : (
        <FieldTable record={record} ask={ask} />
      )}
    </section>
  )
}

/** Rows at first; of a record of 100,000 fields, a browser is busy with them for a long time. */
const FIRST = 200
/** So many times more when somebody asks for them. */
const MORE = 5

function FieldTable({ record, ask }: Pick<Properties, 'record' | 'ask'>) {
  const [most, setMost] = useState(FIRST)
  const fields = fieldsOf(record, most + 1)
  return (
    <>
      <table aria-label="Fields">
        <tbody>
          {fields.slice(0, most).map((field, index) => (
            // A list gives several fields of one name, and none ever moves.
            <FieldRow key={index} field={field} ask={ask} />
          ))}
        </tbody>
      </table>
      {fields.length > most && (
        <button type="button" class="show-all" onClick={() => setMost(most * MORE)}>
          Show up to {count(most * MORE)} fields
        </button>
      )}
    </>
  )
}
