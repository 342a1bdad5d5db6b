import type { IncomingMessage } from 'node:http'
import { messageOf } from '../../lib/index.ts'
import type { Coding } from '../../lib/serve/content.ts'
import { BodyRate } from './body-rate.ts'
import { createDecompressor, type Decompressor } from './decompress.ts'
import { Gone, Refusal } from './refusal.ts'

const CLOSE = { connection: 'close' }

export interface BodyReaderOptions {
  coding: Coding | undefined
  /** The most bytes, decompressed. */
  most: number
  /** Takes a piece; the next one comes when its promise, where there is one, has resolved. */
  take(chunk: Buffer): Promise<void> | undefined
}

/** A body that is being read. */
export class BodyReader {
  /** Resolves at its end; rejects with Refusal or Gone. */
  readonly done: Promise<void>
  readonly #incoming: IncomingMessage
  readonly #options: BodyReaderOptions
  readonly #decompressor: Decompressor | undefined
  readonly #rate = new BodyRate(() => this.refuse(new Refusal(408, 'the body comes too slowly', CLOSE)))
  readonly #settle: PromiseWithResolvers<void> = Promise.withResolvers()
  /** What has come, and what that was decompressed. */
  #received = 0
  #bytes = 0
  #isOver = false

  constructor(incoming: IncomingMessage, options: BodyReaderOptions) {
    this.#incoming = incoming
    this.#options = options
    this.#decompressor = options.coding && createDecompressor(options.coding)
    this.done = this.#settle.promise
    // It may have been closed before anybody listened.
    if (incoming.destroyed) this.#closed()
    else this.#begin()
  }

  /** Reads no more. */
  refuse(reason: Error): void {
    if (this.#isOver) return
    this.#leave()
    this.#settle.reject(reason)
  }

  #begin(): void {
    const incoming = this.#incoming.on('close', this.#closed)
    if (this.#decompressor) {
      this.#decompressor.on('error', error => this.refuse(this.#notCompressed(messageOf(error))))
      incoming.on('data', this.#came).pipe(this.#decompressor)
    }
    const plain = this.#decompressor ?? incoming
    plain.on('data', this.#data).on('end', this.#end)
  }

  readonly #came = (chunk: Buffer): void => {
    this.#received += chunk.length
    this.#rate.came(chunk.length)
  }

  readonly #data = (chunk: Buffer): void => {
    if (this.#isOver) return
    if (!this.#decompressor) this.#came(chunk)
    this.#bytes += chunk.length
    try {
      if (this.#bytes > this.#options.most) throw tooLarge(this.#options.most)
      const room = this.#options.take(chunk)
      if (room) this.#wait(room)
    } catch (error) {
      this.refuse(error as Error)
    }
  }

  async #wait(room: Promise<void>): Promise<void> {
    const plain = this.#decompressor ?? this.#incoming
    plain.pause()
    this.#rate.pause()
    try {
      await room
      if (this.#isOver) return
      this.#rate.resume()
      plain.resume()
    } catch (error) {
      this.refuse(error as Error)
    }
  }

  readonly #end = (): void => {
    if (this.#isOver) return
    // Of several frames of zstd that come at once, Node reads the first one, and says nothing of the others.
    if (this.#decompressor && this.#decompressor.bytesWritten < this.#received) {
      this.refuse(this.#notCompressed('there is something behind its end'))
      return
    }
    this.#leave()
    this.#settle.resolve()
  }

  /** Before its end: whether by its client, a broken connection, or a limit of Node. */
  readonly #closed = (): void => {
    if (!this.#incoming.readableEnded) this.refuse(new Gone('the client left before the end of the body'))
  }

  /** What is still to come is read and thrown away: many clients look for an answer only when they have sent all. */
  #leave(): void {
    this.#isOver = true
    this.#rate.stop()
    this.#incoming.off('data', this.#came).off('data', this.#data).off('end', this.#end)
    this.#incoming.off('close', this.#closed)
    if (this.#decompressor) {
      this.#incoming.unpipe(this.#decompressor)
      this.#decompressor.destroy()
    }
    this.#incoming.resume()
  }

  #notCompressed(why: string): Refusal {
    return new Refusal(400, `the body is not ${this.#options.coding}: ${why}`)
  }
}

export function tooLarge(most: number): Refusal {
  return new Refusal(413, `the body is too large; at most ${most} bytes are taken, decompressed`)
}
