import { type ChildProcess, spawn } from 'node:child_process'
import { statfsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { messageOf } from '../../lib/index.ts'
import type { Data } from './kinds.ts'
import type { Mount } from './mounts.ts'
import { percent } from './rates.ts'

/** What statfs(2) tells; sizes in blocks of `block` bytes. */
export interface Space {
  block: number
  blocks: number
  free: number
  available: number
  files: number
  filesFree: number
}

/**
 * They know it without asking a disk, or another host: what their statfs() in the kernel tells is in memory as long as they are mounted,
 * also of a disk that is gone. Not FAT, which may have to count all of its table the first time, and UDF, which reads its map each time.
 */
const KNOWING = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'f2fs', 'jfs', 'reiserfs', 'exfat', 'ntfs3', 'hfsplus'],
  ...['tmpfs', 'ramfs', 'devtmpfs', 'squashfs', 'erofs', 'iso9660', 'overlay'],
])

/** Disks of this host as well: to walk through them asks nobody else. */
const NEAR = new Set([...KNOWING, 'btrfs', 'zfs', 'bcachefs'])

/** Milliseconds in which a mount has to answer. */
const TIMEOUT = 5_000

/** Told of a mount that cannot be measured, or not now. */
export type Missed = (mount: Mount, why: 'slow' | 'failed', error: string) => void

/** Asks mounts how much is in them. */
export class DiskSpace {
  readonly #environment: NodeJS.ProcessEnv
  readonly #missed: Missed
  readonly #timeout: number
  /** By path: who asks a mount that may never answer. */
  readonly #asking = new Map<string, ChildProcess>()
  /** Those whose time is over. */
  readonly #late = new Set<string>()

  constructor(environment: NodeJS.ProcessEnv, missed: Missed, timeout = TIMEOUT) {
    this.#environment = environment
    this.#missed = missed
    this.#timeout = timeout
  }

  /**
   * Undefined where there is nothing to tell.
   * @param above the mounts on the way to it, each of which may not answer
   */
  of(
    mount: Mount,
    above: readonly Mount[] = [],
  ): Data<'disk'> | Promise<Data<'disk'> | undefined> | undefined {
    if (!KNOWING.has(mount.fstype) || above.some(({ fstype }) => !NEAR.has(fstype))) return this.#later(mount)
    try {
      const { bsize, blocks, bfree, bavail, files, ffree } = statfsSync(mount.path)
      return disk(mount, { block: bsize, blocks, free: bfree, available: bavail, files, filesFree: ffree })
    } catch (error) {
      this.#missed(mount, 'failed', messageOf(error))
      return undefined
    }
  }

  /** What has not answered yet is not waited for. */
  close(): void {
    for (const child of this.#asking.values()) child.kill('SIGKILL')
  }

  async #later(mount: Mount): Promise<Data<'disk'> | undefined> {
    if (this.#asking.has(mount.path)) {
      if (this.#late.has(mount.path)) this.#missed(mount, 'slow', 'it has not answered yet')
      return undefined
    }
    const answer = await this.#ask(mount.path)
    const space = answer === undefined ? undefined : parseSpace(answer.out)
    if (space) return disk(mount, space)
    if (answer) this.#missed(mount, 'failed', answer.error || 'stat(1) said nothing')
    else this.#missed(mount, 'slow', `it did not answer within ${this.#timeout / 1000} s`)
    return undefined
  }

  /**
   * By a process of its own, stat(1): who asks a server that is gone is stuck in the kernel until it comes back, and Node has four threads
   * for all of its files, for which it waits even when it ends. Undefined when the time is over; it is not asked again before that
   * process has ended.
   */
  #ask(path: string): Promise<{ out: string; error: string } | undefined> {
    const { promise, resolve } = Promise.withResolvers<{ out: string; error: string } | undefined>()
    const child = spawn('stat', ['-f', '-c', '%S %b %f %a %c %d', path], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#asking.set(path, child)
    const timer = setTimeout(() => {
      this.#late.add(path)
      resolve(undefined)
      child.kill('SIGKILL')
    }, this.#timeout)
    const said = { out: '', error: '' }
    const end = () => {
      clearTimeout(timer)
      this.#asking.delete(path)
      this.#late.delete(path)
      resolve(said)
    }
    // For want of descriptors there are neither pipes nor a 'close' to come.
    const pipes: { stdout?: Readable; stderr?: Readable } = child
    child.on('error', error => {
      said.error = error.message
      if (!pipes.stdout) end()
    })
    child.on('close', end)
    pipes.stdout?.setEncoding('utf8').on('data', text => {
      said.out += text
    })
    pipes.stderr?.setEncoding('utf8').on('data', text => {
      said.error += text
    })
    return promise
  }
}

/** What `stat -f -c '%S %b %f %a %c %d'` prints. */
export function parseSpace(text: string): Space | undefined {
  const numbers = text.trim().split(' ').map(Number)
  if (numbers.length !== 6 || numbers.some(Number.isNaN)) return undefined
  const [block, blocks, free, available, files, filesFree] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return { block, blocks, free, available, files, filesFree }
}

/** Undefined for what has no room at all, and nothing is stored in. */
export function disk({ path, device, fstype, mode }: Mount, space: Space): Data<'disk'> | undefined {
  const { block, blocks, free, available, files, filesFree } = space
  if (blocks === 0) return undefined
  const used = blocks - free
  return {
    ...{ path, device, fstype, mode },
    total: blocks * block,
    free: free * block,
    available: available * block,
    used: used * block,
    used_percent: percent(used, used + available),
    inodes_total: files,
    inodes_free: filesFree,
    inodes_used: files - filesFree,
    inodes_used_percent: percent(files - filesFree, files),
  }
}
