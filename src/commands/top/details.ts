import type { LinkAnswer } from '../../lib/asking/answer.ts'
import { printable } from '../../lib/text/printable.ts'
import { rate, since, size } from './columns.ts'
import type { Line } from './line.ts'
import type { Row } from './rows.ts'

/** All that one stage says of itself. */
export function detailsOf(row: Row): Line[] {
  const { running, stage } = row
  if (!running || !stage) return [[['red', row.trouble ?? 'no answer']], [row.id]]
  const { cpu, memory } = row
  const outcomes = Object.entries(stage.books.outcomes).filter(([, records]) => records > 0)
  const more = running.waiting.map((reason): Line => [['yellow', `waits: ${printable(reason)}`]])
  return [
    [
      `${row.shape} of ${running.command}, pid ${running.pid}, for ${since(running.uptime)}, ${running.address}`,
    ],
    [
      `CPU ${cpu === undefined ? '-' : `${cpu.toFixed(1)}%`}, memory ${size(memory) || '-'}, of it heap ${size(running.memory?.heap) || '-'}`,
    ],
    ...more,
    [],
    ...section('records', [
      `${number(stage.books.in)} in, ${rate(row.in)}/s`,
      ...(stage.books.made > 0 ? [`${number(stage.books.made)} made`] : []),
      ...outcomes.map(([outcome, records]) => `${number(records)} ${outcome}`),
      `${number(stage.books.held)} held`,
      ...(stage.kernelDropped > 0 ? [`${number(stage.kernelDropped)} datagrams dropped by the kernel`] : []),
    ]),
    ...section('buffer', [
      `${size(stage.buffer.held)} of ${size(stage.buffer.limit)}`,
      ...(stage.latency === undefined ? [] : [`${stage.latency} ms from taking a batch to its acceptance`]),
      ...(stage.spooled
        ? [
            `${number(stage.spooled.records)} records in the spool, ${size(stage.spooled.bytes)} of ${size(stage.spooled.limit)}`,
          ]
        : []),
    ]),
    ...section(
      'links',
      stage.links.map((link, n) => linkLine(link, row, n)),
    ),
    ...section('addresses', stage.endpoints),
    ...section(
      'options',
      Object.entries(stage.options)
        .filter(([, value]) => !isUnset(value))
        .map(([flag, value]) => `${flag} ${typeof value === 'string' ? value : JSON.stringify(value)}`),
    ),
  ]
}

function section(title: string, lines: readonly string[]): Line[] {
  if (lines.length === 0) return []
  return [[['bold', title]], ...lines.map((line): Line => [`  ${printable(line)}`]), []]
}

function linkLine(
  { direction, mode, endpoint, peers, records, output }: LinkAnswer,
  row: Row,
  n: number,
): string {
  const then = row.before?.links[n]?.records
  const speed = then === undefined || row.time <= 0 ? '' : `, ${rate(((records - then) / row.time) * 1000)}/s`
  const of = output === undefined ? '' : ` (output ${output})`
  return `${direction} ${mode} ${endpoint}${of}: ${peers} ${peers === 1 ? 'peer' : 'peers'}, ${number(records)} records${speed}`
}

const isUnset = (value: unknown) =>
  value === null || value === false || (Array.isArray(value) && value.length === 0)

const number = (value: number) => value.toLocaleString('en-US')
