// Sends numbers to port 514, until there is a file of this name: datagrams to both addresses, and a connection for each to TCP. Prints how
// many.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

const isOver = () => existsSync(process.argv[2])
const sent = { udp: 0, tcp: 0 }

async function sendDatagrams(address) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.connect(514, address)
  await once(socket, 'connect')
  for (; !isOver(); await wait(5)) {
    for (let n = 0; n < 4; n++) {
      const message = `<13>udp ${sent.udp++}`
      await new Promise((resolve, reject) =>
        socket.send(message, error => (error ? reject(error) : resolve())),
      )
    }
  }
  socket.close()
}

async function sendConnections() {
  while (!isOver()) {
    const socket = connect(514, '127.0.0.1')
    // An error ends it all: nobody is to be refused.
    socket.end(`<13>tcp ${sent.tcp++}\n`)
    socket.resume()
    await once(socket, 'close')
    if (socket.errored) throw socket.errored
  }
}

const senders = [
  sendDatagrams('127.0.0.1'),
  sendDatagrams('::1'),
  ...Array.from({ length: 4 }, sendConnections),
]
await Promise.all(senders)
console.log(JSON.stringify(sent))
