/** Keys that are read at once. */
export const PAGE = 10_000

/** All keys in their order, by what reads those behind one of them. */
export async function* pagesOf(
  readAfter: (key: string | undefined) => Promise<readonly string[]>,
): AsyncGenerator<readonly string[]> {
  for (let last: string | undefined; ; ) {
    const page = await readAfter(last)
    if (page.length > 0) yield page
    if (page.length < PAGE) return
    last = page.at(-1)
  }
}
