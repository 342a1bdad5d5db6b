// The few calls of Linux that Node lacks, through koffi. It is imported when somebody is busy enough to gain by it, or
// cannot do without: it costs 20 ms and 2 MB.
import { endianness } from 'node:os'
import { getSystemErrorName } from 'node:util'

export interface Linux {
  /** A second descriptor of the same socket or file, which is closed by itself (fcntl(2), F_DUPFD_CLOEXEC). */
  duplicate(fd: number): number
  /**
   * Receives up to `count` messages without waiting (recvmmsg(2), MSG_DONTWAIT). Their lengths are those that they were sent
   * with, also where they did not fit (MSG_TRUNC).
   * @param headers of `struct mmsghdr`, see MESSAGE_HEADER
   * @returns how many came; 0 when there are none
   */
  receiveMessages(fd: number, headers: Buffer, count: number): number
  /** Whether something keeps the clock of this host right (adjtimex(2)). */
  isClockSynchronised(): boolean
  /** Whether somebody has a lock on some of these bytes of a file (fcntl(2), F_OFD_GETLK). It takes none, and changes nothing. */
  isLocked(fd: number, start: number, length: number): boolean
  /** Asks for a pipe that holds so many bytes (fcntl(2), F_SETPIPE_SZ). False when the kernel does not give them. */
  setPipeSize(fd: number, bytes: number): boolean
  /** Where a buffer is in memory. Whoever hands that to the kernel keeps the buffer referenced. */
  addressOf(buffer: Buffer): bigint
  /** A new socket of the unix domain, which is closed by itself and never waits (unix(7)). */
  unixSocket(type: keyof typeof SOCKET_TYPES): number
  /** Throws an error with the `code` of the system, as the next one does. */
  bind(fd: number, address: Buffer): void
  connect(fd: number, address: Buffer): void
  /** From now on nothing more is taken in: who sends gets EPIPE. What has come can be received (shutdown(2), SHUT_RD). */
  endReceiving(fd: number): void
  /** The address that a socket is bound to, as the kernel writes it (getsockname(2)). */
  socketName(fd: number): Buffer
  /** Sets an option of the socket that is a number (socket(7)). */
  setOption(fd: number, option: number, value: number): void
  /** A connection ends when what was sent has had no answer for so many milliseconds (tcp(7), TCP_USER_TIMEOUT). */
  setUserTimeout(fd: number, milliseconds: number): void
  /** Reads an option of the socket that has so many bytes. */
  getOption(fd: number, option: number, size: number): Buffer
  /**
   * Calls `look` when something has come to a socket. The kernel says so by SIGIO (fcntl(2), F_SETOWN): no thread waits, and
   * nothing has to look now and then. What is there already is not told of.
   * @returns the function that ends it, to be called before the socket is closed
   */
  whenReadable(fd: number, look: () => void): () => void
}

/** `struct mmsghdr` where a pointer has 64 bits: its size, and where its fields are. */
export const MESSAGE_HEADER = {
  size: 64,
  name: 0,
  nameLength: 8,
  parts: 16,
  partCount: 24,
  control: 32,
  controlLength: 40,
  length: 56,
} as const

/** `struct iovec`, likewise. */
export const PART = { size: 16, base: 0, length: 8 } as const

/** Of socket(7). */
export const SOCKET_OPTION = {
  reuseAddress: 2,
  type: 3,
  sendBuffer: 7,
  receiveBuffer: 8,
  passCredentials: 16,
  peerCredentials: 17,
  accepts: 30,
  domain: 39,
  memory: 55,
} as const

/** Where in the value of `memory` the datagrams are that the socket has dropped (linux/sock_diag.h), and its size. */
export const MEMORY = { size: 36, drops: 32 } as const

/** `struct flock` where an offset has 64 bits: its size, and where its fields are. The others stay 0: from the start of the file. */
const LOCK = { size: 32, type: 0, start: 8, length: 16 } as const

/** The largest address: `struct sockaddr_storage`. */
const LONGEST_ADDRESS = 128

const SOL_SOCKET = 1
const IPPROTO_TCP = 6
const TCP_USER_TIMEOUT = 18
const AF_UNIX = 1
const SOCKET_TYPES = { stream: 1, datagram: 2 }
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SHUT_RD = 0
const F_GETFL = 3
const F_SETFL = 4
const F_SETOWN = 8
const F_OFD_GETLK = 36
const F_WRLCK = 1
const F_UNLCK = 2
const F_DUPFD_CLOEXEC = 1030
const O_ASYNC = 0o20000
const MSG_TRUNC = 0x20
const F_SETPIPE_SZ = 1031
const MSG_DONTWAIT = 0x40
const MSG_CMSG_CLOEXEC = 0x40000000
/** What it answers when nobody does, and more than the size of its structure. */
const TIME_ERROR = 5
const TIMEX = 512
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
  const fcntlLock = libc.func('int fcntl(int fd, int command, void *lock)')
  const recvmmsg = libc.func('int recvmmsg(int fd, void *headers, uint count, int flags, void *timeout)')
  const socket = libc.func('int socket(int domain, int type, int protocol)')
  const bind = libc.func('int bind(int fd, void *address, uint length)')
  const connect = libc.func('int connect(int fd, void *address, uint length)')
  const shutdown = libc.func('int shutdown(int fd, int how)')
  const getsockname = libc.func('int getsockname(int fd, void *address, void *length)')
  const setsockopt = libc.func('int setsockopt(int fd, int level, int option, void *value, uint length)')
  const getsockopt = libc.func('int getsockopt(int fd, int level, int option, void *value, void *length)')
  const adjtimex = libc.func('int adjtimex(void *timex)')
  const failure = (call: string) => {
    const code = getSystemErrorName(-koffi.errno())
    return Object.assign(new Error(`${call}: ${code}`), { code })
  }
  /** What a call returned, unless it failed. */
  const done = (call: string, result: number): number => {
    if (result < 0) throw failure(call)
    return result
  }
  const setFlags = (fd: number, change: (flags: number) => number) =>
    done('fcntl', fcntl(fd, F_SETFL, change(done('fcntl', fcntl(fd, F_GETFL, 0)))))
  const setNumber = (fd: number, level: number, option: number, value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    done('setsockopt', setsockopt(fd, level, option, bytes, bytes.length))
  }
  return {
    duplicate: fd => done('fcntl', fcntl(fd, F_DUPFD_CLOEXEC, 0)),
    isClockSynchronised: () => adjtimex(Buffer.alloc(TIMEX)) !== TIME_ERROR,
    isLocked(fd, start, length) {
      const lock = Buffer.alloc(LOCK.size)
      lock.writeInt16LE(F_WRLCK, LOCK.type)
      lock.writeBigInt64LE(BigInt(start), LOCK.start)
      lock.writeBigInt64LE(BigInt(length), LOCK.length)
      done('fcntl', fcntlLock(fd, F_OFD_GETLK, lock))
      return lock.readInt16LE(LOCK.type) !== F_UNLCK
    },
    setPipeSize: (fd, bytes) => fcntl(fd, F_SETPIPE_SZ, bytes) >= bytes,
    receiveMessages(fd, headers, count) {
      const flags = MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC
      const received: number = recvmmsg(fd, headers, count, flags, null)
      if (received >= 0) return received
      const error = koffi.errno()
      if (error === EAGAIN || error === EINTR) return 0
      throw failure('recvmmsg')
    },
    addressOf: buffer => BigInt(koffi.address(buffer)),
    unixSocket: type => done('socket', socket(AF_UNIX, SOCKET_TYPES[type] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
    bind: (fd, address) => void done('bind', bind(fd, address, address.length)),
    connect: (fd, address) => void done('connect', connect(fd, address, address.length)),
    endReceiving: fd => void done('shutdown', shutdown(fd, SHUT_RD)),
    socketName(fd) {
      const address = Buffer.alloc(LONGEST_ADDRESS)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(address.length)
      done('getsockname', getsockname(fd, address, length))
      return address.subarray(0, length.readUInt32LE())
    },
    setOption: (fd, option, value) => setNumber(fd, SOL_SOCKET, option, value),
    setUserTimeout: (fd, milliseconds) => setNumber(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds),
    getOption(fd, option, size) {
      const value = Buffer.alloc(size)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(size)
      done('getsockopt', getsockopt(fd, SOL_SOCKET, option, value, length))
      return value
    },
    whenReadable(fd, look) {
      tellOfSignals()
      looks.add(look)
      done('fcntl', fcntl(fd, F_SETOWN, process.pid))
      setFlags(fd, flags => flags | O_ASYNC)
      return () => {
        setFlags(fd, flags => flags & ~O_ASYNC)
        looks.delete(look)
      }
    },
  }
}

/** Called at each SIGIO: it does not say where something has come. */
const looks = new Set<() => void>()
let told = false

/** For good: a signal that is on its way when nobody handles it any more would end the process (signal(7)). */
function tellOfSignals(): void {
  if (told) return
  told = true
  process.on('SIGIO', () => {
    for (const look of looks) look()
  })
}

/** Machines whose structures are laid out as above. */
const LAID_OUT: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64']
