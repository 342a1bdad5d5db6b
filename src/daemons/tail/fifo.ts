import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync, readSync, rmSync, type Stats, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { codeOf, Fatal, messageOf } from '../../lib/index.ts'
import { loadLinux } from '../../lib/linux.ts'

/** Bytes that the pipe may hold while nobody reads: as much as a user may ask for who is not root (pipe(7)). */
const PIPE_SIZE = 1024 * 1024
const CHUNK = 64 * 1024

export interface FifoOptions {
  path: string
  /** As chmod(1) and chown(1) take them, of a pipe that is made here. */
  mode: string
  owner: string | undefined
}

/** Takes bytes whose memory is used again. */
type TakeBytes = (chunk: Buffer) => void

/** A named pipe that is read: it has no end, whatever its writers do. */
export class Fifo {
  readonly path: string
  readonly #fd: number
  #take: TakeBytes = () => {}
  readonly #socket: Socket

  private constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
    const buffer = Buffer.allocUnsafeSlow(CHUNK)
    const callback = (length: number) => {
      this.#take(buffer.subarray(0, length))
      return true
    }
    // libuv waits for it with epoll: no thread hangs in a read.
    const how = { fd, readable: true, writable: false, manualStart: true, onread: { buffer, callback } }
    this.#socket = new Socket(how)
  }

  /** Makes the pipe where there is none. Throws Fatal that says what to type. */
  static async open(options: FifoOptions): Promise<Fifo> {
    const stat = statOf(options.path)
    if (!stat) make(options)
    else if (!stat.isFIFO())
      throw new Fatal(
        `--fifo ${options.path}: this is no named pipe; to read a file, write --file '${options.path}', to have a pipe, remove it first`,
      )
    // For writing as well: with a writer, ourselves, it never has an end (fifo(7)).
    const fd = opened(options.path)
    const linux = await loadLinux()
    linux?.setPipeSize(fd, PIPE_SIZE)
    return new Fifo(options.path, fd)
  }

  /** Whether its name still leads to it. */
  get isThere(): boolean {
    const stat = statOf(this.path)
    const own = fstatSync(this.#fd)
    return stat !== undefined && stat.ino === own.ino && stat.dev === own.dev
  }

  start(take: TakeBytes, failed: (error: Error) => void): void {
    this.#take = take
    this.#socket.on('error', failed)
    this.resume()
  }

  /** Writers go on until the pipe is full, and then wait. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Reads at once what is in it: when we go, and nobody else has it open, the kernel throws that away. */
  drain(): void {
    this.pause()
    const buffer = Buffer.allocUnsafe(CHUNK)
    try {
      for (let left = PIPE_SIZE; left > 0; ) {
        const length = readSync(this.#fd, buffer)
        this.#take(buffer.subarray(0, length))
        left -= length
      }
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw new Fatal(`--fifo ${path}: ${messageOf(error)}`)
  }
}

function opened(path: string): number {
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    if (fstatSync(fd).isFIFO()) return fd
    closeSync(fd)
  } catch (error) {
    throw new Fatal(`--fifo ${path}: ${messageOf(error)}`)
  }
  throw new Fatal(`--fifo ${path}: this is no named pipe`)
}

/** Node has no mkfifo(3). */
function make({ path, mode, owner }: FifoOptions): void {
  run(path, 'mkfifo', ['-m', mode, '--', path])
  if (owner === undefined) return
  try {
    run(path, 'chown', [owner, '--', path])
  } catch (error) {
    // At the next start it would be taken for somebody's who wants it as it is.
    rmSync(path)
    throw error
  }
}

function run(path: string, command: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return
  throw new Fatal(`--fifo ${path}: ${error ? messageOf(error) : stderr.trim()}`)
}
