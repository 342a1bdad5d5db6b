import { isUtf8 } from 'node:buffer'
import { type Child, describeEnd, WholeLines } from '../../lib/children/index.ts'
import { type Filtered, messageOf } from '../../lib/index.ts'
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
  /** Its last answer with fields gave the id back. */
  #givesIds = false

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
      if (line.text !== '' && line.text !== '\r') this.#readLine(line)
    }
    if (this.#lines.length > LONGEST)
      this.#fail('out-of-step', `it wrote a line of more than ${LONGEST} bytes`)
    this.ask()
  }

  #readLine({ text, isUtf8 }: Line): void {
    const { due } = this.#questions
    const answer = due && (isUtf8 ? readAnswer(text, due.record) : { bad: 'it is not UTF-8' })
    const fault = this.#faultOf(text, due, answer)
    if (fault === undefined) this.#accept(due!, answer!)
    else this.#fail('out-of-step', `${fault}: ${JSON.stringify(text.slice(0, SHOWN))}`)
  }

  /**
   * What shows that lines and records do not belong together. One that gives back the id of the record before, or of one
   * behind, has written a line too many, or left one out.
   */
  #faultOf(text: string, due: Q | undefined, answer: Answer | undefined): string | undefined {
    if (!due) return 'it wrote a line that was not asked for'
    if (!answer) return 'it wrote a line that is no JSON object, list or null'
    const { id } = due.record['@meta']
    // A line of a log may begin like an answer: taken for one, it would give all that follow to the wrong records. Where the command
    // says which record it speaks of, and always does, the next answer would show that.
    if ('bad' in answer)
      return this.#givesIds && text.includes(`"${id}"`)
        ? undefined
        : `it wrote a line that is no answer (${answer.bad})`
    if (answer.id === undefined || answer.id === id) return undefined
    const isAnothers = answer.id === this.#lastId || this.#questions.has(answer.id)
    return isAnothers ? 'it answered another record than the one that was due' : undefined
  }

  #accept(due: Q, answer: Answer): void {
    this.#progress = performance.now()
    this.#lastId = due.record['@meta'].id
    if ('filtered' in answer && isFilled(answer.filtered)) this.#givesIds = answer.id === this.#lastId
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
          `no answer came within ${this.#timeout} ms (does it write each line at once, and one for each record? What it takes to start is included)`,
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

/** Whether there is anything in which an id could be. */
function isFilled(filtered: Filtered): boolean {
  return Array.isArray(filtered) ? filtered.length > 0 : filtered !== null
}

interface Line {
  text: string
  isUtf8: boolean
}

function* linesOf(whole: Buffer): Generator<Line> {
  if (isUtf8(whole)) {
    for (const text of whole.toString().split('\n').slice(0, -1)) yield { text, isUtf8: true }
  } else {
    for (const text of whole.toString('latin1').split('\n').slice(0, -1)) {
      const bytes = Buffer.from(text, 'latin1')
      yield isUtf8(bytes) ? { text: bytes.toString(), isUtf8: true } : { text, isUtf8: false }
    }
  }
}
