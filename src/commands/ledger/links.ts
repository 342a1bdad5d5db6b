// What plain links have lost: what one daemon pushed against what another one pulled at the same address.
import { groupEnds } from '../../lib/asking/meeting.ts'
import { type End, endsOf } from './ends.ts'
import type { Look } from './look.ts'

/** Counts that stand still for so long show that nothing is under way, in milliseconds. */
export const IDLE = 5_000

/** A plain link, with everybody who pushes and pulls there. */
export interface LinkEntry {
  endpoint: string
  pushers: readonly string[]
  pullers: readonly string[]
  pushed: number
  pulled: number
  /** `moving`: what is not there yet may be under way or lost. `unknown`: the sums cannot be compared. */
  state: 'arrived' | 'moving' | 'lost' | 'unknown'
  /** Why that is so. */
  note: string
}

interface Group {
  /** Those who answered last. */
  ends: readonly End[]
  pushers: readonly End[]
  pullers: readonly End[]
  /** Stages that were there in an earlier look, and are not, or have begun anew. */
  gone: readonly string[]
}

/** One who is not compared with anybody has nothing to prove. */
type Judgement = Pick<LinkEntry, 'state' | 'note'>

/** @param looks at least one, oldest first */
export function judgeLinks(looks: readonly Look[]): LinkEntry[] {
  const counted = looks.map(endsOf)
  const now = counted.at(-1)!
  const all = new Map(counted.flatMap(ends => [...ends]))
  const groups = groupEnds([...all.values()]).map(group => split(group, now))
  return groups.filter(({ ends }) => ends.length > 0).map(group => entryOf(group, looks, counted))
}

function split(group: readonly End[], now: ReadonlyMap<string, End>): Group {
  const ends = group.flatMap(({ key }) => now.get(key) ?? [])
  const pushers = ends.filter(({ direction }) => direction === 'push')
  const pullers = ends.filter(({ direction }) => direction === 'pull')
  const gone = group.filter(({ key }) => !now.has(key)).map(({ stage }) => stage)
  return { ends, pushers, pullers, gone: [...new Set(gone)] }
}

function entryOf(
  group: Group,
  looks: readonly Look[],
  counted: readonly ReadonlyMap<string, End>[],
): LinkEntry {
  const { ends, pushers, pullers } = group
  const { endpoint } = ends.find(({ mode }) => mode === 'bind') ?? ends[0]!
  const names = (some: readonly End[]) => [...new Set(some.map(({ stage }) => stage))].sort()
  return {
    endpoint,
    pushers: names(pushers),
    pullers: names(pullers),
    pushed: sum(pushers),
    pulled: sum(pullers),
    ...judge(group, looks, counted),
  }
}

function judge(
  group: Group,
  looks: readonly Look[],
  counted: readonly ReadonlyMap<string, End>[],
): Judgement {
  const { ends, pushers, pullers, gone } = group
  const arrived = (note = ''): Judgement => ({ state: 'arrived', note })
  const unknown = (note: string): Judgement => ({ state: 'unknown', note })
  if (sum(ends) === 0) return arrived('nothing yet')
  if (pushers.length === 0) return arrived('who pushes here was not asked')
  if (gone.length > 0) return unknown(`${gone.join(', ')} stopped or began new books meanwhile`)
  if (pullers.length === 0) return unknown('no daemon that was asked pulls here')
  if (!countAlike(group)) return unknown('the two ends count different things (?framing)')
  if (pulledBefore(group, counted))
    return unknown('some of it was pushed by one that has begun new books since, or was not asked')
  if (sum(pushers) <= sum(pullers)) return arrived()
  if (!isIdle(group, looks, counted)) return { state: 'moving', note: '' }
  const busy = pullers.find(puller => puller.busy)
  // What it has no room for waits in the sockets, however long, and is not counted.
  if (busy) return { state: 'moving', note: `${busy.stage} is held up, and more may wait before it` }
  const doubt = doubtOf(group, looks.at(-1)!)
  return doubt === undefined ? { state: 'lost', note: 'nothing is under way any more' } : unknown(doubt)
}

/** Records are counted by messages where a message is one text, and a text may have several lines. */
function countAlike({ pushers, pullers }: Group): boolean {
  const framings = (ends: readonly End[]) =>
    ends.map(({ endpoint }) => /[?&]framing=(\w+)/.exec(endpoint)?.[1] ?? 'batch')
  const [pushed, pulled] = [framings(pushers), framings(pullers)]
  if (pushed.includes('text')) return false
  return !pulled.includes('text') || (!pulled.includes('batch') && !pushed.includes('batch'))
}

/** Whether more had been pulled at one look than was pushed by the next: then somebody else has pushed. */
function pulledBefore({ pushers, pullers }: Group, counted: readonly ReadonlyMap<string, End>[]): boolean {
  return counted.slice(1).some((later, n) => {
    const pulled = sumAt(pullers, counted[n]!)
    const pushed = sumAt(pushers, later)
    return pulled !== undefined && pushed !== undefined && pulled > pushed
  })
}

function isIdle(
  { ends }: Group,
  looks: readonly Look[],
  counted: readonly ReadonlyMap<string, End>[],
): boolean {
  const now = looks.at(-1)!
  const before = looks.findLastIndex(({ to }) => now.from - to >= IDLE)
  if (before === -1) return false
  return ends.every(({ key, records }) => counted[before]!.get(key)?.records === records)
}

/** Who else may have taken what is missing. */
function doubtOf({ pushers, pullers, ends }: Group, { unanswered }: Look): string | undefined {
  const peersOf = (mode: End['mode']) =>
    ends.filter(end => end.mode === mode).reduce((all, { peers }) => all + peers, 0)
  // A connection has two ends, and each of them counts it once.
  if (peersOf('bind') !== peersOf('connect'))
    return 'somebody who was not asked is connected, or an end is cut off'
  const cutOff = pushers.find(({ peers }) => peers === 0)
  if (cutOff) return `${cutOff.stage} is cut off, and what it pushed may still wait there`
  if (unanswered.length > 0) return `${unanswered[0]!.address} may have taken them, and does not answer`
  const first = pushers.reduce((a, b) => (b.started < a.started ? b : a))
  const late = pullers.find(({ started }) => started > first.started)
  if (late)
    return `${late.stage} began its books after ${first.stage}: they do not say what came before, nor to whom`
  return undefined
}

function sum(ends: readonly End[]): number {
  return ends.reduce((all, { records }) => all + records, 0)
}

/** Undefined when one of them had not been there. */
function sumAt(ends: readonly End[], counted: ReadonlyMap<string, End>): number | undefined {
  const then = ends.map(({ key }) => counted.get(key))
  return then.every(end => end !== undefined) ? sum(then) : undefined
}
