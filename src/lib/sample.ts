/**
 * Returns the function that says in how many the next one comes, where one in `n` is wanted; 1 is the one that comes now. Of each
 * `n` it is one, drawn by lot: the first of them each time would be, of two who send by turns, always the same one's.
 * @param left how many come before the first `n`
 */
export function lots(n: number, left = 0): () => number {
  return () => {
    const place = 1 + Math.floor(Math.random() * n)
    const next = left + place
    left = n - place
    return next
  }
}
