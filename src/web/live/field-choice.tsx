import { useRef, useState } from 'preact/hooks'
import { visible } from '../lib/hostile.ts'
import { useValue } from '../lib/state.ts'
import { events } from './parts.ts'
import { about } from './server.ts'

interface Properties {
  label: string
  value: string
  onChange: (field: string) => void
  /** The label is only told, not shown. */
  bare?: boolean
}

/** What no field is called. */
const OTHER = '\n'

/** A field of events: one that is known, or any other by its name. */
export function FieldChoice({ label, value, onChange, bare = false }: Properties) {
  const names = useValue(events.names.seen)
  const known = useValue(about)
  const [writing, setWriting] = useState(false)
  const fields = [...new Set([...(known?.fields ?? []), value, ...[...names.keys()].sort()])]
  // The box goes: who wrote in it by keys goes on where he was before.
  const returns = useRef(false)
  const isDone = useRef(false)
  const done = (text: string, byKey: boolean) => {
    // It loses the focus when it goes, which is no second word.
    if (isDone.current) return
    isDone.current = true
    returns.current = byKey
    setWriting(false)
    const written = text.trim()
    // Only a plain name is looked for in `data` by the server.
    const nested = `data.${written}`
    if (written !== '') onChange(!names.has(written) && names.has(nested) ? nested : written)
  }
  if (writing)
    return (
      <label class="choice">
        <span class={bare ? 'visually-hidden' : ''}>{label}</span>
        <input
          ref={input => input?.focus()}
          type="text"
          aria-label={label}
          placeholder="data.browser.name"
          autocapitalize="off"
          spellcheck={false}
          onKeyDown={event => {
            if (event.isComposing) return
            if (event.key === 'Enter') done(event.currentTarget.value, true)
            else if (event.key === 'Escape') done('', true)
          }}
          onBlur={event => done(event.currentTarget.value, false)}
        />
      </label>
    )
  return (
    <label class="choice">
      <span class={bare ? 'visually-hidden' : ''}>{label}</span>
      <select
        ref={select => {
          if (select && returns.current) select.focus()
          returns.current = false
        }}
        aria-label={label}
        value={value}
        onChange={event => {
          const { value: chosen } = event.currentTarget
          isDone.current = chosen !== OTHER
          if (chosen === OTHER) setWriting(true)
          else onChange(chosen)
        }}
      >
        {fields.map(field => (
          <option key={field} value={field}>
            {visible(field)}
          </option>
        ))}
        <option value={OTHER}>Other field …</option>
      </select>
    </label>
  )
}
