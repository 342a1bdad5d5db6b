import { nearestOf } from '../nearest.ts'
import { variableOf } from '../options.ts'
import { loadDaemons } from '../registry.ts'
import { optionsOf } from '../stage/options.ts'

/**
 * Says of each of these variables that is nearly a known one what is likely meant. One environment may be for several daemons, and
 * have what others call so.
 */
export async function findMisspelt(others: readonly string[], known: readonly string[]): Promise<string[]> {
  const bare = (name: string) => name.replace('SLUICE_', '')
  const odd = others
    .map(name => ({ name, meant: nearestOf(bare(name), known.map(bare)) }))
    .filter(({ meant }) => meant !== undefined)
  if (odd.length === 0) return []
  // Only now: all of them are many modules.
  const daemons = await loadDaemons()
  const all = daemons.flatMap(({ daemon }) => Object.values(optionsOf(daemon)).flatMap(Object.keys))
  const elsewhere = new Set(all.map(variableOf))
  return odd
    .filter(({ name }) => !elsewhere.has(name))
    .map(({ name, meant }) => `there is no variable ${name}; SLUICE_${meant} may be meant`)
}
