import { useValue } from '../../lib/state.ts'
import { past } from '../parts.ts'
import { about } from '../server.ts'
import { go } from '../session.ts'
import { MOST_KEYS } from '../view.ts'

/** As long as no key is chosen. */
export function EmptyPast() {
  const { keys, asked, prefix } = useValue(past.keys)
  const known = useValue(about)
  if (!asked) return <p class="empty quiet">Looking for keys …</p>
  if (keys.length > 0 || prefix !== '')
    return (
      <div class="empty">
        <h2>Choose up to {MOST_KEYS} keys</h2>
        <p>Each is a count that was kept over time.</p>
        {keys.length > 0 && (
          <button
            type="button"
            class="primary"
            onClick={() => go({ keys: keys.slice(0, 3).map(({ key }) => key) })}
          >
            Show the first {Math.min(3, keys.length) === 1 ? 'one' : Math.min(3, keys.length)}
          </button>
        )}
      </div>
    )
  return (
    <div class="empty">
      <h2>Nothing is counted yet</h2>
      <p>Events are counted under these keys, as soon as one comes:</p>
      <pre>{(known?.keys ?? []).join('\n') || '{account}/{type}'}</pre>
      <p class="quiet">
        Other keys: start sluice-count with <code>{"--key '{account}/{data.path}'"}</code>
      </p>
    </div>
  )
}
