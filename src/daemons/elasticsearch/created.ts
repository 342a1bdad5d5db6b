// The answer to a bulk request whose documents are all stored is one item, over and over.

const HEAD = '{"items":['
const ITEM = '{"create":{"status":201}}'
const TAIL = ']}'

let expected = ''

/**
 * How many documents an answer says are created, where it says that of each of them and nothing else; else 0: then it has to be
 * read. It is compared as a text: 12,000 items in 0.03 ms, where parsing and judging them takes 4.
 */
export function countCreated(json: string): number {
  const count = (json.length - HEAD.length - TAIL.length + 1) / (ITEM.length + 1)
  if (!Number.isInteger(count) || count < 1) return 0
  if (expected.length !== json.length) expected = `${HEAD}${`${ITEM},`.repeat(count).slice(0, -1)}${TAIL}`
  return json === expected ? count : 0
}
