import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { advisoriesOf } from './advisories.ts'

/** All let us be used for anything. libzmq, within zeromq, stays under the MPL: changes of its own files would have to be published. */
const KNOWN: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT AND MPL-2.0',
  'MIT/X11',
  'Unlicense',
]

interface Package {
  version: string
  license?: string
  dev?: boolean
  dependencies?: { [name: string]: string }
  optionalDependencies?: { [name: string]: string }
}

export const LICENCE_COLUMNS = ['Package', 'Version', 'Licence', 'For', 'Known, and mended in']

/** What comes along with an installation, with its licence and what is known of it. Throws for what nobody has read, or what is open. */
export function licenceRows(root: string): string[][] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: { [path: string]: Package }
  }
  const shipped = Object.entries(packages).filter(([, { dev }]) => !dev)
  const rows = new Map<string, string[]>()
  for (const [path, { version, license = 'none' }] of shipped) {
    if (path === '') continue
    const name = nameOf(path)
    if (!KNOWN.includes(license)) throw new Error(`${name}: ${license} is a licence that nobody has read`)
    const wanting = shipped.filter(([, one]) => one.dependencies?.[name] ?? one.optionalDependencies?.[name])
    const row = [
      plain(name),
      version,
      license,
      [...new Set(wanting.map(([path]) => plain(nameOf(path))))].join(', '),
      advisoriesOf(name, version),
    ]
    rows.set(`${row[0]} ${version}`, row)
  }
  return [...rows.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

function nameOf(path: string): string {
  return path === '' ? 'Sluice' : path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** There is one for each kind of machine. */
function plain(name: string): string {
  return name.replace(/^(@koromix\/koffi)-.*/, '$1-*')
}
