import { duration, integer } from '../options.ts'

/** The options of every server of connections. */
export const tcpOptions = {
  maxConnections: integer('Connections at a time; one more is refused', '1000', { min: 1 }),
  idleTimeout: duration('End a connection on which nothing has come for so long; 0s: never', '0s'),
}
