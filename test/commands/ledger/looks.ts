import type { Look, Unanswered } from '../../../src/commands/ledger/look.ts'
import type { Account, Answer, LinkAnswer, StageAnswer } from '../../../src/lib/asking/answer.ts'

/** Books in which `in` is what the outcomes say, unless it is given. */
export function books(outcomes: { [outcome: string]: number }, some: Partial<Account> = {}): Account {
  const { held = 0, made = 0 } = some
  const taken = Object.values(outcomes).reduce((sum, records) => sum + records, held - made)
  return { in: taken, made, held, outcomes, ...some }
}

/** `push bind tcp://127.0.0.1:7000 100`, with one peer, or `… 100 2` with two. */
export function link(text: string): LinkAnswer {
  const [direction, mode, endpoint, records, peers = '1'] = text.split(' ')
  return {
    direction: direction as 'push',
    mode: mode as 'bind',
    endpoint: endpoint!,
    records: Number(records),
    peers: Number(peers),
  }
}

export function stage(name: string, some: Partial<StageAnswer> = {}): StageAnswer {
  const nothing = { spools: [], links: [], waiting: false, rate: 0, kernelDropped: 0 }
  return { name, shape: 'filter', books: books({}), ...nothing, ...some }
}

/** A process of one stage. */
export function daemon(name: string, some: Partial<StageAnswer> = {}, more: Partial<Answer> = {}): Answer {
  return {
    address: `/run/${name}.sock`,
    name,
    life: 'first',
    started: 0,
    stages: [stage(name, some)],
    ...more,
  }
}

/** A process that has the ends of these plain links, started at `started`. */
export function linked(name: string, started: number, ...links: string[]): Answer {
  return daemon(name, { links: links.map(link) }, { started, life: String(started) })
}

/** What was said at a second. */
export function look(
  second: number,
  answers: readonly Answer[],
  unanswered: readonly Unanswered[] = [],
): Look {
  return { from: second * 1000, to: second * 1000, answers, unanswered }
}
