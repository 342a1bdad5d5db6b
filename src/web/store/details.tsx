// A record, whole: its fields with what one can do about each, or as JSON.
import { useState } from 'preact/hooks'
import { CopyButton } from './copy-button.tsx'
import { FieldRow } from './field-row.tsx'
import { LongText } from './long-text.tsx'
import { clause } from './query-edit.ts'
import { fieldsOf, type Line, prettyJson } from './record-fields.ts'
import { close } from './selection.ts'
import { formatView } from './view.ts'

const AROUND = 60_000

export function Details({ line }: { line: Line }) {
  const [raw, setRaw] = useState(false)
  return (
    <section class="details" aria-label="Details of the record">
      <div class="toolbar">
        <div class="segments small">
          <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>
            Fields
          </button>
          <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>
            JSON
          </button>
        </div>
        <a class="button" href={surroundings(line)}>
          Surroundings
        </a>
        <CopyButton label="Copy" name="Copy the record as JSON" text={() => prettyJson(line.record)} />
        <span class="grow" />
        <button type="button" class="icon" onClick={close} aria-label="Close the record" title="Close (Esc)">
          ×
        </button>
      </div>
      {raw ? (
        <div class="raw">
          <LongText value={prettyJson(line.record)} />
        </div>
      ) : (
        <FieldTable line={line} />
      )}
    </section>
  )
}

function FieldTable({ line }: { line: Line }) {
  return (
    <table aria-label="Fields">
      <tbody>
        {fieldsOf(line.record).map((field, index) => (
          // A list gives several fields of one name, and none ever moves.
          <FieldRow key={index} field={field} />
        ))}
      </tbody>
    </table>
  )
}

/** This very record among what the same host said a minute before and after. */
function surroundings({ at, host, cursor }: Line): string {
  const bound = (by: number) => new Date(at.getTime() + by).toISOString()
  const view = {
    q: host === '' ? '' : clause('host', host),
    range: { from: bound(-AROUND), to: bound(AROUND) },
    live: false,
    record: cursor,
  }
  return formatView(view)
}
