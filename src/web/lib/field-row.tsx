import { CopyButton } from './copy-button.tsx'
import { cut, visible } from './hostile.ts'
import { LongText } from './long-text.tsx'
import { not, only } from './query-edit.ts'
import { type Field, isMeta } from './record-fields.ts'
import { Text } from './text.tsx'

/** Changes the query that the page shows. */
export type AskAnew = (change: (query: string) => string) => void

/** A field, and what one can do about its value. */
export function FieldRow({ field: { name, asked, text, askable }, ask }: { field: Field; ask: AskAnew }) {
  const called = `${visible(cut(name, 100))}: ${visible(cut(text, 100))}`
  return (
    <tr class={isMeta(name) ? 'meta' : ''}>
      <th scope="row">
        <Text value={name} most={200} />
      </th>
      <td class="value">
        <LongText value={text} />
      </td>
      <td class="actions">
        {askable && (
          <>
            <button
              type="button"
              aria-label={`Only this, ${called}`}
              title="Only records with this value"
              onClick={() => ask(query => only(query, asked, text))}
            >
              only this
            </button>
            <button
              type="button"
              aria-label={`Not this, ${called}`}
              title="No records with this value"
              onClick={() => ask(query => not(query, asked, text))}
            >
              not this
            </button>
          </>
        )}
        <CopyButton label="copy" name={`Copy ${called}`} text={() => text} />
      </td>
    </tr>
  )
}
