import type { Socket } from 'node:net'
import type { LogRecord } from '../../lib/index.ts'
import type { Conversation } from '../../lib/tcp/conversation.ts'
import type { TextRecords } from '../../lib/text/oversize.ts'
import { Answers } from './answers.ts'
import { BadFrame, RelpFraming } from './framing.ts'
import { answerTo } from './offers.ts'

/** A hint, to which there is no answer: the client need not wait to find out. */
const SERVER_CLOSES = '0 serverclose 0\n'

export interface SessionOptions {
  socket: Socket
  texts: TextRecords
  /** Takes the records of messages; calls when they, and what was refused until now, are accepted. */
  take(records: LogRecord[], accepted: () => void): void
  /** So many bytes are held of a message whose end has not come. */
  held(bytes: number): void
  /** The client has sent what it must not. */
  broken(why: string): void
  /** So many messages were answered. */
  answered(messages: number): void
  /** It came without a byte in it. */
  empty(): void
  closed(): void
}

/** One connection of a client: its messages go on, and are answered as soon as they are accepted. */
export class Session implements Conversation {
  /** Settles when the connection is gone. */
  readonly gone: Promise<void>
  readonly #options: SessionOptions
  readonly #framing: RelpFraming
  readonly #answers: Answers
  #isOpen = false
  /** Nothing is heard any more; what was heard is answered. */
  #leaving = false
  /** Of the messages that have come since records were given away. */
  #numbers: number[] = []

  constructor(options: SessionOptions) {
    this.#options = options
    this.gone = new Promise(resolve => options.socket.once('close', () => resolve()))
    this.#framing = new RelpFraming(options.texts.most, (memory, start, end, last) =>
      this.#piece(memory, start, end, last),
    )
    // An answer that waited for the acknowledgement of the one before it (RFC 896) would hold up the client.
    options.socket.setNoDelay(true)
    this.#answers = new Answers((text, messages) => this.#write(text, messages))
  }

  get isKnown(): boolean {
    return this.#isOpen
  }

  data(chunk: Buffer): Promise<void> | undefined {
    if (this.#leaving) return undefined
    this.#options.texts.received = Date.now()
    try {
      this.#framing.push(chunk)
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error
      // What comes behind close is of no interest.
      if (!this.#leaving) this.#options.broken(error.message)
      this.leave()
    }
    this.#give()
    this.#options.held(this.#framing.held + this.#options.texts.held)
    return this.#answers.room()
  }

  silent(): void {
    // Who waits for an answer has no reason to speak.
    if (this.#answers.waiting) return
    // A second time: it does not even take leave.
    if (this.#leaving) this.#options.socket.destroy()
    else this.leave()
  }

  ended(): void {
    this.leave('')
  }

  end(): void {
    this.#leaving = true
    this.#options.closed()
  }

  /**
   * Listens no more, and closes the connection when what has come is answered.
   * @param last what the client is told in the end
   */
  leave(last = SERVER_CLOSES): void {
    if (this.#leaving) return
    this.#give()
    this.#leaving = true
    const { socket } = this.#options
    this.#answers.finish(() => {
      this.#write(last, 0)
      socket.destroySoon()
    })
  }

  #piece(memory: Buffer, start: number, end: number, last: boolean): void {
    if (this.#leaving) return
    if (this.#framing.command === 'syslog') this.#message(memory, start, end, last)
    else if (!last) throw new BadFrame(`${end - start} bytes and more behind ${this.#framing.command}`)
    else this.#command(memory, start, end)
  }

  #message(memory: Buffer, start: number, end: number, last: boolean): void {
    const { number } = this.#framing
    if (!this.#isOpen) throw new BadFrame('a message in front of open')
    if (number === 0) throw new BadFrame('a message as a hint, to which there is no answer')
    this.#options.texts.piece(memory, start, end, last)
    if (!last) return
    this.#numbers.push(number)
    if (start === end) this.#options.empty()
  }

  #command(memory: Buffer, start: number, end: number): void {
    const { number, command } = this.#framing
    // A hint, of which clients have none that we know.
    if (number === 0) return
    this.#give()
    if (command === 'open') this.#open(number, memory.toString('latin1', start, end))
    else if (command === 'close') {
      this.#answers.say(number, 200, 'OK')
      this.leave('')
    } else this.#answers.say(number, 500, `the command ${command} is not known`)
  }

  /** A second one is welcome too: librelp until 1.3 repeats those that were never answered (its issue 129). */
  #open(number: number, offers: string): void {
    const { code, text } = answerTo(offers)
    this.#answers.say(number, code, text)
    if (code === 200) this.#isOpen = true
    else throw new BadFrame(text)
  }

  /** What has come until now goes on: also the parts of a message that has not ended, whose answer comes behind them. */
  #give(): void {
    const [records, numbers] = [this.#options.texts.take(), this.#numbers]
    if (records.length + numbers.length === 0) return
    this.#numbers = []
    this.#options.take(records, this.#answers.expect(numbers))
  }

  #write(text: string, messages: number): void {
    const { socket } = this.#options
    if (text === '' || !socket.writable) return
    if (messages > 0) this.#options.answered(messages)
    // What is answered at once is one packet.
    if (socket.writableCorked === 0) {
      socket.cork()
      queueMicrotask(() => socket.uncork())
    }
    socket.write(text, 'latin1')
  }
}
