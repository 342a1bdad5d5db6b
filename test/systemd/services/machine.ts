import type { Machine } from '../../servers/machine.ts'

export const NODE = '/opt/sluice/node_modules/node/bin/node'

/** As root types it there. */
export const typed = (machine: Machine, command: string) => machine.run('/bin/sh', '-c', `cd / && ${command}`)
