import { closeSync, writeSync } from 'node:fs'
import { codeOf } from '../errors.ts'
import { type Linux, loadLinux } from '../linux.ts'
import { checkUnixPath, unixAddress } from '../unix/address.ts'

/** Milliseconds after which it is tried again where systemd is behind with reading. */
const RETRY = 100
/** Messages that are kept for that. They are few, and what is told of later matters more. */
const MOST = 16

/** Tells systemd how the service does (sd_notify(3)). */
export class Notifier {
  readonly #linux: Linux
  readonly #address: Buffer
  #fd: number | undefined
  #unsent: string[] = []
  #timer: NodeJS.Timeout | undefined

  private constructor(linux: Linux, address: Buffer) {
    this.#linux = linux
    this.#address = address
  }

  /** @param socket a path, or `@name` in the abstract namespace. Throws an error that says why nobody can be told. */
  static async open(socket: string): Promise<Notifier> {
    if (!/^[/@]/.test(socket)) throw new Error(`${socket} is no socket of this host`)
    checkUnixPath(socket)
    // Node has no datagrams of the unix domain. It is some 25 ms of the start and 1.5 MB for who is asked (docs/systemd.md).
    const linux = await loadLinux()
    if (!linux) throw new Error('unix datagrams are sent on Linux alone, on x64, arm64, riscv64 and loong64')
    return new Notifier(linux, unixAddress(socket))
  }

  /** Sends assignments, `READY=1`, in one message. What systemd has no room for now is sent later. */
  send(...assignments: readonly string[]): void {
    this.#unsent.push(assignments.join('\n'))
    if (this.#unsent.length > MOST) this.#unsent.shift()
    this.#flush()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#disconnect()
  }

  #flush(): void {
    while (this.#unsent.length > 0) {
      if (!this.#write(this.#unsent[0]!)) {
        this.#timer ??= setTimeout(() => {
          this.#timer = undefined
          this.#flush()
        }, RETRY).unref()
        return
      }
      this.#unsent.shift()
    }
  }

  /** False when it has to be tried again. Where nobody listens any more, there is nobody to be told. */
  #write(message: string): boolean {
    // The socket may have been made anew since the last time.
    for (let tries = 0; tries < 2; tries++) {
      try {
        writeSync(this.#connect(), message)
        return true
      } catch (error) {
        if (codeOf(error) === 'EAGAIN') return false
        this.#disconnect()
      }
    }
    return true
  }

  /** A connected socket is written to like a file. */
  #connect(): number {
    if (this.#fd !== undefined) return this.#fd
    this.#fd = this.#linux.unixSocket('datagram')
    this.#linux.connect(this.#fd, this.#address)
    return this.#fd
  }

  #disconnect(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}
