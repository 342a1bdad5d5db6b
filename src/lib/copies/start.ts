import { type ChildProcess, spawn } from 'node:child_process'
import { inherited } from '../children/environment.ts'
import { launcher } from '../launcher.ts'
import { COPY } from './supervised.ts'

/** The process that starts copies. */
export interface Starter {
  readonly execPath: string
  readonly execArgv: readonly string[]
}

/**
 * Starts `sluice` with these words, on a channel whose end tells it that we are gone. It is in a process group of its own,
 * because Ctrl-C goes to the whole group of a terminal. What it prints goes where our log goes.
 *
 * @param links the folder of the sockets that join the stages
 */
export function startCopy(
  { execPath, execArgv }: Starter,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  links: string,
): ChildProcess {
  return spawn(execPath, [...execArgv, launcher, ...args], {
    // Variables are for the process that they were given to, not for the stages of its chain.
    env: { ...inherited(env), [COPY]: links },
    detached: true,
    stdio: ['ignore', 2, 2, 'ipc'],
  })
}
