// Strangers in a process of their own: node flooder.ts PORT COUNT RATE SEED [SERVERKEY]. It says that it is there; then it answers
// `begin WAY`, when it has connected COUNT times, `count`, and `end`, when it has let go of all of them. RATE is how often a second it
// connects, at most: who is sent away comes again.
import { connect, type Socket } from 'node:net'
import { curveKeyPair, Push } from 'zeromq'
import { JUNK } from './junk.ts'

export interface Flood {
  /** Times it has connected. */
  connected: number
  /** Connections that it has now. */
  held: number
  /** Seconds of CPU. */
  cpu: number
}

export const WAYS = ['silent', 'slow', 'churn', 'strangers'] as const
/** Say nothing; a byte a second; send junk and hang up; shake hands with a key that is not allowed. */
export type Way = (typeof WAYS)[number]

const TICK = 20
/** A second, in which who is slow says a byte. */
const TURNS = 1000 / TICK
/** Connections that one socket of ZeroMQ makes. */
const EACH = 10

const [port = 0, most = 0, rate = 0, seed = 0] = process.argv.slice(2, 6).map(Number)
const serverKey = process.argv[6] ?? ''
let way: Way = 'silent'

const held = new Set<Socket>()
/** What lets one who is slow say a byte. */
const sayings = new Map<Socket, () => void>()
const sockets: Push[] = []
let connected = 0
let ticks = 0
let begun: (() => void) | undefined
let timer: NodeJS.Timeout | undefined
const junk = Object.values(JUNK).map((make, n) => make(noise(seed + n)))

/** The same bytes for the same seed (a linear congruential generator, as in ISO C). */
function noise(start: number): Buffer {
  let state = start >>> 0
  return Buffer.from(
    Array.from({ length: 600 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return state >>> 16
    }),
  )
}

function dial(): void {
  const bytes = junk[connected % junk.length]!
  const socket = connect({ port, host: '127.0.0.1' }, () => {
    noteConnected()
    if (way === 'churn') socket.end(bytes)
  })
  let at = 0
  if (way === 'slow') sayings.set(socket, () => socket.write(bytes.subarray(at, ++at)))
  held.add(socket)
  socket.on('error', () => {})
  socket.resume()
  socket.on('close', () => {
    held.delete(socket)
    sayings.delete(socket)
  })
}

function noteConnected(): void {
  if (++connected >= most) begun?.()
}

/** libzmq does not dial again where its key was refused. */
function dialAsStranger(): void {
  if (sockets.length * EACH >= most) sockets.shift()!.close()
  const { publicKey, secretKey } = curveKeyPair()
  const socket = new Push({
    linger: 0,
    ...{ curvePublicKey: publicKey, curveSecretKey: secretKey, curveServerKey: serverKey },
  })
  sockets.push(socket)
  socket.events.on('connect', noteConnected)
  for (let n = 0; n < EACH; n++) socket.connect(`tcp://127.0.0.1:${port}`)
}

function tick(): void {
  ticks++
  const due = Math.floor((ticks * rate) / TURNS) - Math.floor(((ticks - 1) * rate) / TURNS)
  if (way === 'strangers') for (let n = 0; n < due; n += EACH) dialAsStranger()
  else for (let n = 0; n < due && held.size < most; n++) dial()
  let turn = ticks
  for (const say of sayings.values()) if (turn++ % TURNS === 0) say()
}

function count(): Flood {
  const { user, system } = process.cpuUsage()
  return { connected, held: held.size, cpu: (user + system) / 1e6 }
}

function answer(): void {
  process.send!(count())
}

process.on('message', (asked: string) => {
  if (asked === 'count') answer()
  if (asked.startsWith('begin')) {
    way = asked.split(' ')[1] as Way
    begun = () => {
      begun = undefined
      answer()
    }
    connected = 0
    timer = setInterval(tick, TICK)
  }
  if (asked === 'end') {
    clearInterval(timer)
    for (const socket of held) socket.destroy()
    for (const socket of sockets.splice(0)) socket.close()
    setImmediate(answer)
  }
})
process.on('disconnect', () => process.exit())
process.send!('there')
