import type { Socket } from 'node:net'
import type { TLSSocket, TlsOptions, Server as TlsServer } from 'node:tls'
import type { Logger } from 'pino'
import { messageOf } from '../errors.ts'
import { Handshakes } from '../tcp/handshakes.ts'
import type { Refusals } from '../tcp/refusals.ts'
import { nameOfClient } from './client-name.ts'
import { complaintsOf, type Expiry, expiriesOf } from './expiry.ts'
import { filesOf, readPem, type TlsSettings } from './files.ts'
import { serverOptions } from './pem.ts'
import { FileWatch } from './watch.ts'

/** What `/metrics` and `/status` tell of certificates. */
export interface CertificateView {
  /** The option that names the certificate. */
  readonly flag: string
  readonly expiries: readonly Expiry[]
  /** Times that the files had changed, or SIGHUP came, and they would not do. */
  readonly failedReloads: number
}

/** What belongs to the life of whoever uses certificates. */
export interface Owner {
  readonly log: Logger
  onReload(reload: () => void): void
  defer(close: () => void): void
  certificates(view: CertificateView): void
}

/** Who is asked about the connections of a server. */
export interface Gate {
  refusals: Refusals
  /** Connections at a time that have not agreed on TLS yet. */
  handshakes: number
  /** Somebody has connected. */
  accept?(socket: Socket): void
  /** TLS is agreed, and it may speak: by this name of its certificate. */
  admit?(socket: TLSSocket, name: string | undefined): void
}

const DAY = 86_400_000

/**
 * The certificates that the options of one prefix name, for all servers that use them. New ones are used as soon as they are
 * there: when their files change, and on SIGHUP. Connections that are open stay. Files that will not do (the key is not written
 * yet, say) change nothing.
 */
export class Certificates implements CertificateView {
  readonly flag: string
  readonly #settings: TlsSettings
  readonly #more: TlsOptions
  readonly #servers = new Set<TlsServer>()
  #options!: TlsOptions
  #expiries: readonly Expiry[] = []
  #failedReloads = 0

  /** Undefined where the options name none. Throws Misuse for files that will not do. */
  static open(settings: TlsSettings, owner: Owner, more: TlsOptions = {}): Certificates | undefined {
    if (!settings.cert) return undefined
    // Before they are read: what is replaced from then on is told of.
    const watch = new FileWatch(filesOf(settings))
    const certificates = new Certificates(settings, more)
    certificates.#live(owner, watch)
    return certificates
  }

  private constructor(settings: TlsSettings, more: TlsOptions) {
    this.#settings = settings
    this.#more = more
    this.flag = `${settings.flags}-cert`
    this.#read()
  }

  /** What a server is made with. */
  get options(): TlsOptions {
    return this.#options
  }

  get expiries(): readonly Expiry[] {
    return this.#expiries
  }

  get failedReloads(): number {
    return this.#failedReloads
  }

  /** Lets into a server only who may come in, and gives it what is read later. */
  guard(server: TlsServer, { refusals, handshakes: most, accept, admit }: Gate): void {
    const { flags, clientName } = this.#settings
    const handshakes = new Handshakes(most)
    server.on('connection', (socket: Socket) => {
      // It may break before TLS is agreed, which is nothing to tell of.
      socket.on('error', () => {})
      accept?.(socket)
      const oldest = handshakes.begin(socket)
      if (!oldest) return
      refusals.note('too many are about to agree on TLS', oldest)
      oldest.destroy()
    })
    server.on('tlsClientError', (error, socket) => {
      refusals.noteTls(error, socket)
      // One whose time is up Node leaves as it is: half-open, for ever, where its peer has hung up.
      socket.destroy()
    })
    server.on('secureConnection', socket => {
      handshakes.end(socket)
      const { name, refused } = nameOfClient(socket, clientName, `${flags}-client-name`)
      if (!refused) {
        admit?.(socket, name)
        return
      }
      refusals.note(refused, socket)
      socket.destroy()
    })
    this.#servers.add(server)
    server.once('close', () => this.#servers.delete(server))
  }

  #live({ log, onReload, defer, certificates }: Owner, watch: FileWatch): void {
    const complain = () => {
      for (const { level, text } of complaintsOf(this.#expiries, Date.now())) log[level](text)
    }
    const renew = () => {
      try {
        this.#read()
      } catch (error) {
        this.#failedReloads++
        throw error
      }
      log.info(`${this.flag}: certificate and key were read again`)
      complain()
    }
    certificates(this)
    complain()
    onReload(renew)
    const daily = setInterval(complain, DAY).unref()
    defer(() => clearInterval(daily))
    defer(
      watch.start(() => {
        try {
          renew()
        } catch (error) {
          log.error(`what was read before stays: ${messageOf(error)}`)
        }
      }),
    )
  }

  /** All of it or nothing. A new context has no sessions either, which somebody who is revoked by now could go on with. */
  #read(): void {
    const pem = readPem(this.#settings)!
    const options = { ...serverOptions(pem, this.#settings.flags), ...this.#more }
    for (const server of this.#servers) server.setSecureContext(options)
    this.#options = options
    this.#expiries = expiriesOf(pem, this.#settings)
  }
}
