import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Surface } from '../process/surface.ts'
import type { Reader } from '../reader.ts'
import { type OpenedSpool, openSpool } from '../spool/open-spool.ts'
import type { StageFacts } from './facts.ts'
import type { StageValues } from './options.ts'

export interface StageSpoolOptions {
  values: StageValues
  /** What files of this stage are called. */
  owner: string
  /** The output that it is of; undefined: the push side. */
  output: string | undefined
  log: Logger
  facts: StageFacts
  reader: Reader
  surface: Surface
}

/** Opens the spool of a push side, `OWNER.spool`, or of an output, `OWNER.OUTPUT.spool`, if it is to have one. */
export async function openStageSpool(options: StageSpoolOptions): Promise<OpenedSpool | undefined> {
  const { values, owner, output, log, facts, reader, surface } = options
  if (values.spool === undefined) return undefined
  const name = output === undefined ? owner : `${owner}.${output}`
  const what = output === undefined ? 'spool' : `spool of output ${output}`
  const opened = await openSpool({
    path: join(values.spool, `${name}.spool`),
    limit: values.spoolLimit!,
    reader,
    log,
    waitingFor: reason => facts.waitFor(what, reason && output ? `output ${output}: ${reason}` : reason),
    signal: surface.signal,
    fatal: surface.fatal,
  })
  surface.spools.add(() => opened.status.records)
  return opened
}
