import { shortCount } from '../lib/figures.ts'
import { cut, visible } from '../lib/hostile.ts'
import { not, only, says, without } from '../lib/query-edit.ts'
import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import type { FieldValue } from './api.ts'
import { go, panel, view } from './session.ts'
import { filtersShown } from './settings.ts'

const FIELDS = [
  { field: 'severity', label: 'Severity' },
  { field: 'host', label: 'Hosts' },
  { field: 'program', label: 'Programs' },
]

/** The most frequent values; on narrow screens behind a button of the list's bar. */
export function SidePanel() {
  const found = useValue(panel.fields)
  const shown = useValue(filtersShown)
  return (
    <aside class={shown ? 'shown' : ''} aria-label="Filters">
      <div class="facets">
        {FIELDS.map(({ field, label }) => (
          <Values key={field} field={field} label={label} values={found?.fields[field] ?? []} />
        ))}
        {found && !found.complete && (
          <p class="quiet">Counts are of the newest {shortCount(found.counted)} records.</p>
        )}
      </div>
    </aside>
  )
}

function Values({ field, label, values }: { field: string; label: string; values: readonly FieldValue[] }) {
  if (values.length === 0) return null
  const most = values[0]!.count
  return (
    <section>
      <h2>{label}</h2>
      <ul>
        {values.map(({ value, count }) => (
          <Value key={value} field={field} value={value} count={count} share={count / most} />
        ))}
      </ul>
    </section>
  )
}

interface ValueProperties extends FieldValue {
  field: string
  /** Of the most frequent one. */
  share: number
}

function Value({ field, value, count, share }: ValueProperties) {
  const { q } = useValue(view)
  const chosen = says(q, field, value, false)
  const name = visible(cut(value, 100))
  const click = (event: MouseEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) go({ q: not(q, field, value) })
    else go({ q: chosen ? without(q, field, value, false) : only(q, field, value) })
  }
  return (
    <li>
      <button
        type="button"
        class="value"
        aria-pressed={chosen}
        title={`Only ${name} (with Alt: not)`}
        onClick={click}
      >
        <span class="share" style={{ width: `${Math.max(2, share * 100)}%` }} />
        <span class="name">
          <Text value={value} most={200} />
        </span>
        <span class="count">{shortCount(count)}</span>
      </button>
      <button
        type="button"
        class="not"
        aria-label={`Not ${name}`}
        title={`Not ${name}`}
        onClick={() => go({ q: not(q, field, value) })}
      >
        −
      </button>
    </li>
  )
}
