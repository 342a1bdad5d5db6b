import { statSync } from 'node:fs'

/** Milliseconds between two looks. To look costs 10 µs; who renews certificates does it weeks before they end. */
const LOOK_EVERY = 10_000

/**
 * Calls when one of the files has become another one, by looking: also behind links that are set anew, on network file
 * systems, and with a folder in between that is replaced, where nothing tells of it. Returns the function that ends it.
 */
export function watchFiles(paths: readonly string[], changed: () => void, every = LOOK_EVERY): () => void {
  let before = stateOf(paths)
  const timer = setInterval(() => {
    const now = stateOf(paths)
    if (now === before) return
    before = now
    changed()
  }, every).unref()
  return () => clearInterval(timer)
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
