import type { CompressedText, Looked } from './compressed-text.ts'
import type { Origin } from './origin.ts'
import { isHeadOf, type Origins } from './origins.ts'
import type { TailedFile } from './tailed-file.ts'
import { isSameUpTo } from './twins.ts'

/** Whose text it is; or of what it is a copy that is still read to its end, by another name or by a descriptor. */
export interface RecognisedText {
  origin?: Origin
  twinOf?: Origin
  /** All that is in the copy was read of the other. */
  isRead?: boolean
}

/** Finds out of whose text it is a copy. It is looked through once, whatever the number of those that begin like this. */
export async function recogniseText(
  file: TailedFile,
  path: string,
  text: CompressedText,
  head: Buffer,
  origins: Origins,
  signal: AbortSignal,
): Promise<RecognisedText | undefined> {
  const { origin } = file
  if (origin && isHeadOf(origin.place, head)) {
    const looked = await text.look([origin.place], signal, origin.place.offset)
    if (looked.agrees.has(origin.place)) return { origin }
  }
  if (origin) {
    file.origin = undefined
    origin.file = undefined
  }
  const likely = origins.likely(path, head)
  if (likely.length === 0) return undefined
  const looked = await text.look(
    likely.flatMap(({ place, marks }) => [place, ...marks.all]),
    signal,
  )
  for (const one of likely) {
    const isShorter = isShorterCopy(one, looked)
    if (!isShorter && !looked.agrees.has(one.place)) continue
    if (one.file) return { twinOf: one, isRead: isReadCopy(one, one.file, looked) }
    if (isShorter) origins.move(one, { ...one.place, compressed: 'done' })
    return { origin: one }
  }
  return undefined
}

/**
 * Whether all of it was read, though it has not all that was read: the copy of a file that was written to before it was
 * truncated.
 */
function isShorterCopy({ place, marks }: Origin, { size, isWhole, agrees }: Looked): boolean {
  const mark = isWhole && size < place.offset ? marks.within(size) : undefined
  return mark !== undefined && agrees.has(mark)
}

function isReadCopy({ place }: Origin, file: TailedFile, { size, isWhole, tail }: Looked): boolean {
  if (!isWhole || size > place.offset) return false
  return isSameUpTo(file, size, (start, length) =>
    tail.subarray(start - size + tail.length).subarray(0, length),
  )
}
