import type { Machine } from '../../servers/machine.ts'
import { until } from '../../servers/support.ts'

export const NODE = '/opt/sluice/node_modules/node/bin/node'

/** As root types it there. */
export const typed = (machine: Machine, command: string) => machine.run('/bin/sh', '-c', `cd / && ${command}`)

/**
 * Kills the process of a service with -9, when it runs. Not by `systemctl kill`: with cgroups of version 1 it now and then reads
 * a process that is just ending as number 0, and says "Failed to send signal SIGKILL to auxiliary processes: Input/output error".
 */
export async function killService(machine: Machine, unit: string): Promise<void> {
  let pid = '0'
  const isRunning = async () => {
    pid = (await typed(machine, `systemctl show --property=MainPID --value ${unit}`)).trim()
    return pid !== '0'
  }
  await until(isRunning, { timeout: 30_000, what: `${unit} runs` })
  await typed(machine, `kill -9 ${pid}`)
}
