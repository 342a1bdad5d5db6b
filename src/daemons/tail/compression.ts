/** How a file is compressed, by its first bytes: a name may be anything. */
export type Compression = 'gzip' | 'zstd' | 'unknown'

const MAGIC: readonly (readonly [Compression, Buffer])[] = [
  ['gzip', Buffer.from('1f8b08', 'hex')],
  ['zstd', Buffer.from('28b52ffd', 'hex')],
  // xz, bzip2 (whose block begins with the digits of pi), compress, lz4, zip
  ['unknown', Buffer.from('fd377a585a00', 'hex')],
  ['unknown', Buffer.from('314159265359', 'hex')],
  ['unknown', Buffer.from('1f9d', 'hex')],
  ['unknown', Buffer.from('04224d18', 'hex')],
  ['unknown', Buffer.from('504b0304', 'hex')],
]
/** "BZh" and a digit stand before its magic. */
const BZIP2_HEAD = 4

/** @param start the first bytes of a file */
export function compressionOf(start: Buffer): Compression | undefined {
  const isBzip2 = start.toString('latin1', 0, BZIP2_HEAD - 1) === 'BZh'
  const body = isBzip2 ? start.subarray(BZIP2_HEAD) : start
  return MAGIC.find(([, magic]) => body.subarray(0, magic.length).equals(magic))?.[0]
}
