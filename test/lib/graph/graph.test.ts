import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Running } from '../../../src/lib/asking/running.ts'
import { createGraph, type GraphEdge } from '../../../src/lib/graph/graph.ts'
import { listGraph } from '../../../src/lib/graph/list.ts'
import { daemon, link } from '../../commands/ledger/looks.ts'

/** A relay with these links, asked at this address. */
function relay(name: string, address: string, ...links: string[]): Running {
  const answer = daemon(name, { links: links.map(link) }, { address })
  const rest = { buffer: { held: 0, limit: 0 }, latency: undefined, endpoints: [], options: {} }
  return {
    ...answer,
    ...{ pid: 1, command: 'sluice-relay', ready: true, uptime: 1, cpu: undefined, memory: undefined },
    ...{ copies: [], waiting: [] },
    stages: answer.stages.map(stage => ({ ...stage, ...rest, spooled: undefined })),
  }
}

const drawn = ({ from, to, delivery }: GraphEdge) => [from, to, delivery]

test('bug: a relay to the same port of another host was drawn as feeding itself', () => {
  const links = ['pull bind tcp://*:7000 1', 'push connect ack+tcp://far.example:7000 1']
  const { edges } = createGraph([relay('edge', '/run/edge.sock', ...links)])
  assert.deepEqual(edges.map(drawn), [
    ['outside tcp://*:7000', 'edge', 'plain'],
    ['edge', 'outside ack+tcp://far.example:7000', 'acknowledged'],
  ])
})

test('bug: two ends that speak differently were drawn as a link', () => {
  const at = (name: string, ...links: string[]) => relay(name, `/run/${name}.sock`, ...links)
  const one = createGraph([
    at('a', 'push connect tcp://127.0.0.1:7000 9'),
    at('b', 'pull bind ack+tcp://127.0.0.1:7000 0'),
  ])
  assert.deepEqual(one.edges.map(drawn), [['a', 'b', 'unfit']])
  assert.match(listGraph(one).join('\n'), /^ {2}from a {2}tcp:\/\/127\.0\.0\.1:7000 {2}does not fit$/m)
  const several = createGraph([
    at('a', 'push connect pub+tcp://127.0.0.1:7000 9'),
    at('b', 'push connect tcp://127.0.0.1:7000 9'),
    at('c', 'pull bind sub+tcp://127.0.0.1:7000 9'),
    at('d', 'pull connect sub+tcp://127.0.0.1:7000 9'),
  ])
  const place = 'place sub+tcp://127.0.0.1:7000'
  assert.deepEqual(several.edges.map(drawn), [
    ['a', place, 'published'],
    ['b', place, 'unfit'],
    [place, 'c', 'published'],
    [place, 'd', 'published'],
  ])
})

test('bug: what is called alike on two hosts changed its id when one of them came or went', () => {
  const here = relay('edge', '/run/edge.sock')
  const far = relay('edge', 'http://far.example:9600')
  const idsOf = (...all: Running[]) => createGraph(all).nodes.map(({ id }) => id)
  assert.deepEqual(idsOf(here), ['edge'])
  assert.deepEqual(idsOf(far), ['edge@http://far.example:9600'])
  assert.deepEqual(idsOf(far, relay('edge', 'http://other.example:9600')), [
    'edge@http://far.example:9600',
    'edge@http://other.example:9600',
  ])
})
