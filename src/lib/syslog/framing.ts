// Cuts what comes over TCP and TLS into messages: RFC 6587 section 3.4, RFC 5425 section 4.3.
//
// | the frame begins with                    | what is done                                                        |
// |------------------------------------------|---------------------------------------------------------------------|
// | `123 <`                                  | octet counting: 123 bytes from the `<` on, whatever they are        |
// | `123 ` and something else                | octet counting if the frame before was; else a line, for there are  |
// |                                          | lines that begin with a number: `12 files copied`                   |
// | anything else                            | a line, to its LF or CR LF                                          |
// | LF, or CR LF, and nothing else           | skipped: some senders put one behind a frame that they counted      |
// | anything else, on a unix socket          | a line, to its LF, CR LF or NUL: syslog(3) ends with NUL            |
// | a count of more than ten digits, a zero  | a line                                                              |
//
// It is decided for each frame, so that one port takes both, as the section recommends.

import { Frame, type Framing, type TakePiece } from '../text/frame.ts'
import { LineEnds } from '../text/line-ends.ts'

const [NUL, LF, CR, SPACE, ZERO, NINE, LESS_THAN] = [0x00, 0x0a, 0x0d, 0x20, 0x30, 0x39, 0x3c]
const MAX_DIGITS = 10
const NOTHING = Buffer.alloc(0)

/** What the beginning of a frame says. */
type Kind = 'line' | 'octets' | 'undecided'

export class SyslogFraming implements Framing {
  readonly #frame: Frame
  /** Of the frame that is being read; between two it is undefined. */
  #kind: Kind | undefined
  /** The beginning of a frame that does not say yet what it is. */
  #undecided = NOTHING
  /** Bytes of a counted frame that have not come. */
  #left = 0
  #counted = false
  readonly #ends: LineEnds

  /**
   * @param most bytes of a piece
   * @param nul whether a NUL ends a line, too
   */
  constructor(most: number, take: TakePiece, { nul = false } = {}) {
    this.#frame = new Frame(most, take)
    this.#ends = new LineEnds(nul ? [LF, NUL] : [LF])
  }

  get held(): number {
    return this.#frame.held + this.#undecided.length
  }

  push(chunk: Buffer): void {
    const bytes = this.#undecided.length === 0 ? chunk : Buffer.concat([this.#undecided, chunk])
    this.#undecided = NOTHING
    this.#ends.begin(bytes)
    for (let at = 0; at < bytes.length; ) at = this.#read(bytes, at)
  }

  end(): void {
    const begun = this.#undecided
    this.#undecided = NOTHING
    if (this.#frame.held + begun.length > 0) this.#frame.finish(begun, 0, begun.length)
    this.#kind = undefined
  }

  /** Reads on at a position, and gives the one behind what it has read. */
  #read(bytes: Buffer, at: number): number {
    if (this.#kind === 'octets') return this.#readOctets(bytes, at)
    if (this.#kind === 'line') return this.#readLine(bytes, at)
    const start = this.#begin(bytes, at)
    if (this.#kind !== 'undecided') return start
    this.#undecided = Buffer.from(bytes.subarray(at))
    this.#kind = undefined
    return bytes.length
  }

  #readOctets(bytes: Buffer, at: number): number {
    const end = at + this.#left
    if (end > bytes.length) {
      this.#frame.add(bytes, at, bytes.length)
      this.#left = end - bytes.length
      return bytes.length
    }
    this.#kind = undefined
    this.#frame.finish(bytes, at, end)
    return end
  }

  #readLine(bytes: Buffer, at: number): number {
    const end = this.#ends.next(at)
    if (end < 0) {
      this.#frame.add(bytes, at, bytes.length)
      return bytes.length
    }
    this.#kind = undefined
    this.#frame.finishLine(bytes, at, end)
    return end + 1
  }

  /** Finds out what begins at a position, and gives the one where the message does. */
  #begin(bytes: Buffer, start: number): number {
    let at = start
    let count = 0
    for (; at < bytes.length && at - start <= MAX_DIGITS; at++) {
      const byte = bytes[at]!
      if (byte < ZERO || byte > NINE || (at === start && byte === ZERO)) break
      count = count * 10 + byte - ZERO
    }
    this.#kind = this.#kindOf(bytes, start, at)
    // An empty line behind a counted frame does not end the counting.
    if (this.#kind === 'line' && !this.#ends.isEnd(bytes[start]) && bytes[start] !== CR) this.#counted = false
    if (this.#kind !== 'octets') return start
    this.#left = count
    this.#counted = true
    return at + 1
  }

  /** @param at where the digits end that are at `start` */
  #kindOf(bytes: Buffer, start: number, at: number): Kind {
    const digits = at - start
    if (digits === 0 || digits > MAX_DIGITS) return 'line'
    if (at === bytes.length) return 'undecided'
    if (bytes[at] !== SPACE) return 'line'
    if (this.#counted) return 'octets'
    if (at + 1 === bytes.length) return 'undecided'
    return bytes[at + 1] === LESS_THAN ? 'octets' : 'line'
  }
}
