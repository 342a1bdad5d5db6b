import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/**
 * Builds all pages into a folder each. A page is a folder in src/web with an index.html; a snippet, for the pages of others, one with
 * a snippet.ts. Returns the files that went in.
 */
export async function buildPages(root: string, folder: string): Promise<string[]> {
  const pages = globSync('src/web/*/index.html', { cwd: root })
  const snippets = globSync('src/web/*/snippet.ts', { cwd: root })
  const outOf = (path: string) => join(folder, basename(dirname(path)))
  const built = [
    ...pages.map(html => buildPage(root, html, outOf(html))),
    ...snippets.map(path => buildSnippet(root, path, outOf(path))),
  ]
  return (await Promise.all(built)).flat()
}

/** As small as it can be: one for those who honour what browsers ask for, and one for the others. */
async function buildSnippet(root: string, path: string, outdir: string): Promise<string[]> {
  for (const [name, honoured] of Object.entries({ honouring: true, ignoring: false }))
    await build({
      absWorkingDir: root,
      entryPoints: { [name]: path },
      outdir,
      minify: true,
      target: 'es2020',
      define: { HONOURED: String(honoured) },
      // No "use strict" in front of it.
      tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
      logLevel: 'warning',
    })
  return [path]
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
