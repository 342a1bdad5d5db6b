// What Elasticsearch and OpenSearch share: a node tells its port in a file, its health and pid over HTTP.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Launch, launch } from './process.ts'
import type { Server } from './support.ts'

/** Settings of a single node for tests, in both servers' words; port 0 is any free one. */
export function nodeSettings(port: number): Record<string, string> {
  return {
    'cluster.name': 'sluice-test',
    'network.host': '127.0.0.1',
    'http.port': String(port),
    'transport.port': '0',
    'node.portsfile': 'true',
    // A disk that is nearly full makes indices read-only, in the midst of a test.
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
  }
}

/** Launches a node that keeps its logs in `logs`, and resolves when it is in good health. */
export async function launchNode(
  logs: string,
  how: Omit<Launch, 'ready' | 'serving' | 'timeout'>,
): Promise<Server> {
  let url = ''
  const ready = async () => {
    url = await address(logs)
    return url !== '' && (await healthy(url))
  }
  const running = await launch({ ...how, ready, serving: () => processId(url), timeout: 90_000 })
  return { url, ...running }
}

async function address(logs: string): Promise<string> {
  const ports = await readFile(join(logs, 'http.ports'), 'utf8').catch(() => '')
  const line = /^127\.0\.0\.1:\d+$/m.exec(ports)
  return line ? `http://${line[0]}` : ''
}

async function healthy(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/_cluster/health`).catch(() => undefined)
  if (!answer?.ok) return false
  const { status } = (await answer.json()) as { status: string }
  return status === 'green' || status === 'yellow'
}

/** The node's own answer, because what we started may be a script that started it. */
async function processId(url: string): Promise<number> {
  const answer = await fetch(`${url}/_nodes/_local/process`)
  const { nodes } = (await answer.json()) as { nodes: Record<string, { process: { id: number } }> }
  return Object.values(nodes)[0]!.process.id
}
