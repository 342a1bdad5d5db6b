import { useState } from 'preact/hooks'
import { cut, visible } from '../lib/hostile.ts'
import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { fieldText } from './event.ts'
import { about } from './server.ts'
import { events, go, view } from './session.ts'

/** Which topics are shown: patterns, each a button that takes it away. */
export function Topics() {
  const { topics } = useValue(view)
  const [draft, setDraft] = useState('')
  const add = () => {
    const added = draft.split(/[\s,]+/).filter(topic => topic !== '' && !topics.includes(topic))
    setDraft('')
    if (added.length > 0) go({ topics: [...topics, ...added] })
  }
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault()
      add()
    } else if (event.key === 'Backspace' && draft === '' && topics.length > 0)
      go({ topics: topics.slice(0, -1) })
    else if (event.key === 'Escape') (event.target as HTMLElement).blur()
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset does not lie in a row
    <div class="topics" role="group" aria-label="Topics">
      {topics.map(topic => (
        <button
          key={topic}
          type="button"
          class="chip"
          aria-label={`Remove the topic ${visible(cut(topic, 60))}`}
          onClick={() => go({ topics: topics.filter(each => each !== topic) })}
        >
          <Text value={topic} most={40} />
          <span aria-hidden="true">×</span>
        </button>
      ))}
      <input
        id="topic"
        type="text"
        list="topics-seen"
        aria-label="Add a topic"
        title="Enter adds it; * stands for any characters"
        placeholder={topics.length > 0 ? 'add' : 'All topics; shop.*'}
        size={topics.length > 0 ? 8 : 16}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={draft}
        onInput={event => setDraft(event.currentTarget.value)}
        onKeyDown={key}
        onBlur={add}
      />
      <Seen />
    </div>
  )
}

/** Suggestions: the topics of the last events. */
function Seen() {
  const lines = useValue(events.lines)
  const field = /^\{([^{}]+)\}$/.exec(useValue(about)?.topic ?? '')?.[1]
  if (field === undefined) return null
  const seen = new Set(lines.map(({ record }) => fieldText(record, field)).filter(topic => topic !== ''))
  const groups = [...seen].flatMap(topic => /^[^.]+\./.exec(topic)?.map(group => `${group}*`) ?? [])
  return (
    <datalist id="topics-seen">
      {[...new Set([...groups, ...[...seen].sort()])].slice(0, 30).map(topic => (
        <option key={topic} value={topic} />
      ))}
    </datalist>
  )
}
