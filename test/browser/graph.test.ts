// The picture of `sluice graph` in a browser: no box on another one, and every text in its box.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import type { Graph, GraphEdge, GraphNode } from '../../src/lib/graph/graph.ts'
import { drawSvg } from '../../src/lib/graph/svg.ts'
import { orSkip } from '../servers/available.ts'
import { CHROMIUM_FLAGS, installChromium } from '../servers/chromium.ts'
import { host } from '../support/host.ts'
import { freePort } from '../support/port.ts'
import { root } from '../support/process.ts'

let browser: Promise<Browser> | undefined
after(async () => (await browser)?.close())

function theBrowser(): Promise<Browser> {
  browser ??= installChromium().then(executablePath =>
    chromium.launch({ executablePath, args: CHROMIUM_FLAGS }),
  )
  return browser
}

interface Rect {
  what: string
  left: number
  right: number
  top: number
  bottom: number
}

/** What the browser made of it. */
async function look(svg: string, scheme: 'light' | 'dark' = 'light') {
  const page = await (await theBrowser()).newPage({
    colorScheme: scheme,
    viewport: { width: 1600, height: 700 },
  })
  const errors: string[] = []
  page.on('pageerror', error => errors.push(String(error)))
  await page.setContent(`<body style="margin:0">${svg}`)
  const seen = await page.evaluate(() => {
    const rects = (selector: string) =>
      [...document.querySelectorAll(selector)].map(element => {
        const { left, right, top, bottom } = element.getBoundingClientRect()
        return { what: element.textContent || element.outerHTML, left, right, top, bottom }
      })
    const holder = (selector: string, inner: string) =>
      [...document.querySelectorAll(selector)].map(group => ({
        box: group.querySelector('rect')?.getBoundingClientRect().toJSON(),
        texts: [...group.querySelectorAll(inner)].map(text => ({
          ...text.getBoundingClientRect().toJSON(),
          what: text.textContent,
        })),
      }))
    /** How many lines go through the label that each of these is. */
    const lines = [...document.querySelectorAll<SVGPathElement>('path.edge')].map(path =>
      Array.from({ length: path.getTotalLength() }, (_, n) => path.getPointAtLength(n)),
    )
    const through = [...document.querySelectorAll<SVGRectElement>('.label .back')].map(back => {
      const { x, y, width, height } = back.getBBox()
      const isIn = (at: DOMPoint) => at.x > x && at.x < x + width && at.y > y && at.y < y + height
      return lines.filter(line => line.some(isIn)).length
    })
    return {
      through,
      boxes: rects('.box'),
      labels: rects('.label .back'),
      groups: rects('.group'),
      holders: [
        ...holder('.source,.filter,.sink,.outside:not(path):not(.label),.place', 'text'),
        ...holder('.label', 'text'),
      ].filter(({ box }) => box),
      picture: rects('svg')[0]!,
      title: document.querySelector('svg > title')!.textContent,
      desc: document.querySelector('svg > desc')!.textContent,
      role: document.querySelector('svg')!.getAttribute('role'),
      back: getComputedStyle(document.querySelector('svg')!).backgroundColor,
      selected: (() => {
        getSelection()!.selectAllChildren(document.querySelector('.name')!)
        return String(getSelection())
      })(),
    }
  })
  assert.deepEqual(errors, [])
  return { page, ...seen }
}

function checkApart(what: string, rects: readonly Rect[]): void {
  for (const [n, one] of rects.entries())
    for (const other of rects.slice(n + 1)) {
      const apart =
        one.right <= other.left ||
        other.right <= one.left ||
        one.bottom <= other.top ||
        other.bottom <= one.top
      assert.ok(apart, `${what}: ${one.what} on ${other.what}`)
    }
}

function check({ boxes, labels, holders, groups, picture, through }: Awaited<ReturnType<typeof look>>): void {
  assert.ok(
    through.every(lines => lines === 1),
    `through the labels go ${through} lines`,
  )
  checkApart('boxes', boxes)
  checkApart('labels', [...boxes, ...labels])
  checkApart('groups', groups)
  for (const { box, texts } of holders)
    for (const text of texts)
      assert.ok(
        text.left >= box.left &&
          text.right <= box.right &&
          text.top >= box.top - 1 &&
          text.bottom <= box.bottom + 1,
        `${text.what} is not in its box: ${JSON.stringify({ text, box })}`,
      )
  for (const one of [...boxes, ...labels, ...groups])
    assert.ok(
      one.left >= 0 && one.top >= 0 && one.right <= picture.right && one.bottom <= picture.bottom,
      one.what,
    )
}

const node = (kind: GraphNode['kind'], name: string, note: string = kind, group?: string): GraphNode => ({
  id: kind === 'outside' || kind === 'place' ? `${kind} ${name}` : group ? `${group}/${name}` : name,
  kind,
  name,
  note,
  ...(group && { group }),
})
const edge = (
  from: string,
  to: string,
  endpoint: string,
  delivery: GraphEdge['delivery'],
  rate?: number,
) => ({
  from,
  to,
  endpoint,
  delivery,
  ...(rate !== undefined && { rate }),
})

/** The one in docs/tap.md and its sisters: two hosts' worth of daemons. */
const EXAMPLE: Graph = {
  nodes: [
    node('outside', 'udp://0.0.0.0:514', 'senders'),
    node('source', 'edge', 'syslog-udp'),
    node('outside', '/var/log/nginx/*.log', 'files'),
    node('source', 'files', 'tail'),
    node('filter', 'parser', 'syslog-json'),
    node('filter', 'sorter', 'route'),
    node('sink', 'search', 'elasticsearch'),
    node('outside', 'https://es.example:9200', 'Elasticsearch'),
    node('filter', 'relay', 'filter', 'shop'),
    node('filter', 'map', 'filter', 'shop'),
    node('sink', 'store', 'sink', 'shop'),
    node('outside', 'http://127.0.0.1:8514', 'readers'),
    node('outside', 'ack+tcp://audit.example:7004', 'somebody who was not asked'),
  ],
  edges: [
    edge('outside udp://0.0.0.0:514', 'edge', 'udp://0.0.0.0:514', 'outside'),
    edge('outside /var/log/nginx/*.log', 'files', '', 'outside'),
    edge('edge', 'parser', 'ack+tcp://127.0.0.1:7000', 'acknowledged', 18_240),
    edge('parser', 'sorter', 'ack+ipc:///run/sluice/parsed.ipc', 'acknowledged', 18_238),
    edge('files', 'sorter', 'tcp://127.0.0.1:7001', 'plain', 2_105),
    edge('sorter', 'search', 'ack+tcp://127.0.0.1:7002', 'acknowledged', 12_030),
    edge('search', 'outside https://es.example:9200', '', 'outside'),
    edge('sorter', 'shop/relay', 'ack+tcp://127.0.0.1:7003', 'acknowledged', 8_310),
    edge('shop/relay', 'shop/map', '', 'inside', 8_310),
    edge('shop/map', 'shop/store', '', 'inside', 7_992),
    edge('shop/store', 'outside http://127.0.0.1:8514', '', 'outside'),
    edge('sorter', 'outside ack+tcp://audit.example:7004', '', 'acknowledged', 3.4),
  ],
}

test('the example: nothing on anything else, in light and dark', async t => {
  if (!(await orSkip(t, theBrowser))) return
  const svg = await drawSvg(EXAMPLE, 'Sluice: nine daemons, and who feeds whom')
  writeFileSync(join(root, 'docs/images/graph.svg'), svg)
  const light = await look(svg)
  check(light)
  assert.equal(light.boxes.length, EXAMPLE.nodes.length)
  assert.equal(light.role, 'img')
  assert.equal(light.title, 'Sluice: nine daemons, and who feeds whom')
  assert.match(light.desc!, /edge feeds parser \(ack\+tcp:\/\/127\.0\.0\.1:7000, 18,240\/s\); /)
  assert.match(light.desc!, /shop\/map feeds shop\/store \(7,992\/s\)/)
  assert.equal(light.selected, 'shop')
  assert.equal(light.back, 'rgb(255, 255, 255)')
  const dark = await look(svg, 'dark')
  check(dark)
  assert.equal(dark.back, 'rgb(15, 19, 24)')
  if (process.env.SLUICE_PICTURES) {
    await light.page.screenshot({ path: join(process.env.SLUICE_PICTURES, 'graph-light.png') })
    await dark.page.screenshot({ path: join(process.env.SLUICE_PICTURES, 'graph-dark.png') })
  }
})

test('bug: a line went behind the label of another one', async t => {
  if (!(await orSkip(t, theBrowser))) return
  const readers = node('outside', 'http://127.0.0.1:8516', 'readers')
  const file = node('outside', '/var/log/events.ndjson', 'file')
  const daemons = ['metrics', 'udp', 'hub', 'shop', 'count'].map(name => node('filter', name))
  const edges = [
    edge('metrics', 'hub', 'ack+tcp://127.0.0.1:7001', 'acknowledged', 8),
    edge('udp', 'hub', 'ack+tcp://127.0.0.1:7001', 'acknowledged', 135),
    edge('hub', 'shop', 'pub+tcp://127.0.0.1:7002', 'published', 68),
    edge('hub', 'count', 'ack+tcp://127.0.0.1:7003', 'acknowledged', 34),
    edge('hub', file.id, '', 'file', 143),
    edge('hub', readers.id, '', 'outside'),
  ]
  check(await look(await drawSvg({ nodes: [...daemons, file, readers], edges }, 'events')))
})

test('names that are markup, very long, and in circles', async t => {
  if (!(await orSkip(t, theBrowser))) return
  const long = 'x'.repeat(300)
  const nodes = [
    node('filter', '<script>&"a"'),
    node('filter', long, long),
    node('filter', 'b', 'relay', long),
  ]
  const [a, b, c] = nodes.map(({ id }) => id)
  const edges = [
    edge(a!, b!, 'tcp://127.0.0.1:1', 'plain'),
    edge(b!, c!, `ipc://${long}`, 'plain'),
    edge(c!, a!, 'tcp://127.0.0.1:3', 'published', 1e9),
    edge(a!, b!, 'tcp://127.0.0.1:4', 'acknowledged'),
    edge(a!, a!, 'tcp://127.0.0.1:5', 'plain', 1),
  ]
  const seen = await look(await drawSvg({ nodes, edges }, '<b>'))
  assert.equal(seen.boxes.length, 3)
  assert.equal(seen.title, '<b>')
  checkApart('boxes', seen.boxes)
})

test('real daemons', async t => {
  if (!(await orSkip(t, theBrowser))) return
  const { daemon, command, folder } = host(t)
  const port = await freePort()
  await daemon(
    'store',
    `store --pull-bind ack+tcp://127.0.0.1:${port} --http 127.0.0.1:0 --path ${folder}/records`,
  )
  await daemon(
    'chain',
    'run',
    `syslog-udp --listen 127.0.0.1:0 | syslog-json --push-connect ack+tcp://127.0.0.1:${port}`,
  )
  const run = command('graph', '--over', '100ms', '--svg', join(folder, 'x.svg'))
  assert.equal(await run.exited, 0, run.stderr)
  assert.equal(run.stdout, '')
  const svg = readFileSync(join(folder, 'x.svg'), 'utf8')
  const seen = await look(svg)
  check(seen)
  assert.equal(seen.groups.length, 1)
  assert.match(svg, /<title id="title">Sluice: 3 daemons, and who feeds whom<\/title>/)
  assert.match(seen.desc!, /chain\/syslog-json feeds store \(ack\+tcp:/)
  assert.match(seen.desc!, /store feeds http:/)
})
