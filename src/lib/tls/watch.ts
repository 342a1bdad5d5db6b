import { statSync } from 'node:fs'

/** Milliseconds between two looks. To look costs 10 µs; who renews certificates does it weeks before they end. */
const LOOK_EVERY = 10_000

/**
 * Tells when files have become others, by looking: also behind links that are set anew, on network file systems, and with a
 * folder in between that is replaced, where nothing tells of it.
 */
export class FileWatch {
  readonly #paths: readonly string[]
  #before: string

  /** To be made before they are read: what is replaced from then on is told of. */
  constructor(paths: readonly string[]) {
    this.#paths = paths
    this.#before = stateOf(paths)
  }

  /** Calls when one of them has become another one. Returns the function that ends it. */
  start(changed: () => void, every = LOOK_EVERY): () => void {
    const timer = setInterval(() => {
      const now = stateOf(this.#paths)
      if (now === this.#before) return
      this.#before = now
      changed()
    }, every).unref()
    return () => clearInterval(timer)
  }
}

/** Differs when a file was written or replaced. One that cannot be seen for a moment is being replaced. */
function stateOf(paths: readonly string[]): string {
  return paths.map(stateOfFile).join(' ')
}

function stateOfFile(path: string): string {
  try {
    const { dev, ino, size, mtimeMs } = statSync(path)
    return [dev, ino, size, mtimeMs].join(':')
  } catch {
    return ''
  }
}
