import { Failure, meaning } from '../lib/failure.tsx'
import { sentence } from '../lib/figures.ts'
import { Help } from '../lib/help.tsx'
import { useValue } from '../lib/state.ts'
import { Text } from '../lib/text.tsx'
import { EventList } from './event-list.tsx'
import { Header } from './header.tsx'
import { KEYS, QUERIES } from './help.ts'
import { HistoryView } from './history/history-view.tsx'
import { LiveChart } from './live-chart.tsx'
import { events, rates, view } from './parts.ts'
import { about, unknown } from './server.ts'
import { go, retry } from './session.ts'
import { StatusLine } from './status-line.tsx'
import { TopList } from './top-list.tsx'

export function Page() {
  const { shown } = useValue(view)
  return (
    <>
      <a class="skip" href={shown === 'live' ? '#events' : '#past'}>
        Skip to the {shown === 'live' ? 'events' : 'chart'}
      </a>
      <Header />
      <Notices />
      {shown === 'live' ? (
        <>
          <LiveChart />
          <div class="columns">
            <TopList />
            <EventList />
          </div>
        </>
      ) : (
        <HistoryView />
      )}
      <StatusLine />
      <Help title="Keys and queries" keys={KEYS} others={{ title: 'Queries', rows: QUERIES }} />
    </>
  )
}

/** What is wrong with the connection. */
function Notices() {
  const known = useValue(about)
  const stranger = useValue(unknown)
  const { connection, failure } = useValue(rates.state)
  const unheard = useValue(events.refusal)
  const who = known?.kind === 'count' ? 'counter' : 'hub'
  const refusal = known ? (connection === 'refused' ? failure : undefined) : stranger
  // What is wrong with the query is said below its box.
  if (refusal && refusal.parameter !== 'match' && refusal.status !== 0)
    return (
      <div class="notices">
        {refusal.parameter === 'by' ? (
          <Failure
            failure={refusal}
            who={who}
            again={() => go({ by: '', top: '' })}
            label="Use the usual fields"
          />
        ) : (
          <Failure failure={refusal} who={who} again={retry} />
        )}
      </div>
    )
  const lost = connection === 'reconnecting' ? failure : (refusal ?? unheard)
  if (!lost || lost.parameter === 'match') return null
  return (
    <div class="notices">
      <p class="hint">
        {meaning(lost.status, who)} {lost.status !== 0 && <Text value={sentence(lost.message)} most={300} />}{' '}
        Trying again …
      </p>
    </div>
  )
}
