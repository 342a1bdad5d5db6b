// What strangers send, each as the first bytes of a connection.

/** The signature of ZMTP, its version, the mechanism, and who is the server (ZeroMQ RFC 23). */
function greeting(mechanism: 'NULL' | 'CURVE'): Buffer {
  const bytes = Buffer.alloc(64)
  bytes[0] = 0xff
  bytes[9] = 0x7f
  bytes[10] = 3
  bytes.write(mechanism, 12)
  return bytes
}

/** A frame that says so many bytes will come. */
function frame(length: bigint): Buffer {
  const head = Buffer.alloc(9)
  head[0] = 0x02
  head.writeBigUInt64BE(length, 1)
  return head
}

/** The first command of a CURVE handshake (ZeroMQ RFC 26), whose box nobody can open. */
function hello(noise: Buffer): Buffer {
  const command = Buffer.concat([Buffer.from('\x05HELLO\x01\x00'), Buffer.alloc(72), noise.subarray(0, 120)])
  return Buffer.concat([Buffer.from([0x04, command.length]), command])
}

/** @param noise at least 600 bytes of any kind */
export const JUNK: { readonly [kind: string]: (noise: Buffer) => Buffer } = {
  random: noise => noise,
  'a greeting that stops': () => greeting('CURVE').subarray(0, 40),
  'a frame of 2^63 bytes': noise => Buffer.concat([greeting('NULL'), frame(1n << 63n), noise]),
  'a CURVE handshake of noise': noise => Buffer.concat([greeting('CURVE'), hello(noise)]),
  'a request without an end': noise =>
    Buffer.from(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Noise: ${noise.toString('hex')}`),
  'a TLS hello that is cut off': noise =>
    Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), noise.subarray(0, 100)]),
}
