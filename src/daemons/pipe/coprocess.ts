import { type Child, ErrorLog, type LastLines, startChild } from '../../lib/children/index.ts'
import {
  atMostEvery,
  Backoff,
  Fatal,
  type FilterContext,
  type Filtered,
  type LogRecord,
  messageOf,
} from '../../lib/index.ts'
import type { Answer } from './answers.ts'
import { Conversation } from './conversation.ts'
import { type Cause, Question, type QuestionLimits, Questions } from './questions.ts'

export type Counter = 'restarts' | 'repeated'

export interface CoprocessOptions extends QuestionLimits {
  command: readonly string[]
  environment: NodeJS.ProcessEnv
  /** Milliseconds that an answer may take; 0: any time. */
  timeout: number
  context: FilterContext<Counter>
}

/** Records that were asked together. */
interface Round {
  outcomes: (Answer | Cause)[]
  left: number
  done: PromiseWithResolvers<void>
}

class Asked extends Question {
  readonly round: Round
  readonly index: number

  constructor(record: LogRecord, round: Round, index: number) {
    super(record)
    this.round = round
    this.index = index
  }

  settle(outcome: Answer | Cause): void {
    this.round.outcomes[this.index] = outcome
    if (--this.round.left === 0) this.round.done.resolve()
  }
}

/** Milliseconds that it has to end after the end of its input. */
const PARTING = 2_000

/** A command that answers each record, started again whenever it dies. */
export class Coprocess {
  readonly #options: CoprocessOptions
  readonly #questions: Questions<Asked>
  readonly #errors: ErrorLog
  readonly #backoff = new Backoff()
  readonly #complain = atMostEvery(60_000)
  readonly #closing = new AbortController()
  readonly #lives: Promise<void>
  #child: Child | undefined
  #conversation: Conversation<Asked> | undefined
  #hasAnswered = false

  constructor(options: CoprocessOptions) {
    this.#options = options
    this.#questions = new Questions(options)
    this.#errors = new ErrorLog(options.context.log)
    this.#lives = this.#live()
  }

  /** Asks about all of them; resolves to what becomes of each. */
  async ask(records: readonly LogRecord[]): Promise<(record: LogRecord, index: number) => Filtered> {
    const round: Round = { outcomes: [], left: records.length, done: Promise.withResolvers() }
    records.forEach((record, index) => {
      this.#questions.add(new Asked(record, round, index))
    })
    this.#conversation?.ask()
    if (records.length > 0) await round.done.promise
    return (record, index) => {
      const outcome = round.outcomes[index]!
      if ('filtered' in outcome) return outcome.filtered
      const { reason, detail } = 'bad' in outcome ? { reason: 'bad-answer', detail: outcome.bad } : outcome
      return this.#options.context.reject(record, reason, detail)
    }
  }

  /** No more records come. */
  end(): void {
    this.#questions.end()
    this.#giveUpHopeless()
  }

  /** It has nothing to answer any more, or nobody waits for it. */
  async close(grace: number): Promise<void> {
    this.#closing.abort()
    this.#child?.stdin.end()
    const stopped = Promise.withResolvers<void>()
    const parting = setTimeout(
      () => {
        const stop = this.#child?.stop(Math.max(0, grace - PARTING))
        // One that cannot be ended is not waited for.
        stop?.then(stopped.resolve, stopped.reject)
      },
      Math.min(grace, PARTING),
    )
    await Promise.race([this.#lives, stopped.promise])
    clearTimeout(parting)
    this.#errors.close()
  }

  async #live(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#liveOnce()
      await this.#backoff.wait(signal).catch(() => {})
    }
  }

  async #liveOnce(): Promise<void> {
    const { command, environment, timeout, context } = this.#options
    let stderr: LastLines | undefined
    let cause: Cause
    try {
      const child = await startChild({ command, environment, stdin: 'pipe', stdout: 'pipe' })
      stderr = this.#errors.read(child.stderr, { pid: child.pid })
      this.#child = child
      this.#conversation = new Conversation(child, this.#questions, timeout, {
        answered: (question, answer) => this.#answered(question, answer),
        unwritable: (question, detail) => question.settle({ reason: 'unwritable', detail }),
      })
      this.#conversation.ask()
      // It may have been closed meanwhile.
      if (this.#closing.signal.aborted) await child.stop(0)
      cause = await this.#conversation.ended
    } catch (error) {
      cause = { reason: 'command-died', detail: `it cannot be started: ${messageOf(error)}` }
    }
    this.#child = undefined
    this.#conversation = undefined
    if (!this.#closing.signal.aborted) this.#died(cause, String(stderr ?? ''))
    else context.log.debug(cause, 'the command has ended')
  }

  #answered(question: Asked, answer: Answer): void {
    const { context } = this.#options
    this.#hasAnswered = true
    this.#backoff.reset()
    context.waitingFor('command', undefined)
    this.#questions.answered()
    question.settle(answer)
  }

  #died({ reason, detail }: Cause, stderr: string): void {
    const { context } = this.#options
    const repeated = this.#questions.inFlight
    const said = stderr === '' ? detail : `${detail}; its last words: ${stderr}`
    const guilty = this.#questions.died({ reason, detail: said })
    guilty?.settle(guilty.cause!)
    context.count('restarts')
    context.count('repeated', repeated)
    context.waitingFor('command', `the command died: ${detail}`)
    if (this.#complain()) {
      context.log.error(
        { reason, detail, unanswered: repeated, ...(stderr && { stderr }) },
        'the command died; it is started again',
      )
    }
    this.#giveUpHopeless()
  }

  /** What has never answered anything is broken, and whoever started it should see that. */
  #giveUpHopeless(): void {
    if (!this.#questions.hopeless) return
    const { context } = this.#options
    const left = this.#questions.giveUp()
    const { detail } = left.at(-1)!.cause!
    if (this.#hasAnswered) for (const guilty of left) guilty.settle(guilty.cause!)
    else context.fatal(new Fatal(`the command died before it had answered anything: ${detail}`))
  }
}
