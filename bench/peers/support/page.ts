// docs/performance.md: each part owns what is between its two markers. And results, kept as JSON beside it all.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../support/folder.ts'
import type { Section } from './section.ts'

const PAGE = join(root, 'docs/performance.md')
const IMAGES = join(root, 'docs/images')
const KEPT = join(root, 'node_modules/.cache/sluice-bench/peers')

/** Puts a section between the markers of its part, which have to be there, and its pictures beside the page. */
export function writeSection(part: string, { markdown, images }: Section): void {
  const [start, end] = [`<!-- peers:${part} -->`, `<!-- /peers:${part} -->`]
  const page = readFileSync(PAGE, 'utf8')
  const [from, to] = [page.indexOf(start), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${start} with its ${end}`)
  writeFileSync(PAGE, `${page.slice(0, from)}${start}\n\n${markdown.trim()}\n\n${page.slice(to)}`)
  mkdirSync(IMAGES, { recursive: true })
  for (const [name, image] of images) writeFileSync(join(IMAGES, name), image)
}

export function keepResults(part: string, results: unknown): void {
  mkdirSync(KEPT, { recursive: true })
  writeFileSync(join(KEPT, `${part}.json`), `${JSON.stringify(results, undefined, 1)}\n`)
}

/** What was kept of a part; undefined when it was never measured. */
export function keptResults(part: string): unknown {
  const path = join(KEPT, `${part}.json`)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}
