import { type Credentials, readCredentials } from '../../lib/unix/peer.ts'

/** A control message of credentials: `struct cmsghdr`, and they (cmsg(3)). There is no room for a descriptor behind them. */
export const CONTROL = { size: 32, level: 8, type: 12, data: 16 } as const
const SOL_SOCKET = 1
const SCM_CREDENTIALS = 2

/** The credentials in the control of a message; undefined where there are none. */
export function credentialsIn(control: Buffer): Credentials | undefined {
  const is = (level: number, type: number) =>
    control.readInt32LE(CONTROL.level) === level && control.readInt32LE(CONTROL.type) === type
  return is(SOL_SOCKET, SCM_CREDENTIALS) ? readCredentials(control.subarray(CONTROL.data)) : undefined
}

export function senderFields(credentials: Credentials | undefined) {
  if (!credentials) return {}
  const { pid, uid, gid } = credentials
  return { ...(pid > 0 && { sender_pid: pid }), sender_uid: uid, sender_gid: gid }
}
