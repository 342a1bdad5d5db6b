// tmux, a terminal without a screen: the one of the system, or Debian's.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { installPackages } from './debian.ts'
import { locked, until } from './support.ts'

const exec = promisify(execFile)

async function isThere(): Promise<boolean> {
  return await exec('tmux', ['-V']).then(
    () => true,
    () => false,
  )
}

/** Makes sure that there is one. */
export async function installTmux(): Promise<boolean> {
  if (await isThere()) return true
  return await locked('tmux', async () => {
    if (!(await isThere())) await installPackages('tmux')
    return true
  })
}

/** A terminal of its own, in which a command runs. */
export class Tmux {
  readonly #socket: string

  private constructor(socket: string) {
    this.#socket = socket
  }

  /** @param command a line for the shell, which goes on after it */
  static async start(
    t: TestContext,
    command: string,
    { width = 80, height = 24, env = {} as { [name: string]: string } } = {},
  ): Promise<Tmux> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-tmux-'))
    const tmux = new Tmux(join(folder, 'tmux'))
    t.after(async () => {
      await tmux.vanish().catch(() => {})
      rmSync(folder, { recursive: true, force: true })
    })
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    await tmux.#run(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      `${width}`,
      '-y',
      `${height}`,
      ...variables,
      'sh',
    )
    // What is typed before that would stand in front of the prompt, and what the command prints behind it.
    await tmux.until('the prompt of the shell', text => text.trim() !== '')
    await tmux.keys(command, 'Enter')
    return tmux
  }

  /** What is on the screen, line by line. */
  async screen(...flags: string[]): Promise<string> {
    return await this.#run('capture-pane', '-p', ...flags)
  }

  /** Names of keys as tmux knows them, and texts. */
  async keys(...keys: string[]): Promise<void> {
    await this.#run('send-keys', ...keys)
  }

  /** The terminal goes, whatever runs in it. */
  async vanish(): Promise<void> {
    await this.#run('kill-server')
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#run('resize-window', '-x', `${width}`, '-y', `${height}`)
  }

  async format(what: string): Promise<string> {
    return (await this.#run('display-message', '-p', what)).trim()
  }

  /** The screen, as soon as it is as wanted. */
  async until(what: string, wanted: (screen: string) => boolean): Promise<string> {
    let screen = ''
    const seen = async () => {
      screen = await this.screen()
      return wanted(screen)
    }
    await until(seen, { timeout: 30_000, what }).catch(() => {
      throw new Error(`${what} did not come:\n${screen}`)
    })
    return screen
  }

  async #run(...args: string[]): Promise<string> {
    const { stdout } = await exec('tmux', ['-S', this.#socket, ...args])
    return stdout
  }
}
