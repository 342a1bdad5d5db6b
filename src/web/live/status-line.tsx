import { helpShown } from '../lib/help.tsx'
import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { about, zone } from './server.ts'

/** Whom we look at, and by which clock. */
export function StatusLine() {
  const known = useValue(about)
  return (
    <footer class="status">
      {known ? (
        <p>
          {known.account !== null && (
            <span>
              account <Text value={known.account} most={60} />
            </span>
          )}
          <span>times are of {zone().name}</span>
          <span class="version">sluice {known.version}</span>
        </p>
      ) : (
        <p />
      )}
      <button type="button" onClick={() => (helpShown.value = true)}>
        <kbd>?</kbd> Keys and queries
      </button>
    </footer>
  )
}
