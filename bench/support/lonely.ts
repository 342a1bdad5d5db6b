// Each daemon as it can stand alone, and what is expected of it.
import { ipcEndpoint } from './folder.ts'

export interface Lonely {
  name: string
  args(): string[]
  /** Milliseconds to ready; megabytes of anonymous memory when idle. */
  goals: { start: number; idle: number }
}

/**
 * They bind, so that none of them is busy dialling a peer that is not there.
 * @param url of a bulk server
 */
export function lonely(url: string): Lonely[] {
  const small = { start: 100, idle: 15 }
  return [
    {
      name: 'sluice-syslog-udp',
      args: () => ['--listen', '127.0.0.1:0', '--push-bind', ipcEndpoint()],
      goals: small,
    },
    {
      name: 'sluice-syslog-json',
      args: () => ['--pull-bind', ipcEndpoint(), '--push-bind', ipcEndpoint()],
      goals: small,
    },
    {
      name: 'sluice-relay',
      args: () => ['--pull-bind', ipcEndpoint(), '--push-bind', ipcEndpoint()],
      goals: small,
    },
    {
      name: 'sluice-elasticsearch',
      args: () => ['--pull-bind', ipcEndpoint(), '--node', url],
      goals: { start: 450, idle: 40 },
    },
  ]
}
