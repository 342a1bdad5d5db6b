// Numbered events of which each has a minute of its own, so that counts tell which are there, and how often.
import assert from 'node:assert/strict'

const BEGINNING = Date.UTC(2013, 0)
const MINUTE = 60_000
/** As many as a series may have. */
const PAGE = 10_000

export function eventOf(number: number): object {
  return { type: 'all', time: BEGINNING + number * MINUTE }
}

/** The numbers that sluice-count with `--key '{type}'` has counted, as often as it has; its page is at this port. */
export async function numbersCounted(http: number): Promise<number[]> {
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${http}/${path}`)
    assert.equal(response.status, 200)
    return response.json()
  }
  const numbers: number[] = []
  for (let first = 0, before = -1; numbers.length > before; first += PAGE) {
    before = numbers.length
    const [from, to] = [first, first + PAGE].map(number => BEGINNING + number * MINUTE)
    const points: { count: number }[] = await ask(`series/all?step=minute&from=${from}&to=${to}`)
    for (const [n, { count }] of points.entries()) numbers.push(...Array(count).fill(first + n))
  }
  const months: { [month: string]: number } = await ask('all/2013')
  const inMonths = Object.values(months).reduce((sum, count) => sum + count)
  assert.equal(inMonths, numbers.length, 'months and minutes differ')
  return numbers
}
