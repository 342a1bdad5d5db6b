import type { Socket } from 'node:net'
import type { Context } from '../daemon.ts'
import type { Framing } from '../text/frame.ts'
import type { Intake } from '../text/intake.ts'
import type { TextRecords } from '../text/oversize.ts'
import type { Unfinished } from '../text/unfinished.ts'
import type { Conversation } from './conversation.ts'

/** The counter of all whose connections carry texts. */
export const unfinishedCounter = {
  unfinished: 'Messages whose connection ended before they did, or was ended for what it held',
} as const

export interface TextConversationOptions {
  context: Context<'unfinished'>
  framing: Framing
  /** Gets the pieces of the framing. */
  texts: TextRecords
  intake: Intake
  unfinished: Unfinished
}

/** A connection on which texts come, and nothing is answered. */
export function textConversation(socket: Socket, options: TextConversationOptions): Conversation {
  const { context, framing, texts, intake, unfinished } = options
  let isKnown = false
  return {
    get isKnown() {
      return isKnown
    },
    data(chunk) {
      texts.received = Date.now()
      framing.push(chunk)
      const records = texts.take()
      if (records.length > 0) isKnown = true
      intake.add(records)
      unfinished.note(framing, framing.held + texts.held, () => socket.destroy())
      return undefined
    },
    end() {
      unfinished.forget(framing)
      if (framing.held > 0) context.count('unfinished')
      texts.received = Date.now()
      framing.end()
      intake.add(texts.take())
    },
  }
}
