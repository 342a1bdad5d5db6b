// A record, whole: its fields with what one can do about each, or as JSON.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { CopyButton } from './copy-button.tsx'
import { type AskAnew, FieldRow } from './field-row.tsx'
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
        <table aria-label="Fields">
          <tbody>
            {fieldsOf(record).map((field, index) => (
              // A list gives several fields of one name, and none ever moves.
              <FieldRow key={index} field={field} ask={ask} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
