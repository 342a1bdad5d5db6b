// Lines from left to right that bend between the columns, and are level beside the boxes and labels of each: so none crosses a label.
import type { Point } from '@dagrejs/dagre'
import type { Box, Placed, PlacedEdge } from './place.ts'

/** How far from the middle of a column its widest box or label reaches, by where that middle is. */
export type Columns = ReadonlyMap<number, number>

/** Beside a label. */
const ROOM = 4
/** From the corners of a box. */
const CORNER = 8
/** Its head is level. */
const ARROW = 12

export function columnsOf({ nodes, edges }: Placed): Columns {
  const columns = new Map<number, number>()
  for (const box of [...nodes, ...edges.flatMap(({ label }) => label ?? [])]) {
    const middle = middleOf(box)
    columns.set(middle, Math.max(columns.get(middle) ?? 0, box.width / 2 + ROOM))
  }
  return columns
}

const middleOf = ({ x, width }: Box) => Math.round(x + width / 2)

/** Returns the path of a line from a box to another one. */
export function curve({ points }: PlacedEdge, [from, to]: readonly [Box, Box], columns: Columns): string {
  const [first, last] = [points[0]!, points.at(-1)!]
  // In a ring, one goes back.
  if (from.x + from.width > to.x) return `M${points.map(at).join('L')}`
  const reach = (middle: number) => columns.get(Math.round(middle)) ?? 0
  const start = { x: from.x + from.width, y: within(from, first.y) }
  let here = { x: middleOf(from) + reach(middleOf(from)), y: start.y }
  let path = `M${at(start)}H${round(here.x)}`
  for (const { x, y } of points.slice(1, -1)) {
    const half = reach(x)
    path += `${bend(here, { x: x - half, y })}H${round(x + half)}`
    here = { x: x + half, y }
  }
  const end = Math.min(middleOf(to) - reach(middleOf(to)), to.x - ARROW)
  return `${path}${bend(here, { x: end, y: within(to, last.y) })}H${round(to.x)}`
}

/** Level at both of its ends. */
function bend(from: Point, to: Point): string {
  const x = (from.x + to.x) / 2
  return `C${at({ x, y: from.y })} ${at({ x, y: to.y })} ${at(to)}`
}

function within({ y, height }: Box, wanted: number): number {
  return Math.min(Math.max(wanted, y + CORNER), y + height - CORNER)
}

const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`

const round = (value: number) => Math.round(value * 10) / 10
