import type { Socket } from 'node:net'
import type { Conversation } from './conversation.ts'

/**
 * Ends who is silent for so many milliseconds.
 * @param isPaused whether it is not read because there is no room, and so not silent
 */
export function endSilent(
  socket: Socket,
  conversation: Conversation,
  idle: number,
  isPaused: () => boolean,
): void {
  socket.setTimeout(idle)
  socket.on('timeout', () => {
    const before = socket.bytesRead
    // The loop may have been late for this timer, and what has come meanwhile is read only now.
    setImmediate(() => {
      if (socket.destroyed) return
      // Node asks once; then it has to be told again.
      if (socket.bytesRead > before || isPaused()) socket.setTimeout(idle)
      else if (conversation.silent) conversation.silent()
      else socket.destroy()
    })
  })
}
