import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { shortCount } from '../lib/figures.ts'
import { QueryFault, QueryMirror } from '../lib/query-fault.tsx'
import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { completableAt, complete } from './completion.ts'
import { draft, go, results, run, view } from './session.ts'
import { forget, suggest, suggestions } from './suggestions.ts'

/** So long nobody types, then it is searched. */
const PAUSE = 300
let timer: ReturnType<typeof setTimeout> | undefined

function searchSoon(): void {
  clearTimeout(timer)
  timer = setTimeout(() => {
    if (draft.value !== view.value.q) go({ q: draft.value }, 'typing')
  }, PAUSE)
}

function searchNow(): void {
  clearTimeout(timer)
  forget()
  if (draft.value !== view.value.q) go({ q: draft.value })
  else void run()
}

// An ARIA combobox with a list box: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
export function SearchBox() {
  const input = useRef<HTMLInputElement>(null)
  const query = useValue(draft)
  const { at, list } = useValue(suggestions)
  const [active, setActive] = useState(-1)
  const [scrolled, setScrolled] = useState(0)
  const { failure } = useValue(results.state)
  const fault = failure?.parameter === 'q' && query === view.value.q ? failure : undefined
  const caret = useRef<number | undefined>(undefined)

  useLayoutEffect(() => setActive(-1), [list])
  useLayoutEffect(() => {
    if (caret.current !== undefined) input.current!.setSelectionRange(caret.current, caret.current)
    caret.current = undefined
  }, [query])

  const typed = ({ value, selectionStart }: HTMLInputElement) => {
    draft.value = value
    suggest(value, selectionStart ?? value.length)
    searchSoon()
  }
  const accept = (index: number) => {
    // The list may be that of a letter ago.
    const place = completableAt(query, input.current!.selectionStart ?? query.length)
    if (place?.kind !== at?.kind || place?.field !== at?.field) return forget()
    const done = complete(query, place!, list[index]!.text)
    caret.current = done.caret
    draft.value = done.query
    input.current!.focus()
    if (place!.kind === 'value') {
      forget()
      searchSoon()
    } else suggest(done.query, done.caret)
  }
  const key = (event: KeyboardEvent) => {
    const { length } = list
    if (event.isComposing) return
    if (event.key === 'ArrowDown' && length > 0) setActive((active + 1) % length)
    else if (event.key === 'ArrowUp' && length > 0) setActive((Math.max(active, 0) + length - 1) % length)
    else if ((event.key === 'Enter' || event.key === 'Tab') && active >= 0) accept(active)
    else if (event.key === 'Enter') searchNow()
    else if (event.key === 'Escape' && length > 0) forget()
    else if (event.key === 'Escape') input.current!.blur()
    else return
    event.preventDefault()
  }

  return (
    <search class="search">
      <div class="box">
        <QueryMirror query={query} fault={fault} scrolled={scrolled} />
        <input
          ref={input}
          id="query"
          type="text"
          role="combobox"
          aria-label="Search records"
          aria-autocomplete="list"
          aria-expanded={list.length > 0}
          aria-controls="suggestions"
          aria-activedescendant={active >= 0 ? `suggestion-${active}` : undefined}
          aria-invalid={fault !== undefined}
          aria-describedby={fault ? 'query-fault' : undefined}
          placeholder='Search:  failed "from 10.0.0.7"  host:web1  severity<=warning  -noise'
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          dir="ltr"
          value={query}
          onInput={event => typed(event.currentTarget)}
          onKeyDown={key}
          onScroll={event => setScrolled(event.currentTarget.scrollLeft)}
          onBlur={forget}
        />
        {query !== '' && (
          <button type="button" class="clear" aria-label="Clear the search" onClick={() => go({ q: '' })}>
            ×
          </button>
        )}
        <button type="button" class="primary" onClick={searchNow}>
          Search
        </button>
      </div>
      <div id="suggestions" role="listbox" aria-label="Suggestions" hidden={list.length === 0}>
        {list.map(({ text, count }, index) => (
          <div
            key={text}
            id={`suggestion-${index}`}
            role="option"
            // The focus stays in the box, as the pattern wants it.
            tabIndex={-1}
            aria-selected={index === active}
            // Before the box loses the focus, which would close the list.
            onPointerDown={event => {
              event.preventDefault()
              accept(index)
            }}
          >
            <Text value={at?.kind === 'field' ? `${text}:` : text} most={200} />
            {count !== undefined && <span class="count">{shortCount(count)}</span>}
          </div>
        ))}
      </div>
      <QueryFault fault={fault} query={query} />
    </search>
  )
}
