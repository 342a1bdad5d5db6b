import type { Socket } from 'node:net'
import type { Context, Fields } from '../../lib/index.ts'
import type { Linux } from '../../lib/linux.ts'
import { SyslogFraming } from '../../lib/syslog/framing.ts'
import type { Conversation } from '../../lib/tcp/conversation.ts'
import { textConversation } from '../../lib/tcp/text-conversation.ts'
import type { Intake } from '../../lib/text/intake.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'
import type { Unfinished } from '../../lib/text/unfinished.ts'
import { peerOf } from '../../lib/unix/peer.ts'
import { senderFields } from './credentials.ts'

export interface ConversationOptions {
  context: Context<'oversize' | 'unfinished'>
  linux: Linux
  oversize: Oversize
  fields: Fields
  intake: Intake
  unfinished: Unfinished
}

/** Makes records of what comes by a connection, with who opened it. */
export function converse(socket: Socket, options: ConversationOptions): Conversation {
  const { context, linux, oversize, fields, intake, unfinished } = options
  const sender = peerOf(socket, linux)
  const texts = new TextRecords({ context, oversize, fields: { ...fields, ...senderFields(sender) } })
  const framing = new SyslogFraming(texts.most, texts.piece, { nul: true })
  return textConversation(socket, { context, framing, texts, intake, unfinished })
}
