import type { TestContext } from 'node:test'
import { type Logger, pino } from 'pino'
import { HandedSockets } from '../../src/lib/systemd/sockets.ts'
import type { CertificateView, Owner } from '../../src/lib/tls/certificates.ts'

/** The life of whoever uses certificates and tokens, which ends with the test. */
export class TestOwner implements Owner {
  readonly log: Logger
  /** Systemd hands over none. */
  readonly sockets = new HandedSockets({ sockets: [] })
  readonly views: CertificateView[] = []
  readonly #reloads: (() => void | Promise<void>)[] = []
  readonly #t: TestContext

  constructor(t: TestContext, log: Logger = pino({ level: 'silent' })) {
    this.#t = t
    this.log = log
  }

  readonly onReload = (reload: () => void | Promise<void>): void => {
    this.#reloads.push(reload)
  }

  readonly defer = (close: (grace: number) => void | Promise<void>): void => {
    this.#t.after(() => close(0))
  }

  readonly certificates = (view: CertificateView): void => {
    this.views.push(view)
  }

  /** What SIGHUP does; throws what one of them does. */
  reload(): void {
    for (const reload of this.#reloads) void reload()
  }
}
