// Offers datagrams at a rate, from a process of its own: bench/blast.c where there is a C compiler, else Node.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { plainEnvironment, start } from './children.ts'
import { root } from './folder.ts'

export interface Sent {
  /** Their numbers run from here. */
  first: number
  datagrams: number
  seconds: number
}

export interface BlastOptions {
  /** So many source ports, in turn; 1 by default. */
  senders?: number
  /** RFC 5424 with so many parameters of structured data; without it RFC 3164. */
  fields?: number
  /** Events as JSON. */
  events?: boolean
}

/** In the place of a number of fields. */
export const EVENTS = -2

/** Datagrams of this run are numbered from here. */
let next = 0

/**
 * Sends to 127.0.0.1 for some seconds.
 * @param rate datagrams a second; 0 is as many as possible
 */
export async function blast(
  port: number,
  rate: number,
  seconds: number,
  size: number,
  { senders = 1, fields, events }: BlastOptions = {},
): Promise<Sent> {
  const [command, ...args] = generator()
  const first = next
  const form = events ? EVENTS : fields
  const words = [port, rate, seconds, first, size, senders, ...(form === undefined ? [] : [form])].map(String)
  const child = start(command!, [...args, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: plainEnvironment(),
  })
  let output = ''
  child.stdout!.setEncoding('utf8').on('data', text => {
    output += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the generator ended with ${code}`)
  const [datagrams = 0, took = 0] = output.split(' ').map(Number)
  next += datagrams
  return { first, datagrams, seconds: took }
}

/** What sends, for the list of parameters. */
export function generatorName(): string {
  return generator().length === 1
    ? 'bench/blast.c (sendmmsg)'
    : 'bench/support/blast-node.ts (no C compiler here)'
}

let found: string[] | undefined

function generator(): string[] {
  found ??= compiled() ?? [process.execPath, join(import.meta.dirname, 'blast-node.ts')]
  return found
}

/** The program of this very source, from the cache or compiled now. Undefined where there is no C compiler. */
function compiled(): string[] | undefined {
  const source = join(root, 'bench/blast.c')
  const version = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const folder = join(root, 'node_modules/.cache/sluice-bench')
  const program = join(folder, `blast-${version}`)
  if (existsSync(program)) return [program]
  try {
    mkdirSync(folder, { recursive: true })
    execFileSync('cc', ['-O2', '-o', `${program}.new`, source], { stdio: 'pipe' })
    renameSync(`${program}.new`, program)
    return [program]
  } catch {
    return undefined
  }
}
