import { running } from '../children/running.ts'
import type { Receipt } from '../engine/receipt.ts'
import { type Flow, waitingOf } from '../stage/flow.ts'
import type { Stage } from '../stage/stage.ts'
import type { Work } from './progress.ts'

/** What the watchdog sees of a flow. */
export function workOf(flow: Flow): Work {
  const { stages, held } = flow
  return { held, moved: stages.reduce((all, stage) => all + movedIn(stage), 0), reason: reasonIn(flow) }
}

/** All that a stage counts, which only grows. */
function movedIn({ books, links, counters, outputs, spools }: Stage): number {
  const ofLinks = links.reduce((all, { batches, bytes }) => all + batches + bytes, 0)
  const ofCounters = counters.values().reduce((all, count) => all + count, 0)
  const ofOutputs = outputs.reduce((all, output) => all + output.books.taken + sum(output.books.outcomes), 0)
  const ofSpools = spools.reduce((all, { status }) => all + status.books.in + sum(status.books.outcomes), 0)
  return books.taken + sum(books.outcomes) + ofLinks + ofCounters + ofOutputs + ofSpools
}

function sum(receipt: Readonly<Receipt>): number {
  return Object.values(receipt).reduce<number>((all, records = 0) => all + records, 0)
}

/** Whom what it has waits for, if that is somebody else. */
function reasonIn(flow: Flow): string | undefined {
  const [waiting] = waitingOf(flow)
  if (waiting !== undefined) return waiting
  // What has left the daemon itself waits for whoever takes it: one who is not there is named above, so that one is slow.
  const sends = ({ plan, held }: Stage) => plan.push.length > 0 && held > 0
  const stage = flow.stages.find(stage => sends(stage) || stage.outputs.some(({ buffer }) => buffer.held > 0))
  if (stage) return `what comes after ${stage.name}`
  if (flow.stages.some(({ refusing }) => refusing > 0)) return 'the dead letters'
  // They have time-outs of their own, and answer when they are done.
  if (running.size > 0) return 'a command'
  return undefined
}
