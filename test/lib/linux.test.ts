import assert from 'node:assert/strict'
import { closeSync, writeSync } from 'node:fs'
import { test } from 'node:test'
import { loadLinux, SOCKET_OPTION } from '../../src/lib/linux.ts'
import { unixAddress } from '../../src/lib/unix/address.ts'

const linux = (await loadLinux())!
const skip = linux === undefined && 'not on Linux'

test('a failed call says which, and the code of the system', { skip }, () => {
  const address = unixAddress(`@sluice-test-${process.pid}-nobody`)
  const fd = linux.unixSocket('datagram')
  assert.throws(() => linux.connect(fd, address), { code: 'ECONNREFUSED', message: 'connect: ECONNREFUSED' })
  closeSync(fd)
})

test('what comes to one of several sockets is told of, by a signal alone', { skip }, async () => {
  const listen = (name: string) => {
    const address = unixAddress(`@sluice-test-${process.pid}-${name}`)
    const [fd, sender] = [linux.unixSocket('datagram'), linux.unixSocket('datagram')]
    linux.bind(fd, address)
    linux.connect(sender, address)
    const come = Promise.withResolvers<void>()
    return { fd, sender, come, end: linux.whenReadable(fd, come.resolve) }
  }
  // A signal is nothing that the event loop waits for.
  const alive = setInterval(() => {}, 1000)
  const [one, other] = [listen('one'), listen('other')]
  for (const { sender, come } of [one, other]) {
    writeSync(sender, 'hello')
    await come.promise
  }
  for (const { fd, sender, end } of [one, other]) {
    end()
    writeSync(sender, 'nobody is told')
    closeSync(sender)
    closeSync(fd)
  }
  clearInterval(alive)
})

test('options of a socket are set and read', { skip }, () => {
  const fd = linux.unixSocket('stream')
  linux.setOption(fd, SOCKET_OPTION.sendBuffer, 50_000)
  // socket(7): the kernel doubles it.
  assert.equal(linux.getOption(fd, SOCKET_OPTION.sendBuffer, 4).readInt32LE(), 100_000)
  closeSync(fd)
})
