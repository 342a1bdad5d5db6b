import { type LinkAnswer, nameOf, type StageAnswer } from '../../lib/asking/answer.ts'
import type { Look } from './look.ts'

/** One end of a plain link. */
export interface End extends LinkAnswer {
  /** The name of its stage. */
  stage: string
  /** The same as long as it is the same end of the same process. */
  key: string
  /** When its process was started, epoch milliseconds. */
  started: number
  /** Whether its process holds records or waits for something, so that it may have no room for more. */
  busy: boolean
}

const isPlain = ({ endpoint }: LinkAnswer) => /^(tcp|ipc):/.test(endpoint)

const isBusy = ({ books, spools, waiting }: StageAnswer) =>
  waiting || books.held > 0 || spools.some(spool => spool.books.held > 0)

/** The ends of plain links, by their keys. */
export function endsOf({ answers }: Look): Map<string, End> {
  const ends = answers.flatMap(answer => {
    const { name, life, started, stages } = answer
    const busy = stages.some(isBusy)
    return stages.flatMap(stage =>
      stage.links.filter(isPlain).map(link => {
        const key = JSON.stringify([name, life, stage.name, link.direction, link.endpoint])
        return { ...link, stage: nameOf(answer, stage), key, started, busy }
      }),
    )
  })
  return new Map(ends.map(end => [end.key, end]))
}
