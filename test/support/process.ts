import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

export const root = join(import.meta.dirname, '../..')

/** How long a test waits for what should come at once, before it says what is missing. */
const PATIENCE = 30_000

export interface LogLine {
  level: string
  msg: string
  endpoints?: string[]
  admin?: string[]
  [key: string]: unknown
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv
  /** What the process reads; 'open' keeps a pipe open, to be written by `stdin`. */
  stdin?: 'ignore' | 'open' | string | Buffer
  cwd?: string
  /** Sockets that it is given as systemd gives them: their descriptors and names. */
  sockets?: readonly { fd: number; name: string }[]
}

/** A Sluice program as its user starts it, with folders of its own. */
export class Sluice {
  readonly child: ChildProcess
  readonly folder: string
  readonly logs: LogLine[] = []
  stdout = ''
  stderr = ''
  readonly exited: Promise<number | null>
  readonly #changed = new Set<() => void>()

  /** @param program a name in bin/ or a path */
  constructor(t: TestContext, program: string, args: readonly string[], options: RunOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    const { stdin = 'ignore', env, cwd, sockets = [] } = options
    const places = { RUNTIME_DIRECTORY: this.folder, STATE_DIRECTORY: this.folder }
    const path = program.includes('/') ? program : join(root, 'bin', program)
    // sd_listen_fds(3): they are for the process of this number alone.
    const handing = ['/bin/sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh']
    const [command, ...words] = [...(sockets.length > 0 ? handing : []), path, ...args]
    const handed = { LISTEN_FDS: `${sockets.length}`, LISTEN_FDNAMES: sockets.map(one => one.name).join(':') }
    this.child = spawn(command!, words, {
      cwd: cwd ?? this.folder,
      env: {
        ...{ ...process.env, ...places, SLUICE_LOG_LEVEL: 'debug' },
        ...(sockets.length > 0 && handed),
        ...env,
      },
      stdio: [stdin === 'ignore' ? 'ignore' : 'pipe', 'pipe', 'pipe', ...sockets.map(({ fd }) => fd)],
    })
    // A process may end before it has read all of it.
    this.child.stdin?.on('error', () => {})
    if (stdin !== 'ignore' && stdin !== 'open') this.child.stdin!.end(stdin)
    this.child.stdout!.setEncoding('utf8').on('data', text => {
      this.stdout += text
      this.#notify()
    })
    this.child.stderr!.setEncoding('utf8').on('data', text => this.#read(text))
    this.exited = once(this.child, 'close').then(([code]) => {
      this.#notify()
      return code as number | null
    })
    t.after(async () => {
      this.child.kill('SIGKILL')
      await this.exited
      rmSync(this.folder, { recursive: true, force: true })
      // Whatever the test waited for meanwhile: this is why.
      const bug = this.logs.find(({ msg }) => msg.startsWith('this is a bug'))
      if (bug) t.diagnostic(JSON.stringify(bug))
      assert.equal(bug, undefined)
    })
  }

  #read(text: string): void {
    this.stderr += text
    this.logs.length = 0
    for (const line of this.stderr.split('\n')) if (line.startsWith('{')) this.#addLog(line)
    this.#notify()
  }

  #addLog(line: string): void {
    try {
      this.logs.push(JSON.parse(line))
    } catch {
      // The rest of the line has not come yet.
    }
  }

  #notify(): void {
    for (const changed of this.#changed) changed()
  }

  /** Waits until `found` finds something in what the process has printed. */
  async until<T>(what: string, found: (self: this) => T | undefined | false): Promise<T> {
    const deadline = Date.now() + PATIENCE
    for (;;) {
      const value = found(this)
      if (value) return value
      if (this.child.exitCode !== null && this.child.stdout!.closed && this.child.stderr!.closed) break
      if (Date.now() > deadline) break
      // `found` may look at other processes too, whose output wakes nobody here.
      await this.#nextChange(100)
    }
    throw new Error(
      `${what} did not come; stdout:\n${this.stdout.slice(-2000)}\nstderr:\n${this.stderr.slice(-2000)}`,
    )
  }

  async #nextChange(most: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, most)
    this.#changed.add(resolve)
    await promise
    clearTimeout(timer)
    this.#changed.delete(resolve)
  }

  /** The line that says ready, with the real ports: its own, which copies of stages have too. */
  ready(): Promise<LogLine> {
    return this.until('ready', ({ logs }) =>
      logs.find(({ name, msg }) => msg === 'ready' && name === logs[0]!.name),
    )
  }

  /** The port of the n-th endpoint that is not a standard stream. */
  async port(n = 0): Promise<number> {
    const { endpoints = [] } = await this.ready()
    const address = endpoints.filter(endpoint => /:\d+(\?|$)/.test(endpoint))[n]
    return Number(/:(\d+)(\?|$)/.exec(address ?? '')?.[1])
  }

  log(pattern: RegExp): Promise<LogLine> {
    return this.until(String(pattern), ({ logs }) => logs.find(({ msg }) => pattern.test(msg)))
  }

  /** The records on standard output, as soon as there are `count`. */
  records(count: number): Promise<{ [key: string]: unknown }[]> {
    return this.until(`${count} records`, ({ stdout }) => {
      const lines = stdout.split('\n').slice(0, -1)
      return lines.length >= count ? lines.map(line => JSON.parse(line)) : undefined
    })
  }

  /** The addresses of the admin faces, which are there before it is ready. */
  async faces(): Promise<string[]> {
    return this.until('its faces', ({ logs }) => logs.find(({ admin }) => admin)?.admin)
  }

  /** Asks the admin socket. */
  async admin(path: string): Promise<{ status: number; body: string }> {
    const face = (await this.faces()).find(address => address.startsWith('unix:'))!
    return get(face.slice('unix:'.length), path)
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.admin('/status')).body)
  }

  /** Asks a copy of a stage. */
  async statusOf(copy: string): Promise<Status> {
    const [own] = (await this.faces()).filter(address => address.startsWith('unix:'))
    const socket = join(dirname(own!.slice('unix:'.length)), `${copy}.sock`)
    return JSON.parse((await get(socket, '/status')).body)
  }

  /** Waits until the status is as wanted. */
  async untilStatus(what: string, wanted: (status: Status) => boolean): Promise<Status> {
    let deadline = Date.now() + PATIENCE
    let before = ''
    for (;;) {
      const status = await this.status()
      if (wanted(status)) return status
      // As long as something happens it is only slow.
      const books = JSON.stringify(status.stages.map(stage => stage.books))
      if (books !== before) deadline = Date.now() + PATIENCE
      before = books
      if (Date.now() > deadline)
        throw new Error(`${what} did not come; status: ${JSON.stringify(status.stages, null, 2)}`)
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal)
    return this.exited
  }
}

export interface Status {
  ready: boolean
  waiting: string[]
  stages: {
    name: string
    books: { in: number; held: number; balanced: boolean; [outcome: string]: number | boolean }
    counters: { [event: string]: number }
    links: { endpoint: string; peers?: number; batches: number; records: number }[]
    [key: string]: unknown
  }[]
  copies?: { name: string; pid: number | null; restarts: number; waiting: string[] }[]
}

function get(socketPath: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode!, body }))
    })
      .on('error', reject)
      .end()
  })
}
