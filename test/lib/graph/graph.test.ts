import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Running } from '../../../src/lib/asking/running.ts'
import { createGraph } from '../../../src/lib/graph/create-graph.ts'
import type { GraphEdge } from '../../../src/lib/graph/graph.ts'
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

/** A sink that says where it stores. */
function sink(
  name: string,
  address: string,
  options: { [flag: string]: unknown },
  ...links: string[]
): Running {
  const one = relay(name, address, ...links)
  return { ...one, stages: one.stages.map(stage => ({ ...stage, shape: 'sink', options })) }
}

test('bug: what is stored on two hosts, or in two folders, was drawn as one store', () => {
  const [here, far] = ['/run/a.sock', 'http://far.example:9600']
  const outside = (...all: Running[]) =>
    createGraph(all).nodes.flatMap(({ kind, name }) => (kind === 'outside' ? [name] : []))
  for (const store of [
    'sqlite:///var/lib/x.sqlite',
    'redis://127.0.0.1:6379',
    'redis+unix:///run/redis.sock',
  ])
    assert.deepEqual(outside(sink('a', here, { '--store': store }), sink('b', far, { '--store': store })), [
      store,
      `${store}@far.example`,
    ])
  for (const node of ['http://localhost:9200', 'https://[::1]:9200', 'http://es:x@127.0.0.1:9200'])
    assert.equal(outside(sink('a', here, { '--node': node }), sink('b', far, { '--node': node })).length, 2)
  const files = ['push connect file:///var/log/out 1']
  assert.equal(outside(sink('a', here, {}, ...files), sink('b', far, {}, ...files)).length, 2)
  // The same one for all.
  const shared = { '--store': 'redis://db.example:6379' }
  assert.deepEqual(outside(sink('a', here, shared), sink('b', far, shared)), ['redis://db.example:6379'])
  const local = { '--store': 'redis://127.0.0.1:6379' }
  assert.equal(outside(sink('a', here, local), sink('b', here, local)).length, 1)
  // Each in the folder of its own name.
  assert.equal(
    outside(sink('a', here, { '--store': 'sqlite:' }), sink('b', here, { '--store': 'sqlite:' })).length,
    2,
  )
})

test('bug: of a password with an @, what comes behind that was shown', () => {
  for (const store of ['redis://me:a@b:c@db.example:6379/0', 'redis://me@corp:x@db.example:6379/0']) {
    const { nodes } = createGraph([sink('a', '/run/a.sock', { '--store': store })])
    assert.deepEqual(
      nodes.flatMap(({ kind, name }) => (kind === 'outside' ? [name] : [])),
      ['redis://db.example:6379/0'],
    )
  }
})
