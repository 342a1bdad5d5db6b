// Horizontal bars as SVG. The colours are of middle lightness and the ground is transparent, so that it can be read on
// light and on dark pages alike, wherever the picture is shown.

export interface Bar {
  label: string
  value: number
  /** The least and the most of all rounds, drawn as a whisker. */
  least?: number
  most?: number
  /** Ours has a colour of its own. */
  ours: boolean
}

export interface BarChart {
  title: string
  /** How a value is written. */
  format(value: number): string
  groups: readonly { label: string; bars: readonly Bar[] }[]
}

const WIDTH = 760
const LEFT = 290
const RIGHT = 90
const ROW = 24
const THICK = 15
const HEAD = 34
const GROUP = 30
const STYLE = `text { font: 13px system-ui, sans-serif; fill: #808890 }
.title { font-size: 15px; font-weight: 600 } .group { font-weight: 600 }
.ours { fill: #3d8fd1 } .other { fill: #a08c70 } .whisker { stroke: #808890; stroke-width: 1.5; fill: none }`

/** The bars of all groups have one scale. */
export function barChart({ title, format, groups }: BarChart): string {
  const greatest = Math.max(...groups.flatMap(({ bars }) => bars.map(bar => bar.most ?? bar.value)))
  const scale = greatest > 0 ? (WIDTH - LEFT - RIGHT) / greatest : 0
  const parts: string[] = [text(0, 18, title, 'title')]
  let y = HEAD
  for (const { label, bars } of groups) {
    parts.push(text(0, y + 18, label, 'group'))
    y += GROUP
    for (const bar of bars) {
      parts.push(...row(bar, y, scale, format))
      y += ROW
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 6}" width="${WIDTH}" height="${y + 6}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`
}

function row(bar: Bar, y: number, scale: number, format: BarChart['format']): string[] {
  const { label, value, least = value, most = value, ours } = bar
  const [start, middle, end] = [least, value, most].map(each => LEFT + each * scale) as [
    number,
    number,
    number,
  ]
  const centre = y + THICK / 2
  const parts = [
    text(LEFT - 8, y + 12, label, '', 'end'),
    `<rect class="${ours ? 'ours' : 'other'}" x="${LEFT}" y="${y}" width="${round(middle - LEFT)}" height="${THICK}" rx="2"/>`,
    text(Math.max(middle, end) + 8, y + 12, format(value)),
  ]
  if (most > least) {
    const ends = [start, end].map(x => `M${round(x)} ${centre - 4}v8`).join('')
    parts.push(`<path class="whisker" d="M${round(start)} ${centre}H${round(end)}${ends}"/>`)
  }
  return parts
}

function text(x: number, y: number, content: string, style = '', anchor = 'start'): string {
  const named = style && ` class="${style}"`
  return `<text x="${round(x)}" y="${y}"${named} text-anchor="${anchor}">${escaped(content)}</text>`
}

function round(value: number): string {
  return value.toFixed(1)
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
