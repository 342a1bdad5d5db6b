// Ends the children of a process that cannot do it any more, because it was killed with SIGKILL.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'

// One shell for all children of the process. It reads process groups, `-GROUP` when one has ended, until the last end of
// its input is closed; then it kills those that are left. Linux can have a child killed with its parent
// (PR_SET_PDEATHSIG in prctl(2)), but only when the child asks for it, and then none of those that it started itself.
const GUARD = `trap '' HUP INT QUIT TERM
groups=' '
while read -r group; do
  case $group in
    -*) group=\${group#-}
      case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
    *) groups="$groups$group " ;;
  esac
done
for group in $groups; do kill -KILL "-$group"; done 2>&-`

/**
 * Tells the guard of itself before it becomes the command: so there is no moment in which nobody knows of it. (The socket does not
 * block, and may be full while the guard does not get its turn. Nothing here goes to /dev/null: it is not everybody's everywhere.)
 */
const ENROL = 'until echo $$ >&3; do sleep 0.1; done 2>&-; exec "$@" 3>&-'

export const SHELL = '/bin/sh'

/** The words that start a command in the care of a guard, whose input is descriptor 3. None of them is read by the shell. */
export function enrolled(command: readonly string[]): string[] {
  return ['-c', ENROL, 'sluice', ...command]
}

/** The guard of this process: it is there as long as there are children. */
export class Guard {
  readonly #groups = new Set<number>()
  #shell: ChildProcess | undefined

  /** What a child is given as descriptor 3, if it is open. The guard goes on until the last one who has it is gone. */
  get input(): Writable | undefined {
    return this.#shell?.stdin ?? undefined
  }

  /** Opens it. Rejects with the error of the system. */
  async open(): Promise<Writable> {
    const shell = this.#start()
    if (shell.pid === undefined) throw (await once(shell, 'error'))[0]
    this.#shell = shell
    return shell.stdin!
  }

  /** It has enrolled itself; from now on it is also known here, should the guard have to be replaced. */
  add(group: number): void {
    this.#groups.add(group)
  }

  /** Nothing is left of it. */
  remove(group: number): void {
    this.#groups.delete(group)
    this.#shell?.stdin?.write(`-${group}\n`)
  }

  #start(): ChildProcess {
    const shell = spawn(SHELL, ['-c', GUARD], {
      // Ctrl-C is for the daemon, which ends its children in order.
      detached: true,
      cwd: '/',
      env: {},
      stdio: ['pipe', 2, 2],
    })
    shell.on('error', () => {})
    if (shell.pid === undefined) return shell
    shell.unref()
    const input = shell.stdin as Writable & { unref(): void }
    input.unref()
    input.on('error', () => {})
    shell.once('exit', () => this.#replace(shell))
    for (const group of this.#groups) input.write(`${group}\n`)
    return shell
  }

  /** Somebody killed it. Where there cannot be another one now, the next child asks for it. */
  #replace(shell: ChildProcess): void {
    if (this.#shell !== shell) return
    this.#shell = undefined
    if (this.#groups.size === 0) return
    this.open().catch(() => {})
  }
}
