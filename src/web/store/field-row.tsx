import { cut, visible } from '../lib/hostile.ts'
import { Text } from '../lib/text.tsx'
import { CopyButton } from './copy-button.tsx'
import { LongText } from './long-text.tsx'
import { not, only } from './query-edit.ts'
import { type Field, isMeta } from './record-fields.ts'
import { go, view } from './session.ts'

export function FieldRow({ field: { name, asked, text, askable } }: { field: Field }) {
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
              onClick={() => go({ q: only(view.value.q, asked, text) })}
            >
              only this
            </button>
            <button
              type="button"
              aria-label={`Not this, ${called}`}
              title="No records with this value"
              onClick={() => go({ q: not(view.value.q, asked, text) })}
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
