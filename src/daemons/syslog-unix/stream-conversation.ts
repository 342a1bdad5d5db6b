import type { Socket } from 'node:net'
import type { Context, Fields } from '../../lib/index.ts'
import { type Linux, SOCKET_OPTION } from '../../lib/linux.ts'
import { SyslogFraming } from '../../lib/syslog/framing.ts'
import type { Conversation } from '../../lib/tcp/conversation.ts'
import { textConversation } from '../../lib/tcp/text-conversation.ts'
import type { Intake } from '../../lib/text/intake.ts'
import { type Oversize, TextRecords } from '../../lib/text/oversize.ts'
import type { Unfinished } from '../../lib/text/unfinished.ts'
import { CREDENTIALS_SIZE, type Credentials, readCredentials, senderFields } from './credentials.ts'

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

/** Who has connected. Undefined where this Node does not show the descriptor: it has no name for it that is promised to stay. */
function peerOf(socket: Socket, linux: Linux): Credentials | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } | null }
  const fd = handle?.fd
  if (typeof fd !== 'number' || fd < 0) return undefined
  return readCredentials(linux.getOption(fd, SOCKET_OPTION.peerCredentials, CREDENTIALS_SIZE))
}
