// kill -9 of who takes requests, and of the sink, under load: what was answered 200 is in the store, and only what was not
// answered is there more than once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { post } from '../support/http.ts'
import { freePort } from '../support/port.ts'
import { LONG, Random } from './random.ts'
import { Service } from './service.ts'
import { numbersInStore } from './store.ts'
import { until } from './wait.ts'

const ROUNDS = LONG ? 60 : 4
const CLIENTS = 8
const BODY = 50
const PAUSE = 20

/** Posts bodies of numbered records, each again until it is answered with 200. */
class Clients {
  /** By its number, how often each body was sent. */
  readonly attempts: number[] = []
  answered = 0
  readonly #port: number
  readonly #loops: Promise<void>[]
  #stopped = false

  constructor(port: number) {
    this.#port = port
    this.#loops = Array.from({ length: CLIENTS }, () => this.#loop())
  }

  /** Each client ends with an answer. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const body = this.attempts.push(0) - 1
      const numbers = Array.from({ length: BODY }, (_, n) => body * BODY + n)
      const lines = numbers.map(number => `{"number":${number}}\n`).join('')
      while (!(await this.#isAnswered(body, lines))) await wait(PAUSE)
      this.answered++
    }
  }

  async #isAnswered(body: number, lines: string): Promise<boolean> {
    this.attempts[body]!++
    try {
      const answer = await post(this.#port, lines, { headers: { 'content-type': 'application/x-ndjson' } })
      if (answer.status === 200) assert.equal(answer.body, `{"accepted":${BODY}}`)
      else assert.equal(answer.status, 503, answer.body)
      return answer.status === 200
    } catch (error) {
      if (error instanceof assert.AssertionError && error.message !== 'there was no answer') throw error
      return false
    }
  }
}

test(`${ROUNDS} times kill -9 of sluice-http-in or of its sink, with clients that repeat`, async t => {
  const random = new Random(t)
  const [port, page, link] = [await freePort(), await freePort(), await freePort()]
  const endpoint = `ack+tcp://127.0.0.1:${link}`
  const store = new Service(t, 'sluice-store', [
    ...['--pull-bind', endpoint, '--http', `127.0.0.1:${page}`, '--path', 'store'],
  ])
  const inlet = new Service(t, 'sluice-http-in', [
    ...['--http', `127.0.0.1:${port}`, '--push-connect', endpoint, '--answer-within', '1s'],
  ])
  await Promise.all([store.ready(), inlet.ready()])
  const clients = new Clients(port)
  for (let round = 0; round < ROUNDS; round++) {
    const goal = clients.answered + random.between(1, 100)
    await until('more answers', () => clients.answered >= goal)
    await (round % 2 === 0 ? inlet : store).kill()
  }
  await clients.stop()
  const copies = new Map<number, number>()
  for (const number of await numbersInStore(page)) copies.set(number, (copies.get(number) ?? 0) + 1)
  const { attempts } = clients
  for (let number = 0; number < attempts.length * BODY; number++) {
    const there = copies.get(number) ?? 0
    const sent = attempts[Math.floor(number / BODY)]!
    assert.ok(there >= 1 && there <= sent, `number ${number}: sent ${sent} times, there ${there} times`)
  }
  const repeated = attempts.filter(times => times > 1).length
  t.diagnostic(`${attempts.length * BODY} records, ${repeated} of ${attempts.length} bodies sent again`)
})
