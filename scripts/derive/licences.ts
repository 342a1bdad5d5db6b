import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** All let us be used for anything. libzmq, within zeromq, stays under the MPL: changes of its own files would have to be published. */
const KNOWN: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT AND MPL-2.0',
  'MIT/X11',
]

interface Package {
  version: string
  license?: string
  dev?: boolean
}

export const LICENCE_COLUMNS = ['Licence', 'Packages']

/** The licences of what comes along with an installation. Throws for one that nobody has read. */
export function licenceRows(root: string): string[][] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: { [path: string]: Package }
  }
  const names = new Map<string, Set<string>>()
  for (const [path, { dev, license = 'none' }] of Object.entries(packages)) {
    if (path === '' || dev) continue
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    if (!KNOWN.includes(license)) throw new Error(`${name}: ${license} is a licence that nobody has read`)
    // One for each kind of machine.
    const plain = name.replace(/^(@koromix\/koffi)-.*/, '$1-*')
    names.set(license, (names.get(license) ?? new Set()).add(plain))
  }
  return [...names].toSorted().map(([license, all]) => [license, [...all].toSorted().join(', ')])
}
