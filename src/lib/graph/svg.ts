// The graph as a picture that stands for itself: light and dark, its texts to be selected, and read aloud.
import { columnsOf, curve } from './curve.ts'
import type { Graph, GraphEdge, GraphNode } from './graph.ts'
import { labelOf } from './labels.ts'
import type { Box, Placed, PlacedEdge, PlacedNode } from './place.ts'

const LINE = 16
const PADDING = 12
const MARGIN = 20
/** Of a fixed-width font, as wide as those of the list below are at most. */
const CHARACTER = { name: 8.2, note: 7, label: 6.8 }
const LONGEST = 48
/** Above the boxes of a group, for its name. */
const HEADING = 22

/** Draws it. Late, because of what lays it out. */
export async function drawSvg(graph: Graph, title: string): Promise<string> {
  const { place } = await import('./place.ts')
  const placed = place(graph, {
    direction: 'LR',
    sizeOf: sizeOfNode,
    labelSizeOf: edge => sizeOfLabel(labelOf(edge)),
    gaps: { beside: 36, behind: 72 },
    groups: true,
  })
  const groups = placed.groups.map(group => framed(group))
  const right = Math.max(placed.width, ...groups.map(({ x, width }) => x + width))
  const bottom = Math.max(placed.height, ...groups.map(({ y, height }) => y + height))
  const left = Math.min(0, ...groups.map(({ x }) => x))
  const top = Math.min(0, ...groups.map(({ y }) => y))
  const view = [left - MARGIN, top - MARGIN, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN].map(
    Math.round,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${view.join(' ')}" width="${view[2]}" height="${view[3]}" role="img" aria-labelledby="title desc">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(describe(graph))}</desc>
<style>${STYLE}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>
${[
  ...groups.map(drawGroup),
  ...placed.edges.map(lineDrawer(placed)),
  ...placed.nodes.map(drawNode),
  ...placed.edges.map(drawLabel),
].join('\n')}
</svg>
`
}

const STYLE = `
:root{color-scheme:light dark}
svg{--back:#fff;--text:#1b1f24;--soft:#59636e;--line:#8c959f;--group:#f3f5f7;--source:#dff3e4;--filter:#e4edfb;--sink:#f7e9d7;--outside:#fff;--wrong:#b3261e;background:var(--back)}
@media (prefers-color-scheme:dark){svg{--back:#0f1318;--text:#e6edf3;--soft:#9aa6b2;--line:#6b7682;--group:#171d24;--source:#173324;--filter:#1a2b45;--sink:#3d2c17;--outside:#0f1318;--wrong:#f2867e}}
text{font:11px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--soft)}
.name{font-size:13px;font-weight:600;fill:var(--text)}
.back{fill:var(--back)}.inside .back{fill:var(--group)}.group{fill:var(--group);stroke:var(--line);stroke-dasharray:2 3}
.box{stroke:var(--line)}.source .box{fill:var(--source)}.filter .box{fill:var(--filter)}.sink .box{fill:var(--sink)}
.outside .box,.place .box{fill:var(--outside);stroke-dasharray:4 3}.outside .name,.place .name{font-weight:400}
.edge{fill:none;stroke:var(--line);stroke-width:1.4}.acknowledged{stroke-width:2.4}.published,.outside.edge{stroke-dasharray:5 4}.unfit.edge{stroke:var(--wrong);stroke-dasharray:1 4}
.head{fill:var(--line)}`

function sizeOfNode({ name, note }: GraphNode): { width: number; height: number } {
  const width = Math.max(clip(name).length * CHARACTER.name, clip(note).length * CHARACTER.note) + 2 * PADDING
  return { width: Math.ceil(width), height: (note === '' ? 1 : 2) * LINE + PADDING }
}

function sizeOfLabel(lines: readonly string[]): { width: number; height: number } | undefined {
  if (lines.length === 0) return undefined
  const longest = Math.max(...lines.map(line => clip(line).length))
  return { width: Math.ceil(longest * CHARACTER.label) + PADDING, height: lines.length * (LINE - 2) + 4 }
}

/** The boxes of a group touch its edges, where nothing is free for its name. */
function framed(group: Box & { name: string }): Box & { name: string } {
  const { name, x, y, width, height } = group
  return { name, x: x - 4, y: y - HEADING + 8, width: width + 8, height: height + HEADING - 4 }
}

function drawGroup({ name, x, y, width, height }: Box & { name: string }): string {
  return `<g class="groups">${rect('group', { x, y, width, height })}${text('name', x + PADDING, y + 16, clip(name, Math.floor((width - 2 * PADDING) / CHARACTER.name)), 'start')}</g>`
}

function drawNode({ node, x, y, width, height }: PlacedNode): string {
  const middle = x + width / 2
  const first = y + PADDING / 2 + LINE - 4
  const note = node.note === '' ? '' : text('note', middle, first + LINE - 1, clip(node.note))
  return `<g class="${node.kind}">${rect('box', { x, y, width, height })}${text('name', middle, first, clip(node.name))}${note}<title>${escaped(`${node.name} ${node.note}`.trim())}</title></g>`
}

/** Returns what draws the line of an edge. */
function lineDrawer(placed: Placed): (edge: PlacedEdge) => string {
  const columns = columnsOf(placed)
  const boxes = new Map(placed.nodes.map(box => [box.node.id, box]))
  return one => {
    const { from, to, delivery } = one.edge
    const path = curve(one, [boxes.get(from)!, boxes.get(to)!], columns)
    return `<path class="edge ${delivery}" d="${path}" marker-end="url(#arrow)"/>`
  }
}

function drawLabel({ edge, label }: PlacedEdge): string {
  if (!label) return ''
  const lines = labelOf(edge).map((line, n) =>
    text('', label.x + label.width / 2, label.y + (n + 1) * (LINE - 2) - 2, clip(line)),
  )
  return `<g class="label ${edge.delivery}">${rect('back', label)}${lines.join('')}</g>`
}

const round = (value: number) => Math.round(value * 10) / 10

function rect(kind: string, { x, y, width, height }: Box): string {
  const rounded = kind === 'back' ? '' : ' rx="6"'
  return `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"${rounded}/>`
}

function text(kind: string, x: number, y: number, words: string, anchor = 'middle'): string {
  const style = kind === '' ? '' : ` class="${kind}"`
  return `<text${style} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(words)}</text>`
}

/** In words, for whoever does not see it. */
function describe({ nodes, edges }: Graph): string {
  const names = new Map(
    nodes.map(({ id, name, group }) => [id, group === undefined ? name : `${group}/${name}`]),
  )
  const feeds = (edge: GraphEdge) => {
    const label = labelOf(edge).join(', ')
    return `${names.get(edge.from)} feeds ${names.get(edge.to)}${label && ` (${label})`}`
  }
  return edges.length === 0
    ? `${nodes.length} daemons, none of which feeds another.`
    : `${edges.map(feeds).join('; ')}.`
}

function clip(words: string, most = LONGEST): string {
  if (words.length <= most) return words
  const half = Math.floor((most - 1) / 2)
  return `${words.slice(0, most - 1 - half)}…${words.slice(words.length - half)}`
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`)
}
