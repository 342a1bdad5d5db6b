import { type ClientRequest, get as getPlain, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { codeOf, messageOf } from '../errors.ts'
import type { Credentials, Door } from './doors.ts'

/** A daemon answers in milliseconds, unless it is stopped or the machine is very busy. */
const PATIENCE = 3_000
/** Bytes of an answer: what a daemon with hundreds of links and senders says has less than one MiB. */
const MOST = 4 * 2 ** 20
/** How many are asked at a time: all of them could answer with that much. */
const AT_ONCE = 32
/** How long one waits for its turn: so many may not answer that all of them would take minutes. */
const MOST_WAIT = 5_000

/**
 * Asks an admin face for what is at a path. Rejects when nobody answers, or too late, or too much, or with something else than 200.
 * @param connected called with the connection, as soon as there is one
 * @param mostWait milliseconds after which it is not asked any more when others still are
 */
export async function askDoor(
  door: Door,
  path: string,
  credentials: Credentials = {},
  connected: (socket: Socket) => void = () => {},
  mostWait = MOST_WAIT,
): Promise<string> {
  await takeTurn(performance.now() + mostWait)
  try {
    return await ask(door, path, credentials, connected)
  } finally {
    asking--
    waiting.shift()?.()
  }
}

let asking = 0
const waiting: (() => void)[] = []

async function takeTurn(last: number): Promise<void> {
  while (asking >= AT_ONCE) {
    // Nobody is asked for longer than PATIENCE, so each is called in time.
    if (performance.now() < last) await new Promise<void>(go => waiting.push(go))
    if (performance.now() < last) continue
    waiting.shift()?.()
    throw new Error('it was not asked: too many others do not answer')
  }
  asking++
}

async function ask(
  door: Door,
  path: string,
  credentials: Credentials,
  connected: (socket: Socket) => void,
): Promise<string> {
  const get = await getter(door, path, credentials, AbortSignal.timeout(PATIENCE))
  return read(get, 'socketPath' in door.request ? connected : undefined)
}

/**
 * Asks for what goes on until either side has enough of it. Rejects when nobody answers, or too late, or with something else than 200.
 * @param signal ends it
 */
export async function followDoor(
  door: Door,
  path: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), PATIENCE)
  try {
    const get = await getter(door, path, credentials, AbortSignal.any([signal, late.signal]))
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    get(resolve).on('error', reject)
    const response = await promise
    if (response.statusCode === 200) return response
    return await refusalOf(response)
  } finally {
    clearTimeout(timer)
  }
}

async function refusalOf(response: IncomingMessage): Promise<never> {
  let body = ''
  for await (const part of response.setEncoding('utf8')) {
    body += part
    if (body.length > MOST) break
  }
  throw refusal(response.statusCode, body)
}

function refusal(status: number | undefined, body: string): Error {
  return new Refusal(`HTTP ${status}: ${body.split('\n')[0]!.slice(0, 200)}`, status ?? 0)
}

/** An answer that is no 200. */
export class Refusal extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

type Getter = (answer: (response: IncomingMessage) => void) => ClientRequest

async function getter(
  { request, below }: Door,
  path: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Getter> {
  const options = {
    ...('socketPath' in request ? request : { host: request.host, port: request.port }),
    ...{ path: below + path, agent: false, signal },
  }
  if ('socketPath' in request) return answer => getPlain(options, answer)
  const { token, ...tls } = credentials
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  if (!request.isSecure) return answer => getPlain({ ...options, headers }, answer)
  const { get } = await import('node:https')
  return answer => get({ ...options, ...tls, headers }, answer)
}

/** Why there was no answer, in words, and whether there is nobody at all. */
export function whyNoAnswer(error: unknown): { why: string; nobody: boolean } {
  const code = codeOf(error) ?? ''
  const nobody = ['ECONNREFUSED', 'ENOENT'].includes(code)
  const slow = code === 'ABORT_ERR' || (error as Error).name === 'TimeoutError'
  const why = nobody ? 'nobody answers' : slow ? `no answer within ${PATIENCE / 1000} s` : wordsOf(error)
  return { why, nobody }
}

const WORDS: { readonly [code: string]: string } = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an authority that is not known here; give --ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority that is not known here; give --ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority that is not known here; give --ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is its own authority; give it as --ca',
  CERT_HAS_EXPIRED: 'its certificate has run out',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate; give --cert and --key',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; write http://',
}

function wordsOf(error: unknown): string {
  return WORDS[codeOf(error) ?? ''] ?? messageOf(error)
}

function read(get: Getter, connected: (socket: Socket) => void = () => {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(response => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        if (size > MOST) response.destroy(new Error('what answers there is no daemon of Sluice'))
        else parts.push(part)
      })
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(parts).toString()
        if (response.statusCode === 200) resolve(body)
        else reject(refusal(response.statusCode, body))
      })
    })
    request.on('error', reject)
    request.on('socket', socket => {
      if (socket.connecting) socket.once('connect', () => connected(socket))
      else connected(socket)
    })
  })
}
