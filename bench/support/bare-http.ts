// A process that answers every request with the GIF of sluice-collect and its headers, by node:http and nothing else: what is left of
// the cost is ours.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sendPixel } from '../../src/daemons/collect/pixel.ts'
import { SafeResponse } from '../../src/lib/serve/response.ts'

const server = createServer({ ServerResponse: SafeResponse as never }, (_, response) =>
  sendPixel(response as unknown as SafeResponse),
)
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
