import { choice, duration, flag, hostPort, type Options, path, text, type Values } from '../options.ts'
import { checkFace, type Face } from '../serve.ts'
import { tlsOptionsOf, tlsSettings } from '../tls/options.ts'
import { LOG_LEVELS } from './log.ts'

const logLevel = choice('Least that is logged', LOG_LEVELS, 'info')

/** The options of any process, whatever it runs. */
export const processOptions = {
  name: text(
    'Name of admin socket, spool, place and dead letters (default: that of the daemon; without spool and place with its process id)',
    undefined,
    'name',
  ),
  admin: hostPort('Answer /healthz, /readyz, /metrics and /status here as well'),
  adminTokenFile: path('There, only who knows the token in this file may ask', 'secret'),
  ...tlsOptionsOf('adminTls'),
  grace: duration('After SIGTERM, wait at most so long for what is under way', '30s'),
  // Many programs call it so.
  logLevel: {
    ...logLevel,
    parse: written => logLevel.parse(written.map(word => (word === 'warning' ? 'warn' : word))),
  } satisfies typeof logLevel,
  config: path('Read further options from this file, one a line (default: NAME.conf, under systemd)'),
  check: flag('Check the options and exit'),
} satisfies Options

export type ProcessValues = Values<typeof processOptions>

/** The admin face at an address. Throws Misuse for one that anybody could ask, and for files that will not do. */
export function adminFace(values: ProcessValues): Face | undefined {
  const { admin: address, adminTokenFile: tokenFile } = values
  if (!address) return undefined
  const face: Face = { flag: '--admin', address, tokenFile, tls: tlsSettings(values, 'adminTls') }
  checkFace(face)
  return face
}
