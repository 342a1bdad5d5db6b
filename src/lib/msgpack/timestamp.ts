// MessagePack's timestamps (extension type -1) as ISO 8601: to the nanosecond, which a Date would lose.

export const TIMESTAMP = -1

/** What a Date can hold, in seconds (ECMAScript, "Time Values and Time Range"). */
const LATEST = 8_640_000_000_000n

interface Time {
  seconds: bigint
  nanoseconds: number
}

/** Whether it is one of the three forms, within what has an ISO text. */
export function isTimestamp(data: Buffer): boolean {
  const time = read(data)
  return time !== undefined && time.nanoseconds < 1e9 && time.seconds <= LATEST && time.seconds >= -LATEST
}

/** `2026-11-23T04:14:05.123Z`; with six or nine decimals where there are so many. */
export function isoOf(data: Buffer): string {
  const { seconds, nanoseconds } = read(data)!
  const second = new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length)
  const decimals = String(nanoseconds).padStart(9, '0')
  return `${second}.${decimals.replace(/(?:000){1,2}$/, '').padEnd(3, '0')}Z`
}

/** Undefined where it has another length. */
function read(data: Buffer): Time | undefined {
  if (data.length === 4) return { seconds: BigInt(data.readUInt32BE(0)), nanoseconds: 0 }
  if (data.length === 12) return { seconds: data.readBigInt64BE(4), nanoseconds: data.readUInt32BE(0) }
  if (data.length !== 8) return undefined
  // 30 bits of nanoseconds, 34 of seconds.
  const both = data.readBigUInt64BE(0)
  return { seconds: both & 0x3_ffff_ffffn, nanoseconds: Number(both >> 34n) }
}
