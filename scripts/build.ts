// npm run build: what the package ships instead of src/. Each module that Node loads costs memory and time, so what all programs
// need at their start is one (scripts/build/programs.ts). Our own names stay (minified: 0.3 MB less), because people read the stacks
// in their logs.
//
// npm run build web: only the pages, which a checkout has to build too, before its daemons can show them.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { buildPages } from './build/pages.ts'
import { buildPrograms } from './build/programs.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

if (process.argv[2] === 'web') await replacing(join(dist, 'web'), folder => buildPages(root, folder))
else await replacing(dist, buildAll)

/** What runs from the old one meanwhile finds all of it, or all of the new one. */
async function replacing(folder: string, make: (folder: string) => Promise<unknown>): Promise<void> {
  const [next, old] = [`${folder}.${process.pid}.new`, `${folder}.${process.pid}.old`]
  mkdirSync(next, { recursive: true })
  try {
    await make(next)
    if (existsSync(folder)) renameSync(folder, old)
    renameSync(next, folder)
  } finally {
    for (const one of [next, old]) rmSync(one, { recursive: true, force: true })
  }
}

async function buildAll(folder: string): Promise<void> {
  const sources = [...(await buildPrograms(root, folder)), ...(await buildPages(root, join(folder, 'web')))]
  writeFileSync(join(folder, 'THIRD-PARTY.txt'), licences(sources))
  // Types for people's own daemons.
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--outDir', folder], {
    cwd: root,
    stdio: 'inherit',
  })
}

/** The licences of the packages that are copied into the modules. */
function licences(sources: readonly string[]): string {
  const folders = sources.flatMap(
    path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(relative(root, resolve(root, path)))?.[0] ?? [],
  )
  return [...new Set(folders)]
    .map(folder => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
      const [file] = globSync('LICEN[CS]E*', { cwd: join(root, folder) })
      if (!file) throw new Error(`${folder} has no licence`)
      return `${name} ${version}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`
    })
    .join('\n----\n\n')
}
