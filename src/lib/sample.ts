/**
 * Draws by lot: in how many the next one comes, where one in `n` is wanted; 1 is the one that comes now. (Each n-th would show of
 * two who send by turns always the same one.)
 * @param random from 0 to below 1
 */
export function nextOf(n: number, random: () => number = Math.random): number {
  if (n <= 1) return 1
  return Math.max(1, Math.ceil(Math.log(1 - random()) / Math.log(1 - 1 / n)))
}
