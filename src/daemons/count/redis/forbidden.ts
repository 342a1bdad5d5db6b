// Redis says of a script only in which line it was refused, and not which command it was.

import { messageOf } from '../../../lib/index.ts'

/** The error of a script, which names the command that this user must not give; or as it came. */
export function namingCommand(error: unknown, script: string): unknown {
  // The first is what Redis 7.0 says.
  if (!/user executing the script|NOPERM/.test(messageOf(error))) return error
  const line = Number(/user_script:(\d+)/.exec(messageOf(error))?.[1])
  const command = /'([A-Z]+)'/.exec(script.split('\n')[line - 1] ?? '')?.[1]
  return command === undefined ? error : new Error(`NOPERM this user must not do ${command}`)
}
