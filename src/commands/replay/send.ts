// Dead letters come out as the records that they were, and what is not accepted goes back into its file.
import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import type { Context, Feed, Run } from '../../lib/daemon.ts'
import { Fatal } from '../../lib/errors.ts'
import { takeLock } from '../../lib/process/lock.ts'
import type { Kept, Wanted } from './letter.ts'
import { asideOf, resume } from './put-back.ts'
import { type Progress, Round } from './round.ts'

export interface SendOptions {
  /** The file of dead letters. */
  file: string
  wanted: Wanted
  /** Leave all letters where they are. */
  keep: boolean
  /** Bytes of the longest line that is read. */
  most: number
  /** Shown to whoever waits; undefined at the end. */
  progress(at: Progress | undefined): void
}

/** Throws Fatal when somebody else is sending the same file. */
export async function openSend(options: SendOptions, context: Context): Promise<Run> {
  const { file } = options
  const release = await takeLock(`replay:${file}`)
  if (!release) throw new Fatal(`${file}: another sluice replay is sending it; wait until that has ended`)
  context.defer(release)
  const sending = new Sending(options, context)
  context.defer(() => sending.end())
  return feed => sending.run(feed)
}

class Sending {
  readonly #options: SendOptions
  readonly #log: Context['log']
  #round: Round | undefined
  #sent = 0
  #dead = 0
  readonly #kept = new Map<Kept | 'not accepted', number>()
  #ended = true

  constructor(options: SendOptions, { log }: Context) {
    this.#options = options
    this.#log = log
  }

  async run(feed: Feed): Promise<void> {
    const { file, keep, most } = this.#options
    const aside = asideOf(file)
    await resume(file, most)
    if (existsSync(aside)) {
      // Of a replay that was killed. Some of it may have been accepted; then it is sent again, under the same ids.
      await this.#send(aside, feed)
      await this.#round!.settle()
      if (feed.signal.aborted) return
      await this.#endRound()
    }
    if (!existsSync(file)) return
    if (!keep) await rename(file, aside)
    await this.#send(keep ? file : aside, feed)
  }

  /** By now it is known what was accepted. */
  async end(): Promise<void> {
    // The last promises of `emit` settle in this turn.
    await new Promise(resolve => setImmediate(resolve))
    this.#options.progress(undefined)
    await this.#endRound()
    const why = [...this.#kept].map(([reason, lines]) => `${reason} ${lines}`).join(', ')
    const kept = [...this.#kept.values()].reduce((sum, lines) => sum + lines, 0)
    const again = this.#dead > 0 ? ` (${this.#dead} refused again)` : ''
    const first = this.#sent === 0 ? 'nothing was sent' : `sent ${this.#sent}${again}`
    const last = this.#ended ? '' : '; the rest of the file was not looked at'
    this.#log.info(`${first}, kept ${kept}${why && ` (${why})`}${last}`)
  }

  async #send(path: string, feed: Feed): Promise<void> {
    const { wanted, most, progress } = this.#options
    this.#round = new Round(path, most)
    await this.#round.send(feed, wanted, ({ progress: at }) => progress(at))
  }

  async #endRound(): Promise<void> {
    const round = this.#round
    this.#round = undefined
    if (!round) return
    this.#sent += round.accepted
    this.#dead += round.dead
    const { file, keep } = this.#options
    // What the round before has put back is looked at again in this one.
    if (!keep) this.#kept.clear()
    for (const [why, lines] of round.kept) this.#kept.set(why, (this.#kept.get(why) ?? 0) + lines)
    if (round.emitted > round.accepted) this.#kept.set('not accepted', round.emitted - round.accepted)
    this.#ended = round.ended
    if (!keep) await round.putBack(file)
  }
}
