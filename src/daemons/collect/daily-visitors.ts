import { hash, randomBytes } from 'node:crypto'

const DAY = 86_400_000

/**
 * Makes ids of visitors who bring none: the same for an address and a browser at one account, for one day of UTC. The secret in them
 * is in memory only, and forgotten at midnight: nobody can find out later whose they were, nor follow anybody into the next day.
 */
export class DailyVisitors {
  #day = -1
  #secret = ''

  of(now: number, ...whom: readonly string[]): string {
    const day = Math.floor(now / DAY)
    if (day !== this.#day) {
      this.#day = day
      this.#secret = randomBytes(32).toString('base64url')
    }
    return hash('sha256', JSON.stringify([this.#secret, ...whom]), 'base64url').slice(0, 22)
  }
}
