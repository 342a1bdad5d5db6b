import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../process/log.ts'
import { takeName } from '../process/place.ts'
import { ALONE } from './alone.ts'

/** Milliseconds between two looks. */
const PERIOD = 50

/**
 * Waits until no copy of an earlier life of this name is left: when the process that had started them was killed, they
 * still give out what they had. Who is there for longer is none of them, and the new copy will say so.
 */
export async function awaitEarlierLife(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + ALONE + 1_000
  let said = false
  for (const name of names) {
    while (!signal.aborted && performance.now() < until && !(await isFree(name, env))) {
      if (!said) log.info(`${name} of an earlier life is still there: waiting until it has ended`)
      said = true
      await wait(PERIOD)
    }
  }
}

async function isFree(name: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const release = await takeName(name, env)
  release?.()
  return release !== undefined
}
