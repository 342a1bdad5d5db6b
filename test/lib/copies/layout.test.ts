import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { layOut, socketsOf } from '../../../src/lib/copies/layout.ts'
import { filter, sink, source } from '../../../src/lib/daemon.ts'
import { formatEndpoint } from '../../../src/lib/endpoint.ts'
import { planStage, type StagePlan } from '../../../src/lib/stage/plan.ts'

const DAEMONS = {
  in: source({ summary: '', open: () => async () => {} }),
  mid: filter({ summary: '', open: () => record => record }),
  out: sink({
    summary: '',
    batch: { bytes: '1MiB', delay: '1s', concurrency: 1 },
    open: () => async () => undefined,
  }),
}

/** Stages as `in mid*2 out`. */
function plansOf(chain: string): StagePlan[] {
  const around = { before: 'x', after: 'x', stdin: false, stdout: false, terminal: false }
  return chain.split(' ').map((word, n) => {
    const [kind, count] = word.split('*') as [keyof typeof DAEMONS, string | undefined]
    const plan = planStage(`${kind}${n}`, DAEMONS[kind], new Map(), {}, around)
    return count ? { ...plan, copies: { count: Number(count), word: kind, words: ['--flag'] } } : plan
  })
}

const COMMON = { name: 'run', flags: ['--grace', '1s'], endpointOf: (name: string) => `ack+ipc:///s/${name}` }

/** Each part: of a chain its stages with their links, of copies their command lines. */
function lay(chain: string): string[] {
  const ends = (plan: StagePlan) => [
    ...plan.pull.map(end => `${end.mode} ${formatEndpoint(end)} ›`),
    plan.name,
    ...plan.push.map(end => `› ${end.mode} ${formatEndpoint(end)}`),
  ]
  return layOut(plansOf(chain), COMMON).flatMap(part =>
    'plans' in part
      ? part.plans.flatMap(ends).join(' ').replaceAll('ack+ipc:///s/', '')
      : part.copies.map(({ args }) => args.join(' ').replaceAll('ack+ipc:///s/', '')),
  )
}

const copy = (word: string, name: string, links: string) =>
  `${word} --name run.${name} --grace 1s ${links}--flag`

describe('the parts of a chain', () => {
  test('without copies it is one part, with no links', () => {
    assert.deepEqual(lay('in mid out'), ['in0 mid1 out2'])
    assert.deepEqual(socketsOf(plansOf('in mid out')), [])
  })

  test('in the middle: what stands before connects to each copy, what stands behind is connected to', () => {
    assert.deepEqual(lay('in mid*2 mid out'), [
      'in0 › connect mid1.1 › connect mid1.2',
      copy('mid', 'mid1.1', '--pull-bind mid1.1 --push-connect mid2 '),
      copy('mid', 'mid1.2', '--pull-bind mid1.2 --push-connect mid2 '),
      'bind mid2 › mid2 out3',
    ])
    assert.deepEqual(socketsOf(plansOf('in mid*2 mid out')), ['mid1.1', 'mid1.2', 'mid2'])
  })

  test('at both ends: a source has nothing to pull, a sink nothing to push', () => {
    assert.deepEqual(lay('in*2 mid out*1'), [
      copy('in', 'in0.1', '--push-connect mid1 '),
      copy('in', 'in0.2', '--push-connect mid1 '),
      'bind mid1 › mid1 › connect out2.1',
      copy('out', 'out2.1', '--pull-bind out2.1 '),
    ])
  })

  test('side by side: each copy connects to all of the next', () => {
    assert.deepEqual(lay('mid*2 out*2'), [
      copy('mid', 'mid0.1', '--push-connect out1.1 --push-connect out1.2 '),
      copy('mid', 'mid0.2', '--push-connect out1.1 --push-connect out1.2 '),
      copy('out', 'out1.1', '--pull-bind out1.1 '),
      copy('out', 'out1.2', '--pull-bind out1.2 '),
    ])
  })

  test('one stage with copies: nothing is joined', () => {
    assert.deepEqual(lay('in*2'), [copy('in', 'in0.1', ''), copy('in', 'in0.2', '')])
  })
})
