import { isObject } from '../../lib/record.ts'
import { printable } from '../../lib/text/printable.ts'

/** A `/status`, as far as it is looked at here. */
export interface Status {
  name: string
  pid: number
  waiting: string[]
  stages: StageStatus[]
}

export interface StageStatus {
  name: string
  /** Its spool, and those of its outputs. */
  spools: SpoolStatus[]
}

export interface SpoolStatus {
  file: string
  bytes: number
  limit: number
  age: number | null
}

/** Of anything, and characters of a name: more than that is nothing to read. */
const MOST = 1_000

function text(value: unknown): string {
  return typeof value === 'string' ? printable(value, MOST) : ''
}

type Fields = { readonly [key: string]: unknown }

/**
 * Reads the body of a `/status` that came out of the socket of this name. Throws an Error when no daemon of Sluice wrote it: whoever
 * is of the group of the folder may listen in it.
 */
export function readStatus(body: string, socket: string): Status {
  let status: unknown
  try {
    status = JSON.parse(body)
  } catch {}
  if (!isObject(status) || !Array.isArray(status.stages) || !Number.isSafeInteger(status.pid))
    throw new Error('what answers there is no daemon of Sluice')
  const { name, pid, waiting, stages } = status
  // Else it could hide another one.
  if (name !== socket) throw new Error('what answers there says that it is another daemon')
  return {
    name: socket,
    pid: pid as number,
    waiting: Array.isArray(waiting) ? waiting.slice(0, MOST).map(text) : [],
    stages: (stages as unknown[]).slice(0, MOST).filter(isObject).map(readStage),
  }
}

function readStage({ name, spool, outputs }: Fields): StageStatus {
  const ofOutputs = Array.isArray(outputs) ? outputs.filter(isObject).map(output => output.spool) : []
  return { name: text(name), spools: [spool, ...ofOutputs.slice(0, MOST)].filter(isObject).map(readSpool) }
}

function readSpool({ file, bytes, limit, age }: Fields): SpoolStatus {
  return {
    file: text(file),
    bytes: Number(bytes),
    limit: Number(limit),
    age: typeof age === 'number' ? age : null,
  }
}
