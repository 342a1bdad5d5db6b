import { bytes, counted, dateTime } from '../lib/figures.ts'
import { helpShown } from '../lib/help.tsx'
import { useValue } from '../lib/state.ts'
import { panel } from './session.ts'

/** What the store holds. */
export function StatusLine() {
  const about = useValue(panel.about)
  return (
    <footer class="status">
      {about ? (
        <p>
          <span>{counted(about.records, 'record')}</span>
          <span>
            {bytes(about.bytes)}
            {about.keepBytes ? ` of ${bytes(about.keepBytes)}` : ''}
          </span>
          {about.from && <span>oldest {dateTime(new Date(about.from))}</span>}
          <span class="version">sluice {about.version}</span>
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
