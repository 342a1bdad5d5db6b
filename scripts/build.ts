// npm run build: what the package ships instead of src/. One module a program and one for what they share, since each
// module that Node loads costs memory and time: idle 14.8 MB instead of 17.6, ready after 68 ms instead of 91. Our own names
// stay (minified: 14.5 MB), because people read the stacks in their logs.
//
// npm run build web: only the pages, which a checkout has to build too, before its daemons can show them.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile, type PluginBuild, transform } from 'esbuild'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What every program needs at its start, or in the middle of its work. All other packages are imported late, or not at all. */
const BUNDLED = ['commander', 'pino', 'prom-client']

if (process.argv[2] === 'web') await replacing(join(dist, 'web'), buildPages)
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
  const built = [await buildPrograms(folder), ...(await buildPages(join(folder, 'web')))]
  writeFileSync(join(folder, 'THIRD-PARTY.txt'), licences(built))
  // Types for people's own daemons.
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--outDir', folder], {
    cwd: root,
    stdio: 'inherit',
  })
}

async function buildPrograms(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    // A folder's files stay files of their own: the folder is the registry.
    entryPoints: globSync(
      'src/{lib/launch,lib/index,daemons/*,commands/*,daemons/*/*-worker,lib/*/*-worker}.ts',
      {
        cwd: root,
      },
    ),
    outbase: 'src',
    outdir,
    // Beside the library's files, from where they find the folders of daemons and commands.
    chunkNames: 'lib/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: Object.keys(dependencies).filter(name => !BUNDLED.includes(name)),
    // The bundled packages are CommonJS.
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
    logLevel: 'warning',
    plugins: [{ name: 'minify packages', setup: minifyPackages }],
    metafile: true,
  })
  for (const output of Object.keys(metafile.outputs)) importNothingOfNode(join(root, output))
  return metafile
}

/**
 * Rewrites a module so that it asks Node for what it imports of it. An `import` reads all that such a module exports, and there are
 * modules behind that, which Node loads only then: fetch() behind node:http (30 ms and 7 MB), MIME types behind node:util. Idle
 * 14.7 MB instead of 15.7.
 */
function importNothingOfNode(file: string): void {
  const asked: string[] = []
  const rest = readFileSync(file, 'utf8').replace(
    /^import (?:\{((?!\s*default )[^}]*)\}|(?:\* as )?(\w+)) from "(node:[^"]+)";$/gm,
    (_, names: string | undefined, whole: string | undefined, id: string) => {
      const target = whole ?? `{${names!.replaceAll(' as ', ': ')}}`
      asked.push(`const ${target} = process.getBuiltinModule("${id}");`)
      return ''
    },
  )
  if (/^import [^;]*"node:/m.test(rest)) throw new Error(`${file} imports of Node in a way that is not known`)
  // First of all, as imports are: functions may be called before the line where esbuild has put them.
  writeFileSync(file, [...asked, rest].join('\n'))
}

/** A page is a folder in src/web with an index.html. */
async function buildPages(folder: string): Promise<Metafile[]> {
  const pages = globSync('src/web/*/index.html', { cwd: root })
  return await Promise.all(pages.map(html => buildPage(html, join(folder, basename(dirname(html))))))
}

/** One script and one style sheet, whose names change with what is in them, so that browsers may keep them for ever. */
async function buildPage(html: string, outdir: string): Promise<Metafile> {
  const folder = dirname(html)
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(folder, 'app.tsx'), join(folder, 'style.css')],
    entryNames: '[name]-[hash]',
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox125', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  })
  const outputs = Object.entries(metafile.outputs).map(([path, { entryPoint = '' }]) => ({
    path,
    entryPoint,
  }))
  let page = readFileSync(join(root, html), 'utf8')
  for (const { path, entryPoint } of outputs)
    page = page.replace(basename(entryPoint).replace('.tsx', '.js'), basename(path))
  mkdirSync(outdir, { recursive: true })
  writeFileSync(join(outdir, 'index.html'), page)
  const sizes = outputs.map(({ path }) => gzipSync(readFileSync(join(root, path))).length)
  const total = sizes.reduce((sum, size) => sum + size, gzipSync(page).length)
  console.log(`${folder}: ${(total / 1000).toFixed(1)} kB with gzip`)
  return metafile
}

/** Takes 0.25 MB from commander and pino. */
function minifyPackages(build: PluginBuild): void {
  build.onLoad({ filter: /\/node_modules\/.*\.js$/ }, async ({ path }) => ({
    contents: (await transform(readFileSync(path, 'utf8'), { minify: true, target: 'node24' })).code,
  }))
}

/** The licences of the packages that are copied into the modules. */
function licences(built: readonly Metafile[]): string {
  const inputs = built.flatMap(metafile => Object.keys(metafile.inputs))
  const folders = inputs.flatMap(input => /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(input)?.[0] ?? [])
  return [...new Set(folders)]
    .map(folder => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
      const [file] = globSync('LICEN[CS]E*', { cwd: join(root, folder) })
      if (!file) throw new Error(`${folder} has no licence`)
      return `${name} ${version}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`
    })
    .join('\n----\n\n')
}
