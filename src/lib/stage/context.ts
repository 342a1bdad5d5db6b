import type { Logger } from 'pino'
import type { Context } from '../daemon.ts'
import type { Surface } from '../process/surface.ts'
import { createRecord } from '../record.ts'
import type { StageFacts } from './facts.ts'

/** What of a stage its daemon gets to see. */
export interface ContextParts {
  name: string
  log: Logger
  facts: StageFacts
  mint(now?: number): string
  surface: Surface
  maxRecord: number
  defer: Context['defer']
  reject: Context['reject']
}

/** What a daemon is given when it is opened. */
export function createContext({
  name,
  log,
  facts,
  mint,
  surface,
  maxRecord,
  defer,
  reject,
}: ContextParts): Context {
  const context: Context = {
    name,
    log,
    count: (counter, n) => facts.count(counter, n),
    record: (fields, meta) => {
      if (Object.hasOwn(fields, '@meta')) facts.count('strangersMeta')
      return createRecord({ id: mint(), received: Date.now(), ...meta }, fields)
    },
    id: mint,
    maxRecord,
    reject,
    defer,
    waitingFor: (what, reason) => facts.waitFor(what, reason),
    listening: endpoint => facts.listening.push(endpoint),
    // Late: a daemon without a page holds neither node:http nor hono.
    serve: async (options, app, limits) =>
      (await import('../serve/server.ts')).serve(options, app, context, limits),
    admin: (path, handler) => surface.admin.set(name === surface.name ? path : `/${name}${path}`, handler),
    onReload: reload => surface.reloads.add(reload),
    certificates: view => facts.certificates.push(view),
    fatal: surface.fatal,
    stateFolder: surface.stateFolder,
    environment: surface.env,
    sockets: surface.sockets,
    signal: surface.signal,
  }
  return context
}
