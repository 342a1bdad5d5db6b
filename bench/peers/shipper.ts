// What is compared: a program, or a set of them, that takes syslog over UDP and puts it into Elasticsearch.
import { relative } from 'node:path'
import { root } from '../support/folder.ts'

export interface Where {
  /** UDP, on 127.0.0.1. */
  port: number
  /** Of Elasticsearch. */
  url: string
  index: string
  /** A folder of its own, which is there. */
  folder: string
}

export interface Started {
  /** All its processes, with their children. */
  pids(): number[]
  /** Bytes of the receive buffer of its socket, as the kernel counts them. */
  bufferGranted: number
  stop(): Promise<void>
}

export interface Shipper {
  name: string
  /** Where its configuration stands, below the checkout. */
  source: string
  /** Rejects with the reason when it is not to be had on this machine. */
  version(): Promise<string>
  start(where: Where): Promise<Started>
}

/** What each of them asks for its socket: as much as net.core.rmem_max of the machines that this is written for. */
export const RECEIVE_BUFFER = 8 * 2 ** 20

/** The path below the checkout of a module that describes a shipper. */
export function sourceOf(module: string): string {
  return relative(root, module)
}
