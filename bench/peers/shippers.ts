// All that are compared, in the order in which they are shown.
import { fluentBit } from './fluent-bit.ts'
import type { Settings } from './part.ts'
import { rsyslog } from './rsyslog.ts'
import type { Shipper } from './shipper.ts'
import { sluice } from './sluice.ts'
import { progress } from './support/progress.ts'
import { syslogNg } from './syslog-ng.ts'

export const PEERS: readonly Shipper[] = [rsyslog, syslogNg, fluentBit]
const ALL: readonly Shipper[] = [...PEERS, sluice.oneProcess, sluice.plain, sluice.acknowledged]

export interface Here {
  shippers: Shipper[]
  /** For each shipper its version and where its configuration stands, or why it is not here. */
  notes: { [name: string]: string }
}

/** Those that can be had on this machine. */
export async function shippersHere({ only }: Settings): Promise<Here> {
  const wanted = ALL.filter(
    ({ name }) => only.length === 0 || only.some(word => name.toLowerCase().includes(word)),
  )
  const here: Here = { shippers: [], notes: {} }
  for (const shipper of wanted) {
    try {
      const version = await shipper.version()
      here.notes[shipper.name] = `${version}, [${shipper.source}](../${shipper.source})`
      here.shippers.push(shipper)
    } catch (error) {
      const reason = (error as Error).message.split('\n')[0]!
      here.notes[shipper.name] = `not measured: ${reason}`
      progress(`${shipper.name} is not here: ${reason}`)
    }
  }
  if (here.shippers.length === 0) throw new Error(`there is no shipper in whose name one of ${only} is`)
  return here
}

export function isOurs(name: string): boolean {
  return name.startsWith('Sluice')
}
