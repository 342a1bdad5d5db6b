// A drawing of the memory of each daemon over time, as SVG.
import type { DaemonName } from './plan.ts'
import type { Sample } from './sampler.ts'

const COLOURS: { readonly [daemon in DaemonName]: string } = {
  'syslog-udp': '#1b6ca8',
  'syslog-json': '#2e8b57',
  elasticsearch: '#c0392b',
}
const WIDTH = 960
const HEIGHT = 420
const MARGIN = { left: 60, right: 20, top: 40, bottom: 40 }
const TICKS = 6

/** Anonymous memory; a line for each life of a process. */
export function plot(samples: readonly Sample[]): string {
  const inner = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom }
  const lastSecond = samples.reduce((most, { seconds }) => Math.max(most, seconds), 1)
  const most = samples.reduce((most, { anonymous }) => Math.max(most, anonymous), 1)
  const x = (seconds: number) => fixed(MARGIN.left + (seconds / lastSecond) * inner.width)
  const y = (megabytes: number) => fixed(HEIGHT - MARGIN.bottom - (megabytes / most) * inner.height)
  const lives = Map.groupBy(samples, ({ daemon, life }) => `${daemon} ${life}`).values()
  const lines = lives.map(life => {
    const points = life.map(({ seconds, anonymous }) => `${x(seconds)},${y(anonymous)}`).join(' ')
    return `<polyline fill="none" stroke="${COLOURS[life[0]!.daemon]}" points="${points}"/>`
  })
  const ticks = Array.from({ length: TICKS }, (_, n) => n / (TICKS - 1))
  const rules = ticks.flatMap(share => [
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(share * most)}" y2="${y(share * most)}" stroke="#ddd"/>`,
    `<text x="${MARGIN.left - 6}" y="${y(share * most)}" text-anchor="end">${Math.round(share * most)}</text>`,
    `<text x="${x(share * lastSecond)}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${fixed((share * lastSecond) / 60)}</text>`,
  ])
  const names = Object.entries(COLOURS).map(
    ([daemon, colour], n) => `<text x="${MARGIN.left + n * 150}" y="20" fill="${colour}">${daemon}</text>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...rules,
    ...names,
    ...lines,
    `<text x="${WIDTH - MARGIN.right}" y="20" text-anchor="end">anonymous MB over minutes</text>`,
    '</svg>\n',
  ].join('\n')
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}
