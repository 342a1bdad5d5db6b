// Watches a hub on some host, by WebSocket or server-sent events, and prints what it gets, a line each: {"number"}, {"missed"}, {"ended"}.
import { request } from 'node:https'
import { WebSocket } from 'ws'
import { createParser } from '../../src/web/lib/event-stream.ts'

const [kind, address, token] = process.argv.slice(2) as [string, string, string]
const options = { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false }
const print = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)

function take(line: string): void {
  const { '@meta': meta, number } = JSON.parse(line)
  if (meta.missed !== undefined) print({ missed: meta.missed })
  else if (number !== undefined) print({ number })
}

function byWebSocket(): void {
  const socket = new WebSocket(`wss://${address}/events`, options)
  socket.on('message', message => String(message).split('\n').forEach(take))
  socket.on('error', () => {})
  socket.on('close', () => print({ ended: true }))
}

/** Comes back as a browser does. */
function byEvents(lastId?: string): void {
  let id = lastId
  let timer: NodeJS.Timeout | undefined
  // A reset is told of twice.
  const again = () => {
    clearTimeout(timer)
    timer = setTimeout(byEvents, 500, id)
  }
  const headers = { ...options.headers, ...(id !== undefined && { 'last-event-id': id }) }
  const asked = request(`https://${address}/events`, { ...options, headers }, response => {
    const parse = createParser(
      ({ event, data }) => {
        if (event === 'message') take(data)
        else if (event === 'missed') print({ missed: JSON.parse(data).records })
      },
      given => {
        id = given
      },
    )
    response.setEncoding('utf8').on('data', parse)
    response.on('error', () => {})
    response.on('close', () => {
      print({ ended: true })
      again()
    })
  })
  asked.on('error', again).end()
}

if (kind === 'WebSocket') byWebSocket()
else byEvents()
