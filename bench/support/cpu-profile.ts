// What a .cpuprofile says (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile): the time of
// each function itself, without what it calls, and the same by module.

interface CallFrame {
  functionName: string
  /** Of the script; empty for what V8 itself does, and for native functions. */
  url: string
  /** From 0. */
  lineNumber: number
}

export interface CpuProfile {
  /** Microseconds of the clock that all processes of a host share, as process.hrtime(). */
  startTime: number
  nodes: readonly { id: number; callFrame: CallFrame }[]
  /** Ids of nodes. */
  samples: readonly number[]
  /** Microseconds before each sample. */
  timeDeltas: readonly number[]
}

/**
 * Microseconds of self time, the most first. `(idle)` is none.
 *
 * @param from what is earlier does not count, on the clock of startTime
 */
export function selfTimes(
  { startTime, nodes, samples, timeDeltas }: CpuProfile,
  nameOf: (frame: CallFrame) => string,
  from = 0,
): [name: string, microseconds: number][] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map<string, number>()
  let at = startTime
  samples.forEach((id, n) => {
    at += timeDeltas[n]!
    const frame = frames.get(id)!
    if (at < from || frame.functionName === '(idle)') return
    const name = nameOf(frame)
    times.set(name, (times.get(name) ?? 0) + timeDeltas[n]!)
  })
  return [...times].sort(([, a], [, b]) => b - a)
}

/** `parse src/lib/syslog/rfc3164.ts:12` */
export function functionName({ functionName, url, lineNumber }: CallFrame): string {
  const place = placeOf(url)
  return `${functionName || '(anonymous)'}${place && ` ${place}:${lineNumber + 1}`}`
}

/** A file of ours, a package, a module of Node, or what V8 calls what has no script: `(garbage collector)`. */
export function moduleName({ functionName, url }: CallFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)'
  const place = placeOf(url)
  return /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(place)?.[1] ?? place
}

/** Whose time it is: ours, of packages, of Node's own modules, or of V8 and native code. */
export function ownerName(frame: CallFrame): string {
  const module = moduleName(frame)
  if (module.startsWith('(')) return module
  if (frame.url.startsWith('node:')) return "node's own modules"
  return frame.url.includes('/node_modules/') ? 'packages' : 'ours'
}

/** From the folder on that says whose it is. */
function placeOf(url: string): string {
  if (url.startsWith('node:')) return url
  const folders = url.includes('/node_modules/') ? /^.*\/(?=node_modules\/)/ : /^.*\/(?=(src|dist)\/)/
  return url.replace(folders, '')
}
