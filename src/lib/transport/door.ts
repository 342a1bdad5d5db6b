import { Reply } from 'zeromq'
import type { Allowed, AllowList } from '../curve/allow-list.ts'
import { encodeZ85 } from '../curve/z85.ts'
import type { Endpoint } from '../endpoint.ts'
import { Fatal, messageOf } from '../errors.ts'
import { atMostEvery } from '../throttle.ts'
import type { LinkContext, LinkStatus } from './link.ts'

// Who may connect to links with keys. libzmq asks whoever is bound to this address in its process (ZAP, ZeroMQ RFC 27): one for all of
// them. Where nobody answers nobody comes in, because each link has a domain that is enforced.

const ADDRESS = 'inproc://zeromq.zap.01'
/** Milliseconds in which a refusal is told once. */
const ONCE_IN = 60_000

type DoorContext = Pick<LinkContext, 'log' | 'onReload' | 'fatal'>

/** Who may come in at one bound link. */
export class Door {
  /** By which libzmq asks for it. */
  readonly domain: string
  readonly #allow: AllowList
  readonly #status: LinkStatus
  readonly #context: DoorContext
  readonly #complain = atMostEvery(ONCE_IN)
  /** Those that came in, by their keys. */
  readonly #admitted = new Map<string, Allowed>()

  constructor(allow: AllowList, status: LinkStatus, context: DoorContext) {
    this.domain = `sluice-${++doorsMade}`
    this.#allow = allow
    this.#status = status
    this.#context = context
    status.refused = 0
    // Names are what somebody has called his key.
    status.senders = Object.create(null)
  }

  /** @param revoked told when somebody who came in is not allowed any more, or by another name */
  async open(revoked: () => void): Promise<void> {
    await doorkeeper.attend(this, this.#context)
    this.#context.onReload(() => {
      this.#allow.reload()
      this.#context.log.info(`${this.#status.endpoint}: ${this.#allow.path}: ${this.#allow.size} may connect`)
      const changed = [...this.#admitted].filter(([key, before]) => {
        const now = this.#allow.find(key)
        return now?.name !== before.name || now.relay !== before.relay
      })
      for (const [key] of changed) this.#admitted.delete(key)
      if (changed.length > 0) revoked()
    })
  }

  close(): void {
    doorkeeper.leave(this)
  }

  /** Who has this key, if it may come in. */
  find(key: string): Allowed | undefined {
    return this.#allow.find(key)
  }

  /** Whom each of those who come in is: what is known of one who has not said so. */
  get anybody(): { name: string | undefined; relay: boolean } {
    return this.#allow.common
  }

  admit(key: string, address: string): Allowed | undefined {
    const allowed = this.#allow.find(key)
    if (allowed) {
      this.#admitted.set(key, allowed)
      senderOf(this.#status, allowed.name).admitted++
      return allowed
    }
    this.#status.refused!++
    if (this.#complain())
      this.#context.log.warn(
        `${this.#status.endpoint}: refused ${address}: its key is not in ${this.#allow.path}; to let it in, add the line: ${key} NAME`,
      )
    return undefined
  }
}

/** What a link counts of a sender by its name. */
export function senderOf(status: LinkStatus, name: string): { admitted: number; records: number } {
  const senders = status.senders!
  senders[name] ??= { admitted: 0, records: 0 }
  return senders[name]
}

/** The door of a link that has one, which is not open yet. */
export function doorOf({ keys }: Endpoint, status: LinkStatus, context: DoorContext): Door | undefined {
  return keys?.allow && new Door(keys.allow, status, context)
}

let doorsMade = 0

/** Answers for all doors of this process, as long as there are any. */
class Doorkeeper {
  readonly #doors = new Map<string, Door>()
  #socket: Reply | undefined
  #bound: Promise<void> | undefined

  async attend(door: Door, { fatal }: DoorContext): Promise<void> {
    this.#doors.set(door.domain, door)
    this.#bound ??= this.#open(fatal)
    await this.#bound
  }

  leave(door: Door): void {
    this.#doors.delete(door.domain)
    if (this.#doors.size > 0) return
    this.#socket?.close()
    this.#socket = undefined
    this.#bound = undefined
  }

  async #open(fatal: (error: unknown) => void): Promise<void> {
    const socket = new Reply({ linger: 0 })
    this.#socket = socket
    try {
      await socket.bind(ADDRESS)
    } catch (error) {
      throw new Fatal(`links with keys: ${ADDRESS}: ${messageOf(error)}`)
    }
    this.#answer(socket).catch(error => {
      // Closed on purpose: what is pending ends in EAGAIN. Else nobody could come in any more.
      if (!socket.closed) fatal(error)
    })
  }

  async #answer(socket: Reply): Promise<void> {
    while (!socket.closed) await socket.send(this.#answerTo(await socket.receive()))
  }

  #answerTo([version, id, domain, address, , mechanism, key]: Buffer[]): (Buffer | string)[] {
    const door = this.#doors.get(String(domain))
    const sound = String(version) === '1.0' && String(mechanism) === 'CURVE' && key?.length === 32
    const allowed = sound ? door?.admit(encodeZ85(key), String(address)) : undefined
    return ['1.0', id ?? '', ...(allowed ? ['200', 'OK', allowed.name] : ['400', 'not allowed', '']), '']
  }
}

const doorkeeper = new Doorkeeper()
