// A Sluice program under measurement, started as its user starts it.
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { plainEnvironment, start } from './children.ts'
import { root, temporary } from './folder.ts'

export interface ProgramOptions {
  /** The folder whose bin/ holds it: the checkout, or a package that was built of it. */
  home?: string
  /** Where its standard streams lead; by default nowhere. Standard error is always read here. */
  stdin?: number | 'ignore'
  stdout?: number | 'ignore'
  /** Runs on this core only. */
  core?: number
  env?: NodeJS.ProcessEnv
}

export interface ProgramStatus {
  stages: {
    name: string
    books: { in: number; held: number; balanced: boolean; [outcome: string]: number | boolean }
    counters: { [event: string]: number }
    spool?: { records: number; bytes: number }
  }[]
}

let started = 0

export class Program {
  readonly child: ChildProcess
  /** performance.now() of the start and, once it is known, of the line that says ready. */
  readonly startedAt = performance.now()
  readyAt = Number.NaN
  endpoints: readonly string[] = []
  stderr = ''
  readonly exited: Promise<number | null>
  readonly #name: string
  readonly #ready = Promise.withResolvers<void>()
  #rest = ''

  /** @param program a name in bin/ */
  constructor(program: string, args: readonly string[], options: ProgramOptions = {}) {
    const { home = root, stdin = 'ignore', stdout = 'ignore', core, env } = options
    this.#name = `bench-${++started}`
    const folder = temporary(this.#name)
    mkdirSync(folder, { recursive: true })
    const path = join(home, 'bin', program)
    const command = core === undefined ? [path] : ['taskset', '-c', String(core), path]
    const stdio: StdioOptions = [stdin, stdout, 'pipe']
    this.child = start(command[0]!, [...command.slice(1), ...args], {
      cwd: folder,
      stdio,
      env: {
        ...plainEnvironment(),
        SLUICE_NAME: this.#name,
        SLUICE_LOG_LEVEL: 'debug',
        RUNTIME_DIRECTORY: folder,
        STATE_DIRECTORY: folder,
        ...profiling(program),
        ...env,
      },
    })
    this.child.stderr!.setEncoding('utf8').on('data', text => this.#read(text))
    this.exited = once(this.child, 'close').then(([code]) => {
      this.#ready.reject(new Error(`${program} ended with ${code}: ${this.stderr.slice(-2000)}`))
      return code as number | null
    })
    this.#ready.promise.catch(() => {})
  }

  get pid(): number {
    return this.child.pid!
  }

  ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Milliseconds from start to ready. */
  get startTime(): number {
    return this.readyAt - this.startedAt
  }

  /** The port of the n-th endpoint that has one. */
  port(n = 0): number {
    const address = this.endpoints.filter(endpoint => /:\d+$/.test(endpoint))[n]
    return Number(/:(\d+)$/.exec(address ?? '')?.[1])
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM')
    await this.exited
  }

  /** The path of its admin socket. */
  get socket(): string {
    return join(temporary(this.#name), `${this.#name}.sock`)
  }

  /** Asks its admin socket. */
  async status(): Promise<ProgramStatus> {
    const socketPath = this.socket
    return new Promise((resolve, reject) => {
      request({ socketPath, path: '/status', agent: false }, async response => {
        let body = ''
        for await (const text of response.setEncoding('utf8')) body += text
        resolve(JSON.parse(body))
      })
        .on('error', reject)
        .end()
    })
  }

  #read(text: string): void {
    this.stderr += text
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) {
      if (!line.includes('"msg":"ready"')) continue
      this.readyAt = performance.now()
      this.endpoints = JSON.parse(line).endpoints
      this.#ready.resolve()
    }
  }
}

/**
 * With SLUICE_BENCH_PROFILE=FOLDER each program under measurement leaves CPU profiles there (bench/profile.ts), one of
 * each of its threads, in a folder of its own.
 */
function profiling(program: string): NodeJS.ProcessEnv {
  const folder = process.env.SLUICE_BENCH_PROFILE
  if (!folder) return {}
  const flags = ['--cpu-prof', `--cpu-prof-dir=${join(folder, `${program}-${started}`)}`]
  return { NODE_OPTIONS: flags.join(' ') }
}

/** Asks again until the answer is yes; false when it has not been within `patience` milliseconds. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  patience = 20_000,
): Promise<boolean> {
  const deadline = performance.now() + patience
  while (!(await check())) {
    if (performance.now() > deadline) return false
    await sleep(20)
  }
  return true
}
