import type { Logger } from 'pino'
import type { Endpoint } from '../endpoint.ts'
import { codeOf } from '../errors.ts'
import type { LinkStatus } from './link.ts'

/** Milliseconds without anybody after which it is told, at the start. */
const FIRST = 5_000
/** Milliseconds in which the same is told once. */
const ONCE_IN = 60_000

/** The host, without the brackets of IPv6. */
const TCP = /^tcp:\/\/\[?([^\]]+?)\]?:\d+$/

/** Tells the log whether anybody is connected at an endpoint. */
export class Company {
  readonly #endpoint: Endpoint
  readonly #status: LinkStatus
  readonly #log: Logger
  readonly #level: 'info' | 'debug'
  #isThere = false
  /** As the log has it: that nobody is connected any more, it is told once a minute. */
  #isConnected = false
  #alone: NodeJS.Timeout | undefined
  #toldAlone = Number.NEGATIVE_INFINITY

  constructor(endpoint: Endpoint, status: LinkStatus, log: Logger) {
    this.#endpoint = endpoint
    this.#status = status
    this.#log = log
    this.#level = endpoint.inner ? 'debug' : 'info'
  }

  /** Where nobody comes at first, it may be a mistake. */
  await(): void {
    this.#alone = setTimeout(async () => {
      const why = await whyNobody(this.#endpoint)
      if (!this.#isThere) this.#log.info(`${this.#status.endpoint}: nobody is connected yet${why}`)
    }, FIRST).unref()
  }

  came(): void {
    clearTimeout(this.#alone)
    if (!this.#isConnected) this.#log[this.#level](`${this.#status.endpoint}: connected`)
    this.#isThere = true
    this.#isConnected = true
  }

  /** The last one has left. */
  left(): void {
    const since = performance.now() - this.#toldAlone
    this.#isThere = false
    this.#alone = setTimeout(() => this.#tellAlone(), Math.max(0, ONCE_IN - since)).unref()
  }

  close(): void {
    clearTimeout(this.#alone)
  }

  #tellAlone(): void {
    this.#toldAlone = performance.now()
    this.#log[this.#level](`${this.#status.endpoint}: nobody is connected any more`)
    this.#isConnected = false
  }
}

/** libzmq looks a name up again and again, and says nothing. */
async function whyNobody({ mode, address }: Endpoint): Promise<string> {
  const [, host] = TCP.exec(address) ?? []
  if (mode === 'bind' || host === undefined) return ''
  const { lookup } = await import('node:dns/promises')
  try {
    await lookup(host)
    return ''
  } catch (error) {
    return `: the name ${host} is not known (${codeOf(error)})`
  }
}
