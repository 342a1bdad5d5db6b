import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type InputOptions, type OutputOptions, type Plugin, rolldown } from 'rolldown'
import { minify } from 'rolldown/utils'

/** What every program needs at its start, or in the middle of its work. All other packages are imported late, or not at all. */
const BUNDLED = ['commander', 'pino', 'prom-client']

/**
 * Bundles the programs into a folder. A daemon loads few of the files: launch.js, what all programs share, its own, and that of its
 * links. Returns what went in.
 */
export async function buildPrograms(root: string, outdir: string): Promise<string[]> {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const apart = Object.keys(dependencies).filter(name => !BUNDLED.includes(name))
  const common: InputOptions = {
    cwd: root,
    platform: 'node',
    external: id => apart.some(name => id === name || id.startsWith(`${name}/`)),
    plugins: [minifiedPackages, nothingImportedOfNode],
  }
  // A folder's files stay files of their own: the folder is the registry.
  const programs = entriesOf(root, 'src/{lib/launch,lib/index,daemons/*,commands/*}.ts')
  const sources = await write(
    { ...common, input: programs },
    { dir: outdir, codeSplitting: { groups: [CORE] } },
  )
  // A worker has memory of its own, where it shares no module with the program, and should not load what it does not use.
  for (const [name, path] of Object.entries(entriesOf(root, 'src/{daemons,lib}/*/*-worker.ts')))
    sources.push(
      ...(await write({ ...common, input: { [name]: path } }, { dir: outdir, codeSplitting: false })),
    )
  return sources
}

/**
 * These and all that they import is one module, where what two of them share would be one more: ready after 118 ms instead of 139
 * (where `node -e 0` takes 43), as 20 modules less are looked for, read and linked.
 */
const CORE = { name: 'core', test: /src\/lib\/(launch|index|transport\/(link|lines|address))\.ts$/ }

/** By the path in src, without its extension. */
function entriesOf(root: string, pattern: string): { [name: string]: string } {
  const paths = globSync(pattern, { cwd: root })
  return Object.fromEntries(paths.map(path => [path.slice('src/'.length, -'.ts'.length), join(root, path)]))
}

async function write(input: InputOptions, output: OutputOptions): Promise<string[]> {
  const bundle = await rolldown(input)
  const { output: written } = await bundle.write({
    format: 'esm',
    entryFileNames: '[name].js',
    // Beside the library's files, from where they find the folders of daemons and commands.
    chunkFileNames: 'lib/[name]-[hash].js',
    ...output,
  })
  await bundle.close()
  const sources = written.flatMap(file => (file.type === 'chunk' ? file.moduleIds : []))
  // Its helpers are in the package too.
  return sources.map(id => id.replace(/^\0rolldown\//, 'node_modules/rolldown/'))
}

/** Takes 0.25 MB from commander and pino. */
const minifiedPackages: Plugin = {
  name: 'minified packages',
  transform: {
    filter: { id: /\/node_modules\/.*\.js$/ },
    async handler(code, id) {
      const { code: minified, errors } = await minify(id, code)
      if (errors.length > 0) throw new Error(`${id}: ${errors.map(({ message }) => message).join('; ')}`)
      return minified
    },
  },
}

/**
 * Rewrites a module so that it asks Node for what it imports of it. An `import` reads all that such a module exports, and there are
 * modules behind that, which Node loads only then: fetch() behind node:http (30 ms and 7 MB), MIME types behind node:util. Idle
 * 14.7 MB instead of 15.7.
 */
const nothingImportedOfNode: Plugin = {
  name: 'nothing imported of Node',
  renderChunk(code, { fileName }) {
    const asked: string[] = []
    const rest = code.replace(
      /^import (?:(?:\* as )?([\w$]+)(?:, )?)?(?:\{((?!\s*default )[^}]*)\})? from "(node:[^"]+)";$/gm,
      (_, whole: string | undefined, names: string | undefined, id: string) => {
        const got = `process.getBuiltinModule("${id}")`
        if (whole) asked.push(`const ${whole} = ${got};`)
        if (names) asked.push(`const {${names.replaceAll(' as ', ': ')}} = ${got};`)
        return ''
      },
    )
    if (/^(?:import|export) [^;]*"node:/m.test(rest))
      throw new Error(`${fileName} imports of Node in a way that is not known`)
    // First of all, as imports are: functions may be called before the line where they stand.
    return [...asked, rest].join('\n')
  },
}
