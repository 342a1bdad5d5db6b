import { useEffect, useRef, useState } from 'preact/hooks'
import { QueryFault, QueryMirror } from '../lib/query-fault.tsx'
import { useValue } from '../lib/state.ts'
import { rates, view } from './parts.ts'
import { go } from './session.ts'

/** Only events that match a query are shown. */
export function QueryBox() {
  const { match } = useValue(view)
  const [draft, setDraft] = useState(match)
  const [scrolled, setScrolled] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const { failure } = useValue(rates.state)
  useEffect(() => setDraft(match), [match])
  const fault = failure?.parameter === 'match' && draft === match ? failure : undefined
  const key = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === 'Enter') go({ match: draft })
    else if (event.key === 'Escape') input.current!.blur()
  }
  return (
    <search class="search">
      <div class="box">
        <QueryMirror query={draft} fault={fault} scrolled={scrolled} />
        <input
          ref={input}
          id="query"
          type="text"
          aria-label="Only events that match"
          aria-invalid={fault !== undefined}
          aria-describedby={fault ? 'query-fault' : undefined}
          placeholder="Only events that match:  data.account:acme  status>=500  -noise"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          dir="ltr"
          value={draft}
          onInput={event => setDraft(event.currentTarget.value)}
          onScroll={event => setScrolled(event.currentTarget.scrollLeft)}
          onKeyDown={key}
        />
        {draft !== '' && (
          <button
            type="button"
            class="clear"
            aria-label="Clear the query"
            onClick={() => {
              setDraft('')
              go({ match: '' })
            }}
          >
            ×
          </button>
        )}
        <button type="button" class="primary" onClick={() => go({ match: draft })}>
          Filter
        </button>
      </div>
      <QueryFault fault={fault} query={draft} />
    </search>
  )
}
