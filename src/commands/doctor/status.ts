import { isObject } from '../../lib/record.ts'

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

type Fields = { readonly [key: string]: unknown }

/**
 * Reads the body of a `/status`. Throws an Error when no daemon of Sluice wrote it: whoever is of the group of the folder may listen
 * in it.
 */
export function readStatus(body: string): Status {
  let status: unknown
  try {
    status = JSON.parse(body)
  } catch {}
  if (!isObject(status) || !Array.isArray(status.stages) || !Number.isSafeInteger(status.pid))
    throw new Error('what answers there is no daemon of Sluice')
  const { name, pid, waiting, stages } = status
  return {
    name: String(name),
    pid: pid as number,
    waiting: Array.isArray(waiting) ? waiting.map(String) : [],
    stages: (stages as unknown[]).filter(isObject).map(readStage),
  }
}

function readStage({ name, spool, outputs }: Fields): StageStatus {
  const ofOutputs = Array.isArray(outputs) ? outputs.filter(isObject).map(output => output.spool) : []
  return { name: String(name), spools: [spool, ...ofOutputs].filter(isObject).map(readSpool) }
}

function readSpool({ file, bytes, limit, age }: Fields): SpoolStatus {
  return {
    file: String(file),
    bytes: Number(bytes),
    limit: Number(limit),
    age: typeof age === 'number' ? age : null,
  }
}
