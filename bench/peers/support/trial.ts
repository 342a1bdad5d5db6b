// One shipper from its start to its end, into an index of its own, with every record accounted for.
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { blast } from '../../support/blast.ts'
import { temporary } from '../../support/folder.ts'
import { cpuSecondsWithEnded, kernelDrops } from '../../support/proc.ts'
import { MESSAGE_SIZE } from '../../support/records.ts'
import type { Shipper, Started } from '../shipper.ts'
import type { Elastic } from './elastic.ts'
import { type Missed, Seen } from './seen.ts'
import { freeUdpPort } from './sockets.ts'

const POLL = 50
/** Nothing has come for so long: nothing will. More than a shipper waits before it tries again. */
const PATIENCE = 20_000

export interface Window {
  sent: number
  /** Records in Elasticsearch at its end, of this window. */
  arrived: number
  /** Microseconds of CPU a record that arrived: of the shipper, and of Elasticsearch. */
  cpu: number
  elasticsearch: number
  /** From the first datagram to the last record in Elasticsearch. */
  seconds: number
}

export interface Account extends Missed {
  sent: number
  kernelDropped: number
  bufferGranted: number
}

let made = 0

export class Trial {
  readonly started: Started
  readonly #elastic: Elastic
  readonly #port: number
  readonly #index: string
  #first: number | undefined
  #sent = 0
  #arrived = 0
  /** CPU seconds at the end of the last window: none yet, so that the first one includes the start. */
  #cpu = { shipper: 0, elasticsearch: 0 }
  #kernelDropped = 0

  static async start(shipper: Shipper, elastic: Elastic): Promise<Trial> {
    const folder = temporary(`trial-${++made}`)
    mkdirSync(folder)
    const [port, index] = [await freeUdpPort(), await elastic.createIndex()]
    const elasticsearch = cpuSecondsWithEnded(elastic.pids())
    const started = await shipper.start({ port, url: elastic.url, index, folder })
    return new Trial(started, elastic, port, index, elasticsearch)
  }

  private constructor(
    started: Started,
    elastic: Elastic,
    port: number,
    index: string,
    elasticsearch: number,
  ) {
    this.started = started
    this.#elastic = elastic
    this.#port = port
    this.#index = index
    this.#cpu.elasticsearch = elasticsearch
  }

  /** Sends for some seconds and waits until all of it is in Elasticsearch; CPU counts from the end of the last one. */
  async window(rate: number, seconds: number): Promise<Window> {
    const start = performance.now()
    const before = { cpu: this.#cpu, arrived: this.#arrived }
    const sent = await blast(this.#port, rate, seconds, MESSAGE_SIZE)
    this.#first ??= sent.first
    this.#sent += sent.datagrams
    await this.#settle()
    this.#cpu = {
      shipper: cpuSecondsWithEnded(this.started.pids()),
      elasticsearch: cpuSecondsWithEnded(this.#elastic.pids()),
    }
    const arrived = this.#arrived - before.arrived
    const each = (what: 'shipper' | 'elasticsearch') => ((this.#cpu[what] - before.cpu[what]) * 1e6) / arrived
    const took = (performance.now() - start) / 1000
    return {
      sent: sent.datagrams,
      arrived,
      cpu: each('shipper'),
      elasticsearch: each('elasticsearch'),
      seconds: took,
    }
  }

  /** Stops the shipper, and then looks for each number. */
  async finish(): Promise<Account> {
    const { bufferGranted } = this.started
    await this.started.stop()
    const seen = new Seen(this.#first ?? 0, this.#sent)
    await this.#elastic.read(this.#index, seen)
    await this.#elastic.delete(this.#index)
    return { sent: this.#sent, kernelDropped: this.#kernelDropped, bufferGranted, ...seen.missed }
  }

  async #settle(): Promise<void> {
    for (let patience = performance.now() + PATIENCE; performance.now() < patience; await sleep(POLL)) {
      const written = await this.#elastic.written(this.#index)
      if (written > this.#arrived) patience = performance.now() + PATIENCE
      this.#arrived = written
      this.#kernelDropped = kernelDrops(this.#port)
      if (written + this.#kernelDropped >= this.#sent) return
    }
  }
}
