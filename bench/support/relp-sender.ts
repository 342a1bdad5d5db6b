// Sends syslog over RELP as fast as it is answered: node relp-sender.ts PORT CONNECTIONS WINDOW. It says when its sessions are open; then,
// at each message, a number, it sends so many messages over all connections, and says when all of them are answered.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { syslogLine } from './records.ts'

const LF = 0x0a
const OPEN = 'relp_version=0\nrelp_software=bench\ncommands=syslog'

const [port = 0, connections = 0, window = 0] = process.argv.slice(2).map(Number)
// The numbers of a window come again: what is answered is counted, not looked up.
const lines = Array.from({ length: window }, (_, n) => syslogLine(n))
const frames = lines.map((line, n) => Buffer.from(`${n + 2} syslog ${line.length} ${line}\n`))
const starts = [0]
for (const frame of frames) starts.push(starts.at(-1)! + frame.length)
const twice = Buffer.concat([...frames, ...frames])
const size = starts[window]!

class Client {
  readonly #socket: Socket
  #next = 0
  #left = 0
  #unanswered = 0
  #done: () => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => {
      let answers = 0
      for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) answers++
      this.#unanswered -= answers
      this.#send()
      if (this.#unanswered === 0) this.#done()
    })
  }

  send(messages: number): Promise<void> {
    this.#left = messages
    const done = new Promise<void>(resolve => {
      this.#done = resolve
    })
    this.#send()
    return done
  }

  #send(): void {
    const count = Math.min(this.#left, window - this.#unanswered)
    if (count === 0) return
    const end = this.#next + count
    const last = end <= window ? starts[end]! : size + starts[end - window]!
    this.#socket.write(twice.subarray(starts[this.#next], last))
    this.#next = end % window
    this.#left -= count
    this.#unanswered += count
  }
}

const clients = await Promise.all(Array.from({ length: connections }, open))
process.on('message', async (messages: string) => {
  await Promise.all(clients.map(client => client.send(Math.floor(Number(messages) / connections))))
  process.send!('answered')
})
process.send!('open')

async function open(): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.write(`1 open ${OPEN.length} ${OPEN}\n`)
  await once(socket, 'data')
  return new Client(socket)
}
