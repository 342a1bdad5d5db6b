import { useState } from 'preact/hooks'
import { visible } from '../../lib/hostile.ts'
import { useValue } from '../../lib/state.ts'
import { Text } from '../../lib/text.tsx'
import { past, view } from '../parts.ts'
import { go } from '../session.ts'
import { MOST_KEYS } from '../view.ts'

/** Milliseconds without a letter, then the keys are looked for. */
const PAUSE = 200
let timer: ReturnType<typeof setTimeout> | undefined

/** The keys that are counted, and which of them are shown. */
export function KeyList() {
  const { keys, more, prefix, asked } = useValue(past.keys)
  const { keys: chosen } = useValue(view)
  const [draft, setDraft] = useState(prefix)
  const listed = new Set(keys.map(({ key }) => key))
  // What is chosen can be given up, whatever is looked for.
  const kept = chosen.filter(key => !listed.has(key)).map(key => ({ key, kind: past.kindIfKnown(key) }))
  const typed = (text: string) => {
    setDraft(text)
    clearTimeout(timer)
    timer = setTimeout(() => void past.list(text.trim()), PAUSE)
  }
  return (
    <aside class="keys" aria-label="Keys">
      <input
        id="key-search"
        type="search"
        aria-label="Find keys by how they begin"
        placeholder="Find keys: acme/"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={draft}
        onInput={event => typed(event.currentTarget.value)}
      />
      <ul>
        {[...kept, ...keys].map(({ key, kind }) => (
          <KeyButton key={key} name={key} kind={kind} chosen={chosen} />
        ))}
      </ul>
      {asked && keys.length === 0 && prefix !== '' && <p class="quiet nothing">No key begins so</p>}
      {more && <p class="quiet nothing">There are more; write how theirs begin.</p>}
    </aside>
  )
}

const KINDS = { count: '', sum: 'sum', distinct: 'distinct' }

interface Properties {
  name: string
  kind: keyof typeof KINDS | undefined
  chosen: readonly string[]
}

function KeyButton({ name, kind, chosen }: Properties) {
  const at = chosen.indexOf(name)
  const full = at < 0 && chosen.length >= MOST_KEYS
  const click = () => go({ keys: at < 0 ? [...chosen, name] : chosen.filter(key => key !== name) })
  return (
    <li>
      <button
        type="button"
        aria-pressed={at >= 0}
        disabled={full}
        title={full ? `At most ${MOST_KEYS} at a time` : visible(name)}
        onClick={click}
      >
        <span class={`swatch ${at < 0 ? 'none' : `fill-${at}`}`} />
        <span class="name">
          <Text value={name} most={120} />
        </span>
        {kind && KINDS[kind] !== '' && <span class="kind-of">{KINDS[kind]}</span>}
      </button>
    </li>
  )
}
