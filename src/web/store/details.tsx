import { clause } from '../lib/query-edit.ts'
import { RecordDetails } from '../lib/record-details.tsx'
import type { Line } from './line.ts'
import { close } from './selection.ts'
import { go, view } from './session.ts'
import { formatView } from './view.ts'

const AROUND = 60_000

export function Details({ line }: { line: Line }) {
  return (
    <RecordDetails
      record={line.record}
      noun="record"
      ask={change => go({ q: change(view.value.q) })}
      close={close}
    >
      <a class="button" href={surroundings(line)}>
        Surroundings
      </a>
    </RecordDetails>
  )
}

/** This very record among what the same host said a minute before and after. */
function surroundings({ at, host, cursor }: Line): string {
  const bound = (by: number) => new Date(at.getTime() + by).toISOString()
  const view = {
    q: host === '' ? '' : clause('host', host),
    range: { from: bound(-AROUND), to: bound(AROUND) },
    live: false,
    record: cursor,
  }
  return formatView(view)
}
