import type { LiveCounter } from './options.ts'
import { hasShare, Tally } from './tally.ts'

/** All who are there, charts among them: how many, and of which accounts. */
export class Crowd {
  readonly #most: number
  readonly #count: (counter: LiveCounter) => void
  readonly #accounts = new Tally()
  #here = 0

  constructor(most: number, count: (counter: LiveCounter) => void) {
    this.#most = most
    this.#count = count
  }

  /** Why nobody more can come in who may see this account (undefined: everything); undefined when there is room. */
  refusal(account: string | undefined): string | undefined {
    if (hasShare(account, this.#accounts.of(account ?? ''), this.#here, this.#most)) return undefined
    const whose = this.#here < this.#most ? ' of this account' : ''
    return `too many clients${whose} at once; try again when others have left`
  }

  enter(account = ''): void {
    this.#here++
    this.#accounts.add(account)
    this.#count('clients')
  }

  leave(account = ''): void {
    this.#here--
    this.#accounts.remove(account)
    this.#count('clientsLeft')
  }
}
