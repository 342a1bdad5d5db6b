import { useRef, useState } from 'preact/hooks'
import { topicText } from '../../lib/pubsub/topic-text.ts'
import { cut, visible } from '../lib/hostile.ts'
import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { fieldText } from './event.ts'
import { events, view } from './parts.ts'
import { about } from './server.ts'
import { go } from './session.ts'
import { MOST_TOPICS } from './view.ts'

/** Which topics are shown: patterns, each a button that takes it away. */
export function Topics() {
  const { topics } = useValue(view)
  const [draft, setDraft] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const isGivenUp = useRef(false)
  const isFull = topics.length >= MOST_TOPICS
  const add = () => {
    const topic = isGivenUp.current ? '' : topicText(draft.trim())
    isGivenUp.current = false
    setDraft('')
    if (topic !== '' && !topics.includes(topic)) go({ topics: [...topics, topic] })
  }
  const remove = (topic: string) => {
    go({ topics: topics.filter(each => each !== topic) })
    // Its button goes, and the focus would with it.
    input.current!.focus()
  }
  const key = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === 'Enter') add()
    else if (event.key === 'Backspace' && draft === '' && topics.length > 0)
      go({ topics: topics.slice(0, -1) })
    else if (event.key === 'Escape') {
      isGivenUp.current = true
      input.current!.blur()
    }
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
          onClick={() => remove(topic)}
        >
          <Text value={topic} most={40} />
          <span aria-hidden="true">×</span>
        </button>
      ))}
      <input
        ref={input}
        id="topic"
        type="text"
        list="topics-seen"
        aria-label="Add a topic"
        title={isFull ? `${MOST_TOPICS} are the most` : 'Enter adds it; * stands for any characters'}
        readOnly={isFull}
        placeholder={isFull ? 'full' : topics.length > 0 ? 'add' : 'All topics; shop.*'}
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
  const seen = new Set(
    lines.map(({ record }) => topicText(fieldText(record, field))).filter(topic => topic !== ''),
  )
  const groups = [...seen].flatMap(topic => /^[^.]+\./.exec(topic)?.map(group => `${group}*`) ?? [])
  return (
    <datalist id="topics-seen">
      {[...new Set([...groups, ...[...seen].sort()])].slice(0, 30).map(topic => (
        <option key={topic} value={topic} />
      ))}
    </datalist>
  )
}
