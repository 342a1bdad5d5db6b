// From what all daemons say of themselves to what became of every record.
import {
  type Account,
  type Answer,
  type LinkAnswer,
  missingIn,
  nameOf,
  type SpoolAnswer,
  type StageAnswer,
} from '../../lib/asking/answer.ts'
import { meeterOf } from '../../lib/asking/meeting.ts'
import { judgeLinks, type LinkEntry } from './links.ts'
import type { Look, Unanswered } from './look.ts'

/** Books, and how much is missing in them; below 0: how much they have too much. */
export interface BookEntry extends Account {
  name: string
  missing: number
}

export interface StageEntry extends BookEntry {
  shape: string
  rate: number
}

/** Since the file was made. */
export interface SpoolEntry extends BookEntry {
  file: string
}

export interface Ledger {
  /** When it was so, ISO 8601. */
  at: string
  verdict: 'balanced' | 'loss' | 'unknown'
  /** What the verdict says, in one line. */
  summary: string
  /** Records that are proven to be lost. */
  lost: number
  /** Records that are under way on plain links, or lost. */
  moving: number
  stages: readonly StageEntry[]
  spools: readonly SpoolEntry[]
  links: readonly LinkEntry[]
  kernelDropped: readonly { name: string; datagrams: number }[]
  unanswered: readonly Unanswered[]
}

/** What a damaged spool has lost: `sluice spool recover` enters it, so that the books balance, and it is lost all the same. */
const DAMAGED = 'dropped:spool-damaged'

/** Exit codes by verdict. */
export const CODES = { balanced: 0, loss: 1, unknown: 2 } as const

/**
 * The ledger as of the last look. The earlier ones show what moves, and what has begun new books.
 *
 * @param looks at least one, oldest first
 */
export function createLedger(looks: readonly Look[]): Ledger {
  const { to, answers, unanswered } = looks.at(-1)!
  const all = answers.flatMap(answer => answer.stages.map(stage => ({ name: nameOf(answer, stage), stage })))
  const stages = all.map(({ name, stage }) => stageEntry(name, stage))
  const spools = all.flatMap(({ name, stage }) => stage.spools.map(spool => spoolEntry(name, spool)))
  const links = judgeLinks(looks)
  const lost =
    [...stages, ...spools].reduce((sum, { missing }) => sum + Math.max(0, missing), 0) +
    spools.reduce((sum, { outcomes }) => sum + (outcomes[DAMAGED] ?? 0), 0) +
    shortOf(links, 'lost')
  const moving = shortOf(links, 'moving')
  const doubts = doubtsOf(answers, unanswered, [...stages, ...spools], links, moving)
  const verdict = lost > 0 ? 'loss' : doubts.length > 0 ? 'unknown' : 'balanced'
  return {
    at: new Date(to).toISOString(),
    verdict,
    summary: summarize(verdict, lost, doubts, answers),
    lost,
    moving,
    stages,
    spools,
    links,
    kernelDropped: all
      .filter(({ stage }) => stage.kernelDropped > 0)
      .map(({ name, stage }) => ({ name, datagrams: stage.kernelDropped })),
    unanswered,
  }
}

/** `10,000 records`. */
export function plural(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`
}

function stageEntry(name: string, { shape, books, rate }: StageAnswer): StageEntry {
  return { name, shape, ...books, missing: missingIn(books), rate }
}

/** What was put into it must have arrived. More may have. */
function spoolEntry(name: string, { output, file, books, put }: SpoolAnswer): SpoolEntry {
  const own = missingIn(books)
  const short = put - books.in
  return {
    name: output === undefined ? name : `${name}/${output}`,
    file,
    ...books,
    missing: short > 0 ? Math.max(0, own) + short : own,
  }
}

function shortOf(links: readonly LinkEntry[], state: LinkEntry['state']): number {
  return links
    .filter(link => link.state === state)
    .reduce((sum, { pushed, pulled }) => sum + pushed - pulled, 0)
}

/** Why it cannot be said that everything is there. */
function doubtsOf(
  answers: readonly Answer[],
  unanswered: readonly Unanswered[],
  books: readonly BookEntry[],
  links: readonly LinkEntry[],
  moving: number,
): string[] {
  const silent = unanswered.filter(({ expected }) => expected).length
  const cut = answers.filter(({ isCut }) => isCut).length
  const surplus = books.filter(({ missing }) => missing < 0).length
  const unknown = links.filter(({ state }) => state === 'unknown').length
  return [
    ...(answers.length === 0 && silent === 0 ? ['no daemon was found'] : []),
    ...(silent > 0 ? [`${plural(silent, 'daemon')} did not answer`] : []),
    ...(cut > 0 ? [`${plural(cut, 'daemon')} said more than is read`] : []),
    ...(surplus > 0 ? [`${plural(surplus, 'book')} with more out than in`] : []),
    ...(moving > 0 ? [`${plural(moving, 'record')} in flight or lost`] : []),
    ...(unknown > 0 ? [`${plural(unknown, 'plain link')} cannot be compared`] : []),
  ]
}

function summarize(
  verdict: Ledger['verdict'],
  lost: number,
  doubts: readonly string[],
  answers: readonly Answer[],
): string {
  if (verdict === 'loss') return `loss: ${plural(lost, 'record')} ${lost === 1 ? 'is' : 'are'} lost`
  if (verdict === 'unknown') return `cannot tell yet: ${doubts.join(', ')}`
  const { taken, dropped, dead, held } = totals(answers)
  const sums = [
    plural(answers.length, 'daemon'),
    ...(taken > 0 ? [`${plural(taken, 'record')} in`] : []),
    ...(dropped > 0 ? [`${dropped.toLocaleString('en-US')} dropped`] : []),
    ...(dead > 0 ? [`${dead.toLocaleString('en-US')} dead`] : []),
    `${held.toLocaleString('en-US')} held`,
  ]
  return `balanced: ${sums.join(', ')}`
}

/** What came to these daemons from elsewhere, and what became of it; `held` also counts what is in spools. */
function totals(answers: readonly Answer[]) {
  const links = answers.flatMap(({ stages }) => stages.flatMap(({ links }) => links)).filter(isSocket)
  const isPushedTo = meeterOf(links.filter(({ direction }) => direction === 'push'))
  // What others here have pushed to it is in their books.
  const isHead = ({ links }: StageAnswer) =>
    !links.some(pull => pull.direction === 'pull' && isSocket(pull) && isPushedTo(pull))
  const heads = answers.flatMap(({ stages }) => stages[0] ?? []).filter(isHead)
  const spools = answers.flatMap(({ stages }) => stages.flatMap(({ spools }) => spools))
  const sum = (some: readonly { books: Account }[], count: (books: Account) => number) =>
    some.reduce((sum, { books }) => sum + count(books), 0)
  const dropped = ({ outcomes }: Account) =>
    Object.entries(outcomes).reduce((sum, [what, n]) => sum + (what.startsWith('dropped:') ? n : 0), 0)
  return {
    taken: sum(heads, books => books.in),
    dropped: sum([...heads, ...spools], dropped),
    dead: sum(heads, ({ outcomes }) => outcomes.dead ?? 0),
    held: sum([...heads, ...spools], books => books.held),
  }
}

/** A file or a pipe that one reads and another writes joins nobody: each reads all of it. */
const isSocket = ({ endpoint }: LinkAnswer) => /^([a-z]+\+)?(tcp|ipc):/.test(endpoint)
