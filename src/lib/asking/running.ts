// What a daemon that runs says of itself, for whoever shows it to a person.
import { basename } from 'node:path'
import { isObject } from '../record.ts'
import { type Answer, count, readAnswer, type StageAnswer, text } from './answer.ts'
import { askDoor, whyNoAnswer } from './ask.ts'
import type { Credentials, Door } from './doors.ts'

/** A process of Sluice. */
export interface Running extends Omit<Answer, 'stages'> {
  pid: number
  /** As it was called: `sluice-relay`. */
  command: string
  ready: boolean
  /** Seconds since it was started. */
  uptime: number
  /** Seconds of CPU since then; undefined of one that does not say it. */
  cpu: number | undefined
  /** Bytes. */
  memory: { resident: number; heap: number } | undefined
  stages: readonly RunningStage[]
  /** Processes that it started for stages of its own. */
  copies: readonly { name: string; pid: number; restarts: number }[]
  waiting: readonly string[]
}

export interface RunningStage extends StageAnswer {
  buffer: { held: number; limit: number }
  /** Milliseconds from taking a batch to its acceptance. */
  latency: number | undefined
  /** Where it listens, and what it is linked to. */
  endpoints: readonly string[]
  /** Values of its options, by their flags. */
  options: { readonly [flag: string]: unknown }
  /** What is in its spools together. */
  spooled: { records: number; bytes: number; limit: number } | undefined
}

/** One who was asked and gave no answer that can be read. */
export interface Silent {
  address: string
  why: string
  /** What was found is the socket of a daemon that was killed. */
  isDead: boolean
}

/** In one line, whatever their number. */
export function wordsOfDead(dead: readonly { address: string }[]): string {
  const names = dead.slice(0, 5).map(({ address }) => basename(address, '.sock'))
  const sockets =
    dead.length === 1 ? '1 socket of a daemon that was' : `${dead.length} sockets of daemons that were`
  return `${sockets} killed: ${names.join(', ')}${dead.length > names.length ? ', …' : ''}`
}

/** Asks all of them at once. A process that was asked at two doors is there once. */
export async function askAll(
  doors: readonly Door[],
  credentials: Credentials,
): Promise<{ running: Running[]; silent: Silent[] }> {
  const all = await Promise.all(doors.map(door => ask(door, credentials)))
  const running = all.filter(one => 'stages' in one)
  return {
    running: [...new Map(running.map(one => [`${one.name} ${one.life}`, one])).values()],
    silent: all.filter(one => 'why' in one),
  }
}

/** Asks one of them. Never rejects. */
export async function ask(door: Door, credentials: Credentials): Promise<Running | Silent> {
  try {
    return readRunning(door.address, await askDoor(door, '/status', credentials), Date.now())
  } catch (error) {
    const { why, nobody } = whyNoAnswer(error)
    return { address: door.address, why, isDead: nobody && !door.named }
  }
}

/** Reads the body of a `/status` that came at `now`. Throws an Error when no daemon of Sluice wrote it. */
export function readRunning(address: string, body: string, now: number): Running {
  const answer = readAnswer(address, body, now)
  const status = JSON.parse(body) as { [key: string]: unknown }
  const { cpu, memory } = status
  const stages = listOf(status.stages)
  return {
    ...answer,
    pid: count(status.pid),
    command: text(status.command),
    ready: status.ready === true,
    uptime: count(status.uptime),
    cpu: isObject(cpu) ? count(cpu.user) + count(cpu.system) : undefined,
    memory: isObject(memory) ? { resident: count(memory.resident), heap: count(memory.heap) } : undefined,
    stages: answer.stages.map((stage, n) => readStage(stage, stages[n]!)),
    copies: listOf(status.copies)
      .slice(0, MOST)
      .map(copy => ({ name: text(copy.name), pid: count(copy.pid), restarts: count(copy.restarts) })),
    waiting: textsOf(status.waiting),
  }
}

/** Of anything in a list. */
const MOST = 1_000

function readStage(answer: StageAnswer, stage: { [key: string]: unknown }): RunningStage {
  const { buffer, latency, options } = stage
  const spools = [stage, ...listOf(stage.outputs).slice(0, MOST)].flatMap(({ spool }) =>
    isObject(spool) ? [spool] : [],
  )
  const sum = (key: string) => spools.reduce((all, spool) => all + count(spool[key]), 0)
  return {
    ...answer,
    buffer: isObject(buffer)
      ? { held: count(buffer.held), limit: count(buffer.limit) }
      : { held: 0, limit: 0 },
    latency: typeof latency === 'number' ? latency : undefined,
    endpoints: textsOf(stage.endpoints),
    options: isObject(options) ? options : {},
    spooled:
      spools.length > 0 ? { records: sum('records'), bytes: sum('bytes'), limit: sum('limit') } : undefined,
  }
}

function listOf(value: unknown): { [key: string]: unknown }[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.slice(0, MOST).map(text) : []
}
