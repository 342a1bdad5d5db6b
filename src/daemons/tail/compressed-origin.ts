import type { CompressedText, Looked } from './compressed-text.ts'
import { isProof, type Mark } from './marks.ts'
import type { Origin, Place } from './origin.ts'
import { isHeadOf, type Origins } from './origins.ts'
import type { TailedFile } from './tailed-file.ts'
import { isSameUpTo } from './twins.ts'

/** Whose text it is; or of what it is a copy that is still read to its end, by another name or by a descriptor. */
export interface RecognisedText {
  origin?: Origin
  twinOf?: Origin
  /** All that is in the copy was read of the other. */
  isRead?: boolean
  /** It may be one of those that begin like this: it has not all come, or is damaged. */
  damage?: unknown
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
    // It may be read on while this is looked through.
    const { place } = origin
    const looked = await text.look([place], signal, place.offset)
    if (looked.agrees.has(place)) return { origin }
  }
  if (origin) {
    file.origin = undefined
    origin.file = undefined
  }
  const likely = origins.likely(path, head).map(one => ({ one, place: one.place, marks: [...one.marks.all] }))
  if (likely.length === 0) return undefined
  const looked = await text.look(
    likely.flatMap(({ place, marks }) => [place, ...marks]),
    signal,
  )
  for (const { one, place, marks } of likely) {
    const isShorter = isShorterCopy(place, marks, looked)
    if (!isShorter && !looked.agrees.has(place)) continue
    if (one.file) return { twinOf: one, isRead: isReadCopy(one, one.file, looked) }
    if (isShorter) origins.move(one, { ...one.place, compressed: 'done' })
    return { origin: one }
  }
  return { damage: looked.damage }
}

/**
 * Whether all of it was read, though it has not all that was read: the copy of a file that was written to before it was
 * truncated.
 */
function isShorterCopy(
  { offset }: Place,
  marks: readonly Mark[],
  { size, isWhole, agrees }: Looked,
): boolean {
  return isWhole && size < offset && marks.some(mark => agrees.has(mark) && isProof(mark, size))
}

function isReadCopy({ place }: Origin, file: TailedFile, { size, isWhole, tail }: Looked): boolean {
  if (!isWhole || size > place.offset) return false
  return isSameUpTo(file, size, (start, length) =>
    tail.subarray(start - size + tail.length).subarray(0, length),
  )
}
