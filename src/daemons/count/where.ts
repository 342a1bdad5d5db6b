// --store, as it is written.

import { isAbsolute } from 'node:path'

export type Where =
  /** Without a path: the file in the state folder. */
  | { kind: 'sqlite'; path: string | undefined }
  | {
      kind: 'redis'
      /** Host and port, or the path of a unix socket. */
      address: { host: string; port: number; tls: boolean } | { path: string }
      user: string | undefined
      database: number
    }

export interface StoreOptions {
  store: string
  storePasswordFile: string | undefined
  storeCa: string | undefined
  prefix: string
  remember: number
}

const EXAMPLES = 'write for example sqlite:///var/lib/sluice/count.sqlite or redis://127.0.0.1:6379'
const PORT = 6379

/** Throws RangeError that says what to write. */
export function parseStore(written: string): Where {
  if (written === 'sqlite:') return { kind: 'sqlite', path: undefined }
  const word = /^sqlite:(?!\/\/)(.+)$/s.exec(written)?.[1]
  if (word !== undefined)
    throw new RangeError(
      `"${written}": write all of the path, as in sqlite:///var/lib/sluice/${word.split('/').at(-1)}; sqlite: alone is count.sqlite in the state folder`,
    )
  const file = /^sqlite:\/\/(.*)$/s.exec(written)?.[1]
  if (file !== undefined) {
    if (isAbsolute(file)) return { kind: 'sqlite', path: file }
    throw new RangeError(`"${written}": the path begins with a slash, the third one; ${EXAMPLES}`)
  }
  const url = URL.parse(written)
  if (!url || !['redis:', 'rediss:', 'redis+unix:'].includes(url.protocol))
    throw new RangeError(`"${hidden(written)}" is no store; ${EXAMPLES}`)
  // Whatever stands in argv is read by everybody on this host.
  if (url.password)
    throw new RangeError('no password in a URL; use redis://user@host and --store-password-file')
  const user = decoded(url.username) || undefined
  return url.protocol === 'redis+unix:' ? unixSocket(url, user) : server(url, user)
}

function unixSocket(url: URL, user: string | undefined): Where {
  const path = decoded(url.pathname)
  const { db = '', ...others } = Object.fromEntries(url.searchParams)
  const isPlain = ['', 'localhost'].includes(url.host) && url.hash === '' && Object.keys(others).length === 0
  if (!isPlain || !isAbsolute(path) || path === '/')
    throw new RangeError(
      `"${url}": a unix socket is all of its path, behind three slashes, and a database, as in redis+unix:///run/redis/redis.sock?db=2`,
    )
  return { kind: 'redis', address: { path }, user, database: numberOf(db) }
}

function server(url: URL, user: string | undefined): Where {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host === '' || url.search || url.hash)
    throw new RangeError(`a Redis is redis://host:port/database, without anything behind it; ${EXAMPLES}`)
  const address = { host, port: Number(url.port || PORT), tls: url.protocol === 'rediss:' }
  return { kind: 'redis', address, user, database: numberOf(url.pathname.slice(1)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RangeError(`"${text}": a % itself is written %25`)
  }
}

function numberOf(text: string): number {
  if (/^\d{0,4}$/.test(text)) return Number(text)
  throw new RangeError(`"${text}" is not the number of a database, as in redis://127.0.0.1:6379/2`)
}

/** What was meant as a password is not printed. */
function hidden(text: string): string {
  return text.replace(/(\/\/[^/@]*:)[^@]*@/, '$1…@')
}
