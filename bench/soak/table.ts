// How the soak tells what it found.
import { ELASTICSEARCH } from '../support/machine.ts'
import { count, digits } from '../support/numbers.ts'
import type { Report } from '../support/report.ts'
import { type Growth, LEAST } from './lines.ts'
import { BURST, DAEMONS, type DaemonName, type Plan } from './plan.ts'
import type { Reading, Sampler } from './sampler.ts'

const UNITS: { readonly [reading in keyof Reading]: string } = {
  anonymous: 'anonymous MB',
  pss: 'PSS MB',
  uss: 'USS MB',
  descriptors: 'descriptors',
  threads: 'threads',
  cpu: 'CPU ms a second',
}

export function parametersOf(
  plan: Plan,
  { rate }: { rate: number },
  size: number,
  java: readonly string[],
): { [name: string]: string } {
  const minutes = (seconds: number) => `${digits(seconds % 60 === 0 ? 0 : 1)(seconds / 60)} min`
  const eachOf = (values: { readonly [daemon in DaemonName]: number }) =>
    Object.entries(values)
      .map(([daemon, seconds]) => `${daemon} ${minutes(seconds)}`)
      .join(', ')
  return {
    chain:
      'sluice-syslog-udp --spool, sluice-syslog-json, sluice-elasticsearch, over ack+ipc, from the package',
    load: `${count(rate)} datagrams of ${size} bytes a second for ${minutes(plan.seconds)}, RFC 5424, numbered`,
    server: `Elasticsearch ${ELASTICSEARCH}, ${java.join(' ')}, an index an hour, read and deleted when it is complete`,
    'much at once': `${count(BURST.times * rate)} a second for ${BURST.seconds} s, ${plan.bursts.length} times`,
    'restarts of the sink': `every ${minutes(plan.sinkEvery)}, SIGTERM and kill -9 in turn`,
    'restarts of the filter': `after ${minutes(plan.filterFirst)}, then every ${minutes(plan.filterEvery)}, in turn`,
    'a sample': `every ${plan.sampleEvery} s`,
    'warm-up of each life': eachOf(plan.warmUp),
    'a line goes through': `medians of ${eachOf(plan.block)}; where no life is longer than the warm-up, of the second half of each life`,
  }
}

/** What the words of the table mean. */
export function meaning(): string {
  const { anonymous, uss, descriptors, cpu } = LEAST
  return (
    'The slope is that of Theil and Sen, compared only within a life; in brackets its 99 % confidence interval.\n' +
    'It is zero within noise when that interval holds zero, or when it would change the value over the longest life by no\n' +
    'more than the points differ by from their line (two standard deviations, by the median of deviations), or by no more\n' +
    `than ${anonymous.value} MB (USS ${uss.value}), ${descriptors.value} descriptor or thread, ${cpu.share! * 100} % of the CPU time. PSS is not judged: it changes with whoever\n` +
    'else starts a Node on this host. What falls is no failure.\n'
  )
}

export function growthTable(report: Report, growths: readonly Growth[]): void {
  report.table(
    ['daemon', 'reading', 'through', 'slope an hour', 'first', 'last', 'zero within noise'],
    growths.map(({ daemon, reading, through, slope, low, high, first, last, ...verdict }) => [
      daemon,
      UNITS[reading],
      through,
      `${signed(slope)} (${signed(low)} to ${signed(high)})`,
      digits(1)(first),
      digits(1)(last),
      wordOf(reading, verdict),
    ]),
  )
}

function wordOf(reading: keyof Reading, { zero, grows }: Pick<Growth, 'zero' | 'grows'>): string {
  if (LEAST[reading].value === Number.POSITIVE_INFINITY) return 'not judged'
  if (zero) return 'yes'
  return grows ? 'NO, it grows' : 'no, it falls'
}

export interface Found {
  sent: number
  kernelDropped: number
  /** Different numbers in Elasticsearch. */
  distinct: number
  missing: number
  repeated: number
  lives: string
  ledger: string
}

export function records(report: Report, { ledger, lives, ...numbers }: Found): void {
  const { sent, kernelDropped, distinct, missing, repeated } = numbers
  report.table(
    ['records', ''],
    [
      ['sent', count(sent)],
      ['dropped by the kernel', count(kernelDropped)],
      ['in Elasticsearch', count(distinct)],
      ['missing', count(missing)],
      ['there more than once', count(repeated)],
    ],
  )
  report.note(`Starts: ${lives}. sluice ledger: ${ledger}`)
}

/** `00:03:00  360,000 sent, 12 in the spool; anonymous MB: syslog-udp 45.0, …` */
export function progress(seconds: number, sent: number, spooled: number, sampler: Sampler): string {
  const memory = DAEMONS.map(daemon => {
    const last = sampler.last(daemon)
    return last ? `${daemon} ${digits(1)(last.anonymous)} (life ${last.life})` : `${daemon} -`
  })
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(part =>
    String(Math.floor(part)).padStart(2, '0'),
  )
  return `${clock.join(':')}  ${count(sent)} sent, ${count(spooled)} in the spool; anonymous MB: ${memory.join(', ')}`
}

function signed(value: number): string {
  const text = digits(Math.abs(value) < 10 ? 2 : 1)(value)
  return value > 0 ? `+${text}` : text
}
