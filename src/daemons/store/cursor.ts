/** Where a page ends: records are sorted by key, and then by partition. */
export interface Cursor {
  key: number
  partition: number
}

/** As it is written in answers. */
export function formatCursor({ key, partition }: Cursor): string {
  return `${key}-${partition}`
}

/** Throws RangeError for what formatCursor has not made. */
export function parseCursor(text: string): Cursor {
  const [, key, partition] = /^(\d{1,16})-(\d{1,16})$/.exec(text) ?? []
  if (key === undefined) throw new RangeError('it is not the `next` of an answer')
  return { key: Number(key), partition: Number(partition) }
}
