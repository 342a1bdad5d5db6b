import { atMostEvery, type Context, type Feed, messageOf } from '../../lib/index.ts'
import type { Data, Kind, Measure, Measures } from './kinds.ts'
import type { Wanted } from './linux.ts'
import type { DiskSpace, Missed } from './space.ts'

type Counter = 'rounds' | 'slow' | 'failed'

const WARN_EVERY = 10 * 60_000
/** What has failed is remembered of so many; then it begins anew. */
const MOST_FAILURES = 1000

/** Makes events of what is measured, round by round. */
export class Reports {
  readonly #kinds: readonly Kind[]
  readonly #host: string
  readonly #context: Context<Counter>
  /** What has failed, and whether it is time to say so again. */
  readonly #failures = new Map<string, () => boolean>()
  #measures: Measures = {}
  #space: DiskSpace | undefined

  constructor(kinds: readonly Kind[], host: string, context: Context<Counter>) {
    this.#kinds = kinds
    this.#host = host
    this.#context = context
  }

  async open({ environment, ...wanted }: Wanted & { environment: NodeJS.ProcessEnv }): Promise<void> {
    if (process.platform === 'linux') {
      const [{ linuxMeasures }, { DiskSpace }] = await Promise.all([
        import('./linux.ts'),
        import('./space.ts'),
      ])
      this.#space = new DiskSpace(environment, this.#missed)
      this.#measures = linuxMeasures(wanted, this.#space)
    } else {
      const { nodeMeasures } = await import('./elsewhere.ts')
      this.#measures = nodeMeasures()
      this.#warnElsewhere()
    }
  }

  /** Emits what is known at once together, and what comes later when it comes. */
  round(time: number, { emit, signal }: Pick<Feed, 'emit' | 'signal'>): void {
    const { count, record } = this.#context
    count('rounds')
    const at = performance.now()
    const event = (kind: Kind, data: Data) =>
      record({
        type: `host.${kind}`,
        time: new Date(time).toISOString(),
        ...(this.#host !== '' && { host: this.#host }),
        data,
      })
    const events = []
    for (const kind of this.#kinds) {
      for (const data of this.#measure(kind, at)) {
        if (!(data instanceof Promise)) events.push(event(kind, data))
        else
          data.then(
            late => void (late && !signal.aborted && emit([event(kind, late)])),
            error => this.#failed(kind, error),
          )
      }
    }
    emit(events)
  }

  close(): void {
    this.#space?.close()
  }

  #measure(kind: Kind, at: number): ReturnType<Measure> {
    try {
      return (this.#measures[kind] as Measure | undefined)?.(at) ?? []
    } catch (error) {
      this.#failed(kind, error)
      return []
    }
  }

  #failed(kind: Kind, error: unknown): void {
    this.#context.count('failed')
    this.#warn(`host.${kind}`, messageOf(error))
  }

  readonly #missed: Missed = ({ path, fstype }, why, error) => {
    this.#context.count(why)
    this.#warn(`${path} (${fstype})`, error)
  }

  #warn(what: string, error: string): void {
    const mayWarn = this.#failures.get(what) ?? atMostEvery(WARN_EVERY)
    if (this.#failures.size >= MOST_FAILURES) this.#failures.clear()
    this.#failures.set(what, mayWarn)
    if (mayWarn()) this.#context.log.warn(`${what} is not measured: ${error}`)
  }

  #warnElsewhere(): void {
    const missing = this.#kinds.filter(kind => !(kind in this.#measures)).map(kind => `host.${kind}`)
    if (missing.length > 0)
      this.#context.log.warn(`this is not Linux: there is no ${missing.join(', ')}, and less in the others`)
  }
}
