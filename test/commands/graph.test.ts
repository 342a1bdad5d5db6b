// The graph of real daemons, compared with what was started.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Graph } from '../../src/lib/graph/graph.ts'
import { host } from '../support/host.ts'
import { freePort } from '../support/port.ts'

/** Without what is counted. */
function plain({ nodes, edges }: Graph): unknown {
  return {
    nodes: nodes.map(({ id, kind, name, note, group }) => [id, kind, name, note, ...(group ? [group] : [])]),
    edges: edges.map(({ from, to, endpoint, delivery, output }) => [
      from,
      to,
      endpoint,
      delivery,
      ...(output ? [output] : []),
    ]),
  }
}

async function jsonOf(
  run: ReturnType<ReturnType<typeof host>['command']>,
): Promise<Graph & { unanswered: unknown[] }> {
  assert.equal(await run.exited, 0, run.stderr)
  return JSON.parse(run.stdout)
}

describe('sluice graph', { concurrency: 4 }, () => {
  test('nobody there: 2, and where it looked', async t => {
    const { command, folder } = host(t)
    const run = command('graph')
    assert.equal(await run.exited, 2)
    assert.equal(run.stderr, `sluice graph: there is no admin socket in ${folder}\n`)
    assert.equal(run.stdout, '')
  })

  test('one daemon, whose ends are open', async t => {
    const { daemon, command, folder } = host(t)
    const port = await freePort()
    const run = await daemon(
      'edge',
      `syslog-udp --listen 127.0.0.1:${port} --push-connect file://${folder}/out`,
    )
    assert.deepEqual(plain(await jsonOf(command('graph', '--json', '--over', '0'))), {
      nodes: [
        ['edge', 'source', 'edge', 'syslog-udp'],
        [`outside udp://127.0.0.1:${port} in edge`, 'outside', `udp://127.0.0.1:${port}`, 'senders'],
        [`outside file://${folder}/out`, 'outside', `file://${folder}/out`, 'file'],
      ],
      edges: [
        [`outside udp://127.0.0.1:${port} in edge`, 'edge', `udp://127.0.0.1:${port}`, 'outside'],
        ['edge', `outside file://${folder}/out`, `file://${folder}/out`, 'file'],
      ],
    })
    await run.stop('SIGKILL')
    const gone = command('graph', '--over', '0')
    assert.equal(await gone.exited, 2)
    assert.match(gone.stderr, /: 1 socket of a daemon that was killed: edge\n.*: nobody answers\n$/)
    await daemon('other', `relay --pull-connect - --push-connect file://${folder}/out`)
    const rest = command('graph', '--over', '0')
    assert.equal(await rest.exited, 0, 'all that are there')
    assert.equal(rest.stderr, 'sluice graph: 1 socket of a daemon that was killed: edge\n')
    const named = command('graph', '--over', '0', '--names', 'edge', '--names', 'other')
    assert.equal(await named.exited, 2, 'whom somebody asks for')
    assert.match(named.stderr, /edge\.sock: nobody answers\n$/)
  })

  test('three: by a wildcard, a host name and a path; the rate of each', async t => {
    const { daemon, command, folder } = host(t)
    const port = await freePort()
    await daemon('c', `relay --pull-connect ack+ipc://${folder}/b.ipc --push-connect file:///dev/null`)
    await daemon('b', `relay --pull-bind tcp://*:${port} --insecure --push-bind ack+ipc://${folder}/b.ipc`)
    const first = await daemon('a', `relay --pull-connect - --push-connect tcp://localhost:${port}`)
    const timer = setInterval(() => first.child.stdin!.write('{"n":1}\n{"n":2}\n'), 10)
    t.after(() => clearInterval(timer))
    await first.untilStatus('records', ({ stages }) => stages[0]!.books.in > 20)
    const graph = await jsonOf(command('graph', '--json', '--over', '500ms'))
    assert.deepEqual(plain(graph), {
      nodes: [
        ['a', 'filter', 'a', 'relay'],
        ['b', 'filter', 'b', 'relay'],
        ['c', 'filter', 'c', 'relay'],
        ['outside standard input of a', 'outside', 'standard input', ''],
        ['outside file:///dev/null', 'outside', 'file:///dev/null', 'file'],
      ],
      edges: [
        ['outside standard input of a', 'a', '-', 'plain'],
        ['a', 'b', `tcp://localhost:${port}`, 'plain'],
        ['b', 'c', `ack+ipc://${folder}/b.ipc`, 'acknowledged'],
        ['c', 'outside file:///dev/null', 'file:///dev/null', 'file'],
      ],
    })
    // Two each ten milliseconds, on a machine that may have more to do.
    for (const { rate } of graph.edges) assert.ok(rate! > 0 && rate! < 1000, `${rate}`)
    const boxes = command('graph')
    assert.equal(await boxes.exited, 0)
    assert.match(boxes.stdout, /│ a \(relay\) │\n *└─+┬─+┘\n *│\n *▼ [\d.,]+\/s\n *┌─+┐\n *│ b \(relay\) │\n/)
    for (const line of boxes.stdout.split('\n')) assert.ok(line.length <= 80, line)
    const list = command('graph', '--list', '--over', '0')
    assert.equal(await list.exited, 0)
    assert.match(
      list.stdout,
      new RegExp(`^b \\(relay\\)\n  from a  tcp://localhost:${port}\n  to   c  ack`, 'm'),
    )
  })

  test('seven: a fan-in, a fan-out by outputs, one fed by several, a chain, copies of a stage', async t => {
    const { daemon, command, folder } = host(t)
    const [one, two, three, four] = [await freePort(), await freePort(), await freePort(), await freePort()]
    const at = (port: number) => `tcp://127.0.0.1:${port}`
    await daemon('east', `relay --pull-connect - --push-connect ${at(one)}`)
    await daemon('west', `relay --pull-connect - --push-connect ${at(one)}`)
    await daemon(
      'sorter',
      `route --pull-bind ${at(one)}`,
      '--to',
      `host:web* => ack+${at(two)}`,
      '--to',
      `* => ack+${at(three)}`,
    )
    await daemon('web', `relay --pull-bind ack+${at(two)} --push-connect ${at(four)}`)
    await daemon('rest', `relay --pull-bind ack+${at(three)} --push-connect ${at(four)}`)
    await daemon(
      'chain',
      'run',
      `relay --pull-bind ${at(four)} | map*2 --do 'set x = 1' | relay --push-connect file://${folder}/out`,
    )
    const inside = (from: string, to: string) => [from, to, '', 'inside']
    const graph = await jsonOf(command('graph', '--json', '--over', '0'))
    assert.deepEqual(plain(graph), {
      nodes: [
        ['chain/relay', 'filter', 'relay', 'filter', 'chain'],
        ['chain/relay-2', 'filter', 'relay-2', 'filter', 'chain'],
        ['chain.map.1', 'filter', 'chain.map.1', 'map', 'chain'],
        ['chain.map.2', 'filter', 'chain.map.2', 'map', 'chain'],
        ['east', 'filter', 'east', 'relay'],
        ['rest', 'filter', 'rest', 'relay'],
        ['sorter', 'filter', 'sorter', 'route'],
        ['web', 'filter', 'web', 'relay'],
        ['west', 'filter', 'west', 'relay'],
        ['outside standard input of east', 'outside', 'standard input', ''],
        ['outside standard input of west', 'outside', 'standard input', ''],
        [`outside file://${folder}/out`, 'outside', `file://${folder}/out`, 'file'],
      ],
      edges: [
        ['outside standard input of east', 'east', '-', 'plain'],
        ['outside standard input of west', 'west', '-', 'plain'],
        ['rest', 'chain/relay', at(four), 'plain'],
        ['web', 'chain/relay', at(four), 'plain'],
        inside('chain/relay', 'chain.map.1'),
        inside('chain/relay', 'chain.map.2'),
        inside('chain.map.1', 'chain/relay-2'),
        inside('chain.map.2', 'chain/relay-2'),
        ['chain/relay-2', `outside file://${folder}/out`, `file://${folder}/out`, 'file'],
        ['east', 'sorter', at(one), 'plain'],
        ['west', 'sorter', at(one), 'plain'],
        ['sorter', 'rest', `ack+${at(three)}`, 'acknowledged', `127.0.0.1-${three}`],
        ['sorter', 'web', `ack+${at(two)}`, 'acknowledged', `127.0.0.1-${two}`],
      ],
    })
  })

  test('bug: one that was stopped between the two looks was said to be killed', async t => {
    const { daemon, command, folder } = host(t)
    const a = await daemon('a', 'relay --pull-connect - --push-connect file:///dev/null')
    await daemon('b', 'relay --pull-connect - --push-connect file:///dev/null')
    // It is asked as well, so it knows when the first look is.
    const asked = Promise.withResolvers<void>()
    const other = createServer((_, response) => {
      asked.resolve()
      response.writeHead(404).end()
    }).listen(join(folder, 'other.sock'))
    t.after(() => other.close())
    const run = command('graph', '--over', '2s')
    await asked.promise
    await a.stop()
    assert.equal(await run.exited, 2)
    assert.equal(run.stderr, `sluice graph: ${folder}/other.sock: HTTP 404: \n`)
    assert.match(run.stdout, /│ b \(relay\) │/)
    assert.doesNotMatch(run.stdout, /│ a /)
  })

  test('what cannot be written is said', async t => {
    const { daemon, command } = host(t)
    await daemon('a', 'relay --pull-connect - --push-connect file:///dev/null')
    const run = command('graph', '--over', '0', '--svg', '/nowhere/x.svg')
    assert.equal(await run.exited, 70)
    assert.match(run.stderr, /^sluice graph: --svg \/nowhere\/x\.svg: /)
  })
})
