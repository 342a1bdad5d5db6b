import { useValue } from '../lib/state.ts'
import { beats, events, rates, view } from './parts.ts'
import { about } from './server.ts'
import { go, isUnfiltered } from './session.ts'

/** Instead of events: what to do about it. */
export function Empty() {
  useValue(beats)
  const wanted = useValue(view)
  const known = useValue(about)
  const connected = useValue(events.connected)
  const { connection } = useValue(rates.state)
  if (connection === 'refused') return null
  if (!known || !connected) return <p class="empty quiet">Connecting …</p>
  if (isUnfiltered(wanted))
    return known.account === null ? <NothingYet /> : <NothingOf account={known.account} />
  return (
    <div class="empty">
      <h2>No event fits yet</h2>
      <p>The next one that does shows up here by itself.</p>
      <div class="choices">
        <button type="button" onClick={() => go({ topics: [], match: '' })}>
          Show all events
        </button>
      </div>
    </div>
  )
}

function NothingOf({ account }: { account: string }) {
  return (
    <div class="empty">
      <h2>No event yet</h2>
      <p>
        You see the events of <b>{account}</b>. The next one shows up here by itself.
      </p>
    </div>
  )
}

function NothingYet() {
  return (
    <div class="empty">
      <h2>No event yet</h2>
      <p>Send a first one, from Bash on the machine that runs Sluice. To sluice-udp-json:</p>
      <pre>{`echo '{"type": "hello", "data": {"account": "me"}}' > /dev/udp/127.0.0.1/5170`}</pre>
      <p>or to sluice-http-in:</p>
      <pre>{`curl -d '{"type": "hello", "data": {"account": "me"}}' http://127.0.0.1:8515/`}</pre>
      <p class="quiet">It shows up here by itself.</p>
    </div>
  )
}
