import type { Logger } from 'pino'
import type { Surface } from '../process/surface.ts'
import type { Reader } from '../reader.ts'
import { compileTemplate } from '../template.ts'
import type { LinkContext } from '../transport/link.ts'
import type { StageFacts } from './facts.ts'
import type { StageValues } from './options.ts'

export interface LinkContextsOptions {
  values: StageValues
  log: Logger
  mint: Reader['mint']
  facts: StageFacts
  surface: Surface
  refuse: LinkContext['refuse']
}

/** What links are given by their stage; `what` is the name under which one is waited for. */
export function createLinkContexts(options: LinkContextsOptions): (what: string) => LinkContext {
  const { values, log, mint, facts, surface, refuse } = options
  const { maxRecord, maxMessage, buffer, template } = values
  return what => {
    const reader: Reader = { mint, now: Date.now, count: counter => facts.count(counter), maxRecord }
    return {
      log,
      reader,
      maxMessage,
      buffer,
      template: template === undefined ? undefined : compileTemplate(template),
      refuse,
      host: surface.host,
      waitingFor: reason => facts.waitFor(what, reason),
      signal: surface.signal,
      onReload: reload => void surface.reloads.add(reload),
      fatal: surface.fatal,
      gone: surface.gone,
    }
  }
}
