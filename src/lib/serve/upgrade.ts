import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { bodyOf } from './errors.ts'
import { askedOf, refusalOf, type Welcome } from './guard.ts'
import type { Doorkeeper } from './login.ts'

/** Takes over a connection, whose client has asked for another protocol (RFC 9110 section 7.8). */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/** Returns what hands over those who may come in, as they would have to be to ask for a page, and answers all others. */
export function guardUpgrade(take: Upgrade, welcome: Welcome, door: Doorkeeper | undefined): Upgrade {
  return (request, socket, head) => {
    // It may break while nobody else listens.
    socket.on('error', () => socket.destroy())
    const refusal = refusalOf(askedOf(request, door !== undefined), welcome)
    if (refusal)
      return refuseUpgrade(socket, refusal.status, bodyOf(refusal.status, refusal.message, refusal.code))
    if (!door) return take(request, socket, head)
    door.admits(request).then(
      isAdmitted => {
        if (isAdmitted) take(request, socket, head)
        else
          refuseUpgrade(
            socket,
            401,
            bodyOf(401, 'send the token as "Authorization: Bearer TOKEN", or log in'),
          )
      },
      () => socket.destroy(),
    )
  }
}

/**
 * Answers who asked for another protocol, and ends the connection.
 * @param error as of bodyOf(): what he would read without having asked for another protocol
 * @param retryAfter seconds
 */
export function refuseUpgrade(socket: Duplex, status: number, error: object, retryAfter?: string): void {
  const body = `${JSON.stringify(error)}\n`
  const later = retryAfter === undefined ? '' : `retry-after: ${retryAfter}\r\n`
  // Not when its client says so, who may stay for as long as he likes.
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `${later}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
