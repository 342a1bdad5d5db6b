// The few calls of Linux that Node lacks, through koffi. It is imported when somebody is busy enough to gain by it: it
// costs 20 ms and 8 MB.
import { endianness } from 'node:os'
import { getSystemErrorName } from 'node:util'

export interface Linux {
  /** A second descriptor of the same socket or file, which is closed by itself (fcntl(2), F_DUPFD_CLOEXEC). */
  duplicate(fd: number): number
  /**
   * Receives up to `count` messages without waiting (recvmmsg(2), MSG_DONTWAIT).
   * @param headers of `struct mmsghdr`, see MESSAGE_HEADER
   * @returns how many came; 0 when there are none
   */
  receiveMessages(fd: number, headers: Buffer, count: number): number
  /** Where a buffer is in memory. Whoever hands that to the kernel keeps the buffer referenced. */
  addressOf(buffer: Buffer): bigint
}

/** `struct mmsghdr` where a pointer has 64 bits: its size, and where its fields are. */
export const MESSAGE_HEADER = {
  size: 64,
  name: 0,
  nameLength: 8,
  parts: 16,
  partCount: 24,
  length: 56,
} as const

/** `struct iovec`, likewise. */
export const PART = { size: 16, base: 0, length: 8 } as const

const F_DUPFD_CLOEXEC = 1030
const MSG_DONTWAIT = 0x40
const EINTR = 4
const EAGAIN = 11

let loaded: Promise<Linux | undefined> | undefined

/** Undefined elsewhere, and where koffi has no build for the machine: then it goes without. */
export function loadLinux(): Promise<Linux | undefined> {
  loaded ??= load().catch(() => undefined)
  return loaded
}

async function load(): Promise<Linux | undefined> {
  if (process.platform !== 'linux' || !LAID_OUT.includes(process.arch) || endianness() !== 'LE')
    return undefined
  const { default: koffi } = await import('koffi')
  const libc = koffi.load(null)
  const fcntl = libc.func('int fcntl(int fd, int command, int argument)')
  const recvmmsg = libc.func('int recvmmsg(int fd, void *headers, uint count, int flags, void *timeout)')
  const failure = (call: string) => new Error(`${call}: ${getSystemErrorName(-koffi.errno())}`)
  return {
    duplicate(fd) {
      const copy: number = fcntl(fd, F_DUPFD_CLOEXEC, 0)
      if (copy < 0) throw failure('fcntl')
      return copy
    },
    receiveMessages(fd, headers, count) {
      const received: number = recvmmsg(fd, headers, count, MSG_DONTWAIT, null)
      if (received >= 0) return received
      const error = koffi.errno()
      if (error === EAGAIN || error === EINTR) return 0
      throw failure('recvmmsg')
    },
    addressOf: buffer => BigInt(koffi.address(buffer)),
  }
}

/** Machines whose structures are laid out as above. */
const LAID_OUT: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64']
