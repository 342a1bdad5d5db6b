import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Builds all pages into a folder each. A page is a folder in src/web with an index.html. Returns the files that went in. */
export async function buildPages(root: string, folder: string): Promise<string[]> {
  const pages = globSync('src/web/*/index.html', { cwd: root })
  const built = pages.map(html => buildPage(root, html, join(folder, basename(dirname(html)))))
  return (await Promise.all(built)).flat()
}

/** One script and one style sheet, whose names change with what is in them, so that browsers may keep them for ever. */
async function buildPage(root: string, html: string, outdir: string): Promise<string[]> {
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
  return Object.keys(metafile.inputs)
}
