import { type Endpoint, parseEndpoint } from '../endpoint.ts'
import { Misuse } from '../errors.ts'
import type { StageValues } from './options.ts'

/** Where the stage stands: what is next to it takes the place of its endpoints. */
export interface Surroundings {
  /** The stage before or after it in the same process. */
  before?: string
  after?: string
  /** Whether standard input and output lead somewhere, and whether a person reads the output. */
  stdin: boolean
  stdout: boolean
  terminal: boolean
}

/** @param needsNone who has outputs may do without a push side: standard output is one only when it is asked for */
export function plannedEndpoints(
  direction: 'pull' | 'push',
  values: StageValues,
  around: Surroundings,
  needsNone = false,
): Endpoint[] {
  const bind = (direction === 'pull' ? values.pullBind : values.pushBind) ?? []
  const dial = (direction === 'pull' ? values.pullConnect : values.pushConnect) ?? []
  const given = [
    ...bind.map(one => parseEndpoint(one, direction, 'bind', values)),
    ...dial.map(one => parseEndpoint(one, direction, 'connect', values)),
  ]
  const neighbour = direction === 'pull' ? around.before : around.after
  if (neighbour !== undefined) {
    if (given.length === 0) return []
    const flag = `--${direction}-${bind.length > 0 ? 'bind' : 'connect'}`
    const end = direction === 'pull' ? 'first stage may pull' : 'last stage may push'
    throw new Misuse(`${flag}: this stage is joined to ${neighbour} inside the process; only the ${end}`)
  }
  if (given.length === 0)
    return needsNone ? [] : [standardStream(direction, around, values.template !== undefined)]
  // tcp and ipc are one transport; anything else beside them would be another promise of delivery in one list.
  const kinds = new Set(given.map(({ scheme }) => scheme.replace('ipc', 'tcp')))
  if (direction === 'push' && kinds.size > 1) {
    throw new Misuse(
      `--push-connect: ${[...kinds].join(' and ')} cannot share one list: each batch goes to one of them`,
    )
  }
  return given
}

/** The Unix way, where the descriptor leads somewhere: under systemd a forgotten endpoint must not be the journal. */
function standardStream(direction: 'pull' | 'push', around: Surroundings, template: boolean): Endpoint {
  const usable = direction === 'pull' ? around.stdin : around.stdout
  const verb = direction === 'pull' ? 'come from' : 'go to'
  if (!usable) {
    const stream = direction === 'pull' ? 'standard input' : 'standard output'
    throw new Misuse(
      `records ${verb} nowhere: give --${direction}-bind or --${direction}-connect ENDPOINT ` +
        `(${stream} is not connected to anything; to use it all the same, write --${direction}-connect -)`,
    )
  }
  const pretty = direction === 'push' && around.terminal
  const format = direction === 'push' && template ? '?format=text' : pretty ? '?format=pretty' : ''
  return parseEndpoint(`-${format}`, direction, 'connect')
}
