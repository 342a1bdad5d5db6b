import { isUtf8 } from 'node:buffer'
import { type Child, describeEnd, WholeLines } from '../../lib/children/index.ts'
import { messageOf } from '../../lib/index.ts'
import { type Answer, readAnswer } from './answers.ts'
import type { Cause, Question, Questions } from './questions.ts'

/** Characters that are written together. */
const PORTION = 64 * 1024
/** Bytes that an answer may have. */
const LONGEST = 16 * 2 ** 20
/** Milliseconds that it may live after it has closed its output. */
const PARTING = 1_000
/** Characters of a line that the log shows. */
const SHOWN = 200

export interface Told<Q> {
  answered(question: Q, answer: Answer): void
  /** The record cannot be written as JSON. */
  unwritable(question: Q, why: string): void
}

/** What is said between a command and us from its start to its end: a line for each record, and a line in answer. */
export class Conversation<Q extends Question> {
  /** Settles when it is over, with the reason. */
  readonly ended: Promise<Cause>
  /** Records that it has answered. */
  answered = 0
  readonly #child: Child
  readonly #questions: Questions<Q>
  readonly #timeout: number
  readonly #told: Told<Q>
  readonly #lines = new WholeLines()
  /** Why it was ended by us. */
  #cause: Cause | undefined
  /** It has more to read than its input holds. */
  #full = false
  /** When it last answered, or was asked while it had nothing to answer. */
  #progress = 0
  #timer: NodeJS.Timeout | undefined
  /** Of the record that was answered last. */
  #lastId: unknown

  /** @param timeout milliseconds that an answer may take; 0: any time */
  constructor(child: Child, questions: Questions<Q>, timeout: number, told: Told<Q>) {
    this.#child = child
    this.#questions = questions
    this.#timeout = timeout
    this.#told = told
    child.stdin.on('drain', () => {
      this.#full = false
      this.ask()
    })
    child.stdout.on('data', (piece: Buffer) => this.#read(piece))
    this.ended = this.#end()
  }

  /** Gives it as many records as it may have. */
  ask(): void {
    const { inFlight } = this.#questions
    while (!this.#full && !this.#cause) {
      const text = this.#takePortion()
      if (text === '') break
      this.#full = !this.#child.stdin.write(text)
    }
    if (inFlight === 0) this.#progress = performance.now()
    this.#watch()
  }

  #takePortion(): string {
    let text = ''
    while (text.length < PORTION) {
      const question = this.#questions.next()
      if (!question) break
      try {
        text += `${JSON.stringify(question.record)}\n`
      } catch (error) {
        this.#questions.takeBack()
        this.#told.unwritable(question, messageOf(error))
      }
    }
    return text
  }

  #read(piece: Buffer): void {
    const whole = this.#lines.take(piece)
    for (const line of whole ? linesOf(whole) : []) {
      if (this.#cause) return
      if (line === undefined) this.#accept({ bad: 'it is not UTF-8' })
      else if (line !== '' && line !== '\r') this.#readLine(line)
    }
    if (this.#lines.length > LONGEST)
      this.#fail('out-of-step', `it wrote a line of more than ${LONGEST} bytes`)
    this.ask()
  }

  #readLine(line: string): void {
    const { due } = this.#questions
    const answer = due && readAnswer(line, due.record)
    const fault = faultOf(due, answer, id => id === this.#lastId || this.#questions.has(id))
    if (fault === undefined) this.#accept(answer!)
    else this.#fail('out-of-step', `${fault}: ${JSON.stringify(line.slice(0, SHOWN))}`)
  }

  #accept(answer: Answer): void {
    const { due } = this.#questions
    if (!due) return
    this.answered++
    this.#progress = performance.now()
    this.#lastId = due.record['@meta'].id
    this.#told.answered(due, answer)
  }

  /** One timer, and not one for each record. */
  #watch(): void {
    if (this.#timeout === 0 || this.#timer || this.#questions.inFlight === 0) return
    const left = this.#progress + this.#timeout - performance.now()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#questions.inFlight > 0 && performance.now() - this.#progress >= this.#timeout)
        this.#fail(
          'no-answer',
          `no answer came within ${this.#timeout} ms (does it write each line at once, and one for each record?)`,
        )
      else this.#watch()
    }, left + 1)
  }

  #fail(reason: string, detail: string): void {
    this.#cause ??= { reason, detail }
    this.#child.signal('SIGKILL')
  }

  async #end(): Promise<Cause> {
    let closed: NodeJS.Timeout | undefined
    this.#child.stdout.once('end', () => {
      closed = setTimeout(() => this.#fail('command-died', 'it closed its output'), PARTING)
    })
    const end = await this.#child.ended
    clearTimeout(closed)
    clearTimeout(this.#timer)
    // What it had written of a line without an end is no answer.
    return this.#cause ?? { reason: 'command-died', detail: `it ended with ${describeEnd(end)}` }
  }
}

/**
 * What shows that lines and records do not belong together. One that gives back the id of the record before, or of one
 * behind, has written a line too many, or left one out.
 */
function faultOf(
  due: Question | undefined,
  answer: Answer | undefined,
  isAnothers: (id: unknown) => boolean,
): string | undefined {
  if (!due) return 'it wrote a line that was not asked for'
  if (!answer) return 'it wrote a line that is no JSON object, list or null'
  if (!('id' in answer) || answer.id === undefined || answer.id === due.record['@meta'].id) return undefined
  return isAnothers(answer.id) ? 'it answered another record than the one that was due' : undefined
}

/** Undefined for one that is not UTF-8. */
function* linesOf(whole: Buffer): Generator<string | undefined> {
  if (isUtf8(whole)) yield* whole.toString().split('\n').slice(0, -1)
  else {
    for (const line of whole.toString('latin1').split('\n').slice(0, -1)) {
      const bytes = Buffer.from(line, 'latin1')
      yield isUtf8(bytes) ? bytes.toString() : undefined
    }
  }
}
