import { Misuse } from '../../lib/errors.ts'
import type { Host } from './host.ts'
import { installedNames, MARK, UNITS, unitOf } from './installed.ts'

// A word names a service, or the chain that services were planned as: never both, or one would hide the other.

/** The services that a chain was planned as. */
export function membersOf(chain: string, host: Host): string[] {
  const head = `# ${MARK} plan ${chain};`
  return installedNames(host).filter(name => host.read(`${UNITS}/sluice-${name}.service`)?.startsWith(head))
}

/** Of services, or of the chains that they were planned as. Throws Misuse for what is neither. */
export function namesFor(words: readonly string[], host: Host): string[] {
  const installed = installedNames(host)
  if (words.length === 0) throw new Misuse(`of which service? ${installed.join(', ') || 'There is none'}`)
  return words.flatMap(word => {
    // Where an earlier version has let both be, those of the chain still have names of their own.
    const members = installed.includes(word) ? [] : membersOf(word, host)
    return members.length > 0 ? members : [unitOf(word, host).slice('sluice-'.length, -'.service'.length)]
  })
}

/** Throws Misuse for the name of a service that a chain has. */
export function checkNoChain(name: string, host: Host): void {
  const members = membersOf(name, host)
  if (members.length > 0)
    throw new Misuse(
      `${name} is a chain: ${members.join(', ')}; give --name another name, or uninstall ${name} first`,
    )
}

/** Throws Misuse for a chain that is called as a service is, or whose services would be somebody else's or hidden by a chain. */
export function checkChain(chain: string, names: readonly string[], host: Host): void {
  const installed = installedNames(host)
  const members = membersOf(chain, host)
  const other = [chain, ...names].find(name => installed.includes(name) && !members.includes(name))
  if (other !== undefined)
    throw new Misuse(
      `${other} is a service that is not of the chain ${chain}; give --name another name, or uninstall ${other} first`,
    )
  for (const name of names) checkNoChain(name, host)
}
