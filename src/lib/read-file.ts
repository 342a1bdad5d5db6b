import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** Bytes of a file that an option names, where somebody else than its user looks into it. */
const MOST = 16 * 2 ** 20

let isCautious = false

/**
 * Has files read as is right for who looks at what others have prepared, root mostly: what is no regular file would be waited for
 * (a pipe), do something (a device) or never end, and what is longer than any such file would fill memory.
 * @returns the function that ends it
 */
export function readCautiously(): () => void {
  const before = isCautious
  isCautious = true
  return () => {
    isCautious = before
  }
}

/** What is not read where it is looked at cautiously. */
export class NotRead extends Error {}

/**
 * Opens a file that an option names, to be read. Its daemon reads what it is given, `<(…)` too.
 * @param most bytes of it, for who is cautious
 */
export function openToRead(path: string, most = MOST): number {
  if (!isCautious) return openSync(path, 'r')
  // The opening of a pipe waits for somebody who writes, and that of a terminal makes it ours.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  const stat = fstatSync(fd)
  if (stat.isFile() && stat.size <= most) return fd
  closeSync(fd)
  throw new NotRead(stat.isFile() ? `it has more than ${most} bytes` : 'it is no regular file')
}

/** All that is in such a file. */
export function readWhole(path: string): Buffer {
  const fd = openToRead(path)
  try {
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}
