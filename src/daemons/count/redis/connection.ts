import { atMostEvery, Backoff, type Context, Misuse, messageOf } from '../../../lib/index.ts'
import { readOptionFile } from '../../../lib/option-file.ts'
import { Unavailable } from '../store.ts'
import type { Where } from '../where.ts'

/** A connection on which nothing comes for so long is dead; milliseconds. */
const SILENCE = 20_000
const PING = 5_000
const CONNECT_WITHIN = 10_000
const NOT_YET = 'not reached yet'

type Address = Extract<Where, { kind: 'redis' }>

export interface Secrets {
  storePasswordFile: string | undefined
  storeCa: string | undefined
}

/** A connection to Redis, which is made again whenever it breaks, without end. */
export interface Connection {
  /** Its name in messages. */
  readonly where: string
  /** Sends a command; throws Unavailable when there is no connection, and what the server says. */
  // biome-ignore lint/suspicious/noExplicitAny: each command answers in a form of its own
  send(...words: readonly (string | Buffer)[]): Promise<any>
  /** Says what is wrong with the store, and since it is well again, nothing. */
  note(problem: string | undefined): void
}

/** Begins to connect. Throws Misuse for files that will not do. */
export async function connect(address: Address, secrets: Secrets, context: Context): Promise<Connection> {
  // Imported here: --help need not wait for it.
  const { createClient } = await import('@redis/client')
  const where = nameOf(address)
  const backoff = new Backoff(50, 2_000)
  const complain = atMostEvery(60_000)
  const client = createClient({
    ...credentials(address, secrets),
    ...{ RESP: 2 as const, database: address.database, name: 'sluice-count', disableOfflineQueue: true },
    ...{ pingInterval: PING, maintNotifications: 'disabled' as const },
    socket: { ...socketOf(address, secrets), ...times(() => backoff.next()) },
  })
  let isUsed = false
  const note = (problem: string | undefined) => {
    isUsed ||= problem === undefined
    context.waitingFor('store', problem && `${where}: ${problem}`)
    if (problem && problem !== NOT_YET && complain())
      context.log.warn(`${where} cannot be used now: ${problem}; trying again, nothing is lost`)
  }
  note(NOT_YET)
  client.on('error', error => note(reasonOf(error)))
  client.on('ready', () => {
    backoff.reset()
    // Whether it can be used for the first time has to be seen.
    if (isUsed) note(undefined)
  })
  client.connect().catch(() => {})
  context.defer(() => client.destroy())
  return {
    ...{ where, note },
    async send(...words) {
      if (!client.isReady) throw new Unavailable(`${where} is not reached now`)
      return client.sendCommand([...words])
    },
  }
}

function times(next: () => number) {
  return { reconnectStrategy: next, connectTimeout: CONNECT_WITHIN, socketTimeout: SILENCE }
}

function socketOf({ address }: Address, { storeCa }: Secrets) {
  if ('path' in address) return { path: address.path, tls: false as const }
  const { host, port, tls } = address
  if (!tls) return { host, port }
  const ca = storeCa === undefined ? {} : { ca: readOptionFile('--store-ca', storeCa) }
  return { host, port, tls: true as const, servername: host, ...ca }
}

function credentials({ user }: Address, { storePasswordFile: file }: Secrets) {
  if (file === undefined) return {}
  const password = readOptionFile('--store-password-file', file).toString().trim()
  if (password === '') throw new Misuse(`--store-password-file ${file}: the file is empty`)
  return { password, ...(user && { username: user }) }
}

function nameOf({ address }: Address): string {
  if ('path' in address) return `Redis at ${address.path}`
  return `Redis at ${address.host}:${address.port}`
}

/** One line, with what to do about it. */
export function reasonOf(error: unknown): string {
  const message = messageOf(error)
  const [first = ''] = message.split(' ', 1)
  // So says Redis 7.0 of what a script may not do.
  const word = /user executing the script/.test(message) ? 'NOPERM' : first
  const hint = HINTS[word]
  return hint ? `${message} (${hint})` : message
}

const HINTS: { readonly [word: string]: string } = {
  NOAUTH: 'give --store-password-file',
  WRONGPASS: 'see --store-password-file, and the user in the URL',
  NOPERM: 'the user may do too little; docs/count.md has an ACL SETUSER that will do',
  READONLY: 'this is a replica; give the address of the primary',
  MOVED: 'a cluster is not supported: a change is of keys in several slots; give a single Redis',
  CROSSSLOT: 'a cluster is not supported: a change is of keys in several slots; give a single Redis',
  OOM: 'it has reached its maxmemory; give it more, or keep less: --keep-minutes',
  MISCONF: 'it cannot write to its disk',
}
