import { dirname } from 'node:path'
import { type Endpoint, kindOf } from '../../../lib/endpoint.ts'
import { type Finding, finder, quoted } from '../finding.ts'
import type { Host } from '../host.ts'
import { type Planned, stageName } from '../setup.ts'
import { overlap } from '../sockets.ts'

const found = finder('links')

/** One end of a ZeroMQ link. */
export interface LinkEnd {
  about: string
  origin: string
  endpoint: Endpoint
  place: Place
}

type Place = { path: string } | { host: string; port: number }

export interface LinkFacts {
  host: Host
  /** Whether a folder or socket is there. */
  isThere(path: string): boolean
}

export function checkLinks(all: readonly Planned[], facts: LinkFacts): Finding[] {
  const ends = all.flatMap(endsOf)
  const bound = ends.filter(({ endpoint }) => endpoint.mode === 'bind')
  const dialled = ends.filter(({ endpoint }) => endpoint.mode === 'connect')
  const findings = [
    ...twice(bound),
    ...bound.flatMap(end => folderOf(end, facts)),
    ...dialled.flatMap(end => {
      const other = bound.find(other => meet(end.place, other.place, facts.host))
      return other ? mismatch(end, other) : nobody(end, facts)
    }),
  ]
  if (findings.length > 0 || ends.length === 0) return findings
  return [
    found(
      'well',
      'this host',
      `${ends.length === 1 ? 'the end of a link is' : `all ${ends.length} ends of links are`} such that what is here fits together`,
    ),
  ]
}

/** Those over ZeroMQ: what is between the stages of one process is not there to be seen. */
export function endsOf(planned: Planned): LinkEnd[] {
  return planned.stages.flatMap(stage => {
    const { pull, push, outputs, deadLetters } = stage
    const others = [...outputs.map(({ endpoint }) => endpoint), ...(deadLetters ? [deadLetters] : [])]
    return [...pull, ...push, ...others].flatMap(endpoint => {
      const place = placeOf(endpoint.address)
      if (!place || endpoint.inner) return []
      return [{ about: stageName(planned, stage), origin: planned.setup.origin, endpoint, place }]
    })
  })
}

function placeOf(address: string): Place | undefined {
  if (address.startsWith('ipc://')) return { path: address.slice('ipc://'.length) }
  const [, host, port] = /^tcp:\/\/(.*):(\d+|\*)$/.exec(address) ?? []
  if (host === undefined || port === '*' || port === '0') return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function twice(bound: readonly LinkEnd[]): Finding[] {
  return bound.flatMap((one, n) =>
    bound.slice(0, n).flatMap(other => {
      const isSame =
        'path' in one.place
          ? 'path' in other.place && one.place.path === other.place.path
          : 'port' in other.place &&
            one.place.port === other.place.port &&
            overlap(one.place.host, other.place.host)
      if (!isSame) return []
      return [
        found(
          'wrong',
          one.about,
          `${flagOf(one)} is bound by ${other.about} as well (${other.origin}): only one of them can`,
          `${flagOf(one).replace('-bind', '-connect')} for one of them, or another address`,
        ),
      ]
    }),
  )
}

function folderOf(end: LinkEnd, { isThere }: LinkFacts): Finding[] {
  if (!('path' in end.place) || end.place.path.startsWith('@')) return []
  const folder = dirname(end.place.path)
  if (isThere(folder)) return []
  return [
    found(
      'wrong',
      end.about,
      `${flagOf(end)}: there is no folder ${folder}`,
      `sudo install -d -o root -g sluice -m 2770 ${quoted(folder)}`,
    ),
  ]
}

/** Nobody of whom is known binds what this one connects to. */
function nobody(end: LinkEnd, { host, isThere }: LinkFacts): Finding[] {
  const { place, about } = end
  if ('path' in place) {
    if (isThere(place.path)) return []
  } else {
    // Another host is for that one's doctor.
    if (!host.own.has(place.host)) return []
    const isListened = host.sockets.some(
      ({ protocol, port, host: at }) => protocol === 'tcp' && port === place.port && overlap(at, place.host),
    )
    if (isListened) return []
  }
  const { direction, address, scheme } = end.endpoint
  const other = direction === 'push' ? 'pull' : 'push'
  const written = `${FITTING[kindOf(scheme)]}${address}`
  return [
    found(
      'wrong',
      about,
      `${flagOf(end)}: nobody binds that address`,
      `--${other}-bind ${quoted(written)} for the daemon that is to be there`,
    ),
  ]
}

function mismatch(dialled: LinkEnd, bound: LinkEnd): Finding[] {
  const [one, other] = [dialled.endpoint, bound.endpoint]
  const wrong = (what: string, fix: string) => [
    found(
      'wrong',
      dialled.about,
      `${flagOf(dialled)}, where ${bound.about} has ${flagOf(bound)}: ${what}`,
      fix,
    ),
  ]
  if (one.direction === other.direction) {
    const verb = one.direction === 'push' ? 'send' : 'take'
    const fix = one.direction === 'push' ? '--pull-bind' : '--push-bind'
    return wrong(`both ${verb}`, `${fix} at ${bound.about}`)
  }
  const kinds = [one, other].map(({ scheme }) => kindOf(scheme))
  if (FITTING[kinds[0]!] !== kinds[1]) return wrong(...misfit(kinds, one))
  if (Boolean(one.keys) !== Boolean(other.keys))
    return wrong(
      'one end has keys and the other has none, so nothing passes',
      one.keys
        ? `--curve-key and --curve-allow at ${bound.about}`
        : `--curve-key and ?server-key= at ${dialled.about}`,
    )
  const [push, pull] = one.direction === 'push' ? [one, other] : [other, one]
  const [sent, read] = [push.query.framing ?? 'batch', pull.query.framing ?? 'batch']
  if (read === 'text' && sent !== 'text')
    return wrong(`a message of many records is read as one text`, `?framing=${sent} at both ends`)
  if (sent === 'text' && read !== 'text')
    return wrong('texts of several lines come out as several records', '?framing=text at both ends')
  return []
}

/** What the other end has to be, by what stands before the transport. */
const FITTING: { readonly [kind: string]: string } = {
  '': '',
  'ack+': 'ack+',
  'pub+': 'sub+',
  'sub+': 'pub+',
}

function misfit(kinds: readonly string[], { address }: Endpoint): [what: string, fix: string] {
  if (kinds.includes('pub+') || kinds.includes('sub+'))
    return [
      'only who publishes and who subscribes belong together, so nothing passes',
      `--push-… pub+${address} at one end, and --pull-… sub+${address} at the other`,
    ]
  return ['one end is acknowledged and the other is not, so nothing passes', `ack+${address} at both ends`]
}

/** Whether who connects there comes out at what is bound here. */
function meet(dialled: Place, bound: Place, host: Host): boolean {
  if ('path' in dialled || 'path' in bound)
    return 'path' in dialled && 'path' in bound && dialled.path === bound.path
  if (dialled.port !== bound.port || !host.own.has(dialled.host)) return false
  return overlap(dialled.host, bound.host) || (isHere(dialled.host) && isHere(bound.host))
}

function isHere(name: string): boolean {
  return name === 'localhost' || name === '127.0.0.1' || name === '::1'
}

function flagOf({ endpoint }: LinkEnd): string {
  const { direction, mode, scheme, address } = endpoint
  return `--${direction}-${mode} ${kindOf(scheme)}${address}`
}
