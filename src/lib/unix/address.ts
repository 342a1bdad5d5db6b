/** sockaddr_un holds so many bytes, a NUL behind a path included (unix(7)). */
const ROOM = 108
const AF_UNIX = 1

/** Throws RangeError for a path, or `@name` of the abstract namespace, that no socket can have. */
export function checkUnixPath(path: string): void {
  if (path === '' || path === '@') throw new RangeError('a socket needs a name')
  if (path.includes('\0')) throw new RangeError('a name with a NUL in it')
  const length = Buffer.byteLength(path)
  if (length >= ROOM)
    throw new RangeError(`a socket has a path of at most ${ROOM - 1} bytes, this one has ${length}`)
}

/** In the abstract namespace, where nothing is in a folder, a name is gone with its socket. */
export function isAbstract(path: string): boolean {
  return path.startsWith('@')
}

/** The `struct sockaddr_un` of a path, or of `@name`. */
export function unixAddress(path: string): Buffer {
  const text = isAbstract(path) ? `\0${path.slice(1)}` : `${path}\0`
  const family = Buffer.alloc(2)
  family.writeUInt16LE(AF_UNIX)
  return Buffer.concat([family, Buffer.from(text)])
}
