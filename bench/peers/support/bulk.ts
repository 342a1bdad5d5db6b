// Bulk requests with documents as Sluice makes them, ready before they are sent, and sent as fast as they are answered.
import { Agent, request } from 'node:http'
import { recordsOf } from '../../support/records.ts'

/** Bodies of about so many bytes, of numbered records; the index is left to the address. */
export function bulkBodies(records: number, bytes: number): Buffer[] {
  const line = recordsOf('parsed')
  const bodies: Buffer[] = []
  let body = ''
  for (let number = 0; number < records; number++) {
    const source = line(number)
    const { id } = JSON.parse(source)['@meta']
    body += `{"create":{"_id":"${id}"}}\n${source}\n`
    if (body.length < bytes) continue
    bodies.push(Buffer.from(body))
    body = ''
  }
  if (body) bodies.push(Buffer.from(body))
  return bodies
}

/** Sends them to the address of an index, so many at a time; resolves when the last is answered. */
export async function sendBodies(
  index: string,
  bodies: readonly Buffer[],
  concurrency: number,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const waiting = bodies.values()
  const sender = async () => {
    for (const body of waiting) await post(`${index}/_bulk`, body, agent)
  }
  await Promise.all(Array.from({ length: concurrency }, sender))
  agent.destroy()
}

function post(url: string, body: Buffer, agent: Agent): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, async response => {
      // The beginning says whether all is well; the rest is only read.
      let beginning = ''
      for await (const chunk of response) if (beginning.length < 100) beginning += chunk
      if (response.statusCode === 200 && beginning.includes('"errors":false')) resolve()
      else reject(new Error(`Elasticsearch says ${response.statusCode}: ${beginning.slice(0, 500)}`))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
