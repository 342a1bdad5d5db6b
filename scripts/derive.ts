// Writes what follows from the folders of daemons and commands: the links in bin/, the bin map of package.json, the
// pages in docs/daemons/, the tables in the docs and the README. With --check it writes nothing, and exits 1 when
// something is stale.
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { metricDescriptions } from '../src/lib/admin/metrics.ts'
import type { Daemon } from '../src/lib/daemon.ts'
import { markOf, type Options } from '../src/lib/options.ts'
import { processOptions } from '../src/lib/process/options.ts'
import { loadCommand, loadDaemons, namesIn } from '../src/lib/registry.ts'
import { shippedFiles } from '../src/lib/service/shipped.ts'
import { ENGINE_COUNTERS } from '../src/lib/stage/facts.ts'
import { optionsOf } from '../src/lib/stage/options.ts'
import { LICENCE_COLUMNS, licenceRows } from './derive/licences.ts'
import { EXPOSURE_COLUMNS, exposureRows, UNIT_COLUMNS, unitRows } from './derive/units.ts'

const root = join(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const stale: string[] = []

const daemons = await loadDaemons()
const commands = await Promise.all(
  namesIn('commands').map(async name => ({ name, ...(await loadCommand(name)) })),
)
const executables = daemons.map(({ name }) => `sluice-${name}`).toSorted()

const SHAPES = {
  source: 'a source: it emits records',
  filter: 'a filter: records go in and out',
  sink: 'a sink: it makes records durable',
}

deriveLinks()
derivePackage()
derivePages()
deriveUnits()
deriveSection('README.md', 'daemons', daemonTable())
deriveSection('docs/services.md', 'units', table(UNIT_COLUMNS, unitRows(root, daemons)))
deriveSection('docs/security.md', 'exposure', table(EXPOSURE_COLUMNS, exposureRows(root, daemons)))
deriveSection('docs/security.md', 'licences', table(LICENCE_COLUMNS, licenceRows(root)))
deriveSection('docs/metrics.md', 'metrics', metricTable())
deriveSection('docs/metrics.md', 'events', eventTable())

if (check && stale.length > 0) {
  console.error(`stale, run npm run derive: ${stale.join(', ')}`)
  process.exitCode = 1
} else console.log(check ? 'derived files are fresh' : `derived: ${stale.join(', ') || 'nothing was stale'}`)

/** Writes a file unless it has this text already. */
function derive(path: string, text: string): void {
  let before: string | undefined
  try {
    before = readFileSync(join(root, path), 'utf8')
  } catch {}
  if (before === text) return
  stale.push(path)
  if (!check) writeFileSync(join(root, path), text)
}

/** In a checkout bin/sluice-NAME is a link to the launcher, which looks at the name it was called by. */
function deriveLinks(): void {
  for (const file of readdirSync(join(root, 'bin'))) {
    const orphan = file.startsWith('sluice-') && !executables.includes(file)
    if (orphan) remove(`bin/${file}`)
  }
  for (const name of executables) {
    const path = join(root, 'bin', name)
    const link = lstatSync(path, { throwIfNoEntry: false })
    if (link?.isSymbolicLink() && readlinkSync(path) === 'sluice') continue
    stale.push(`bin/${name}`)
    if (check) continue
    rmSync(path, { force: true })
    symlinkSync('sluice', path)
  }
}

function remove(path: string): void {
  stale.push(path)
  if (!check) rmSync(join(root, path))
}

/** npm leaves links out of a package, and `directories.bin` installs nothing: the map takes their place. */
function derivePackage(): void {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  const bin = Object.fromEntries(['sluice', ...executables].map(name => [name, 'bin/sluice']))
  derive('package.json', `${JSON.stringify({ ...JSON.parse(text), bin }, null, 2)}\n`)
}

function derivePages(): void {
  mkdirSync(join(root, 'docs/daemons'), { recursive: true })
  for (const file of readdirSync(join(root, 'docs/daemons'))) {
    if (!daemons.some(({ name }) => `${name}.md` === file)) remove(`docs/daemons/${file}`)
  }
  for (const { name, daemon } of daemons) derive(`docs/daemons/${name}.md`, page(name, daemon))
}

function deriveUnits(): void {
  const files = shippedFiles(daemons.toSorted((a, b) => a.name.localeCompare(b.name)))
  for (const folder of ['', 'sysusers.d', 'tmpfiles.d']) {
    mkdirSync(join(root, 'systemd', folder), { recursive: true })
    for (const entry of readdirSync(join(root, 'systemd', folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isFile() && !files.some(file => file.path === path)) remove(`systemd/${path}`)
    }
  }
  for (const { path, text } of files) derive(`systemd/${path}`, text)
}

function page(name: string, daemon: Daemon): string {
  const { own, links, buffer } = optionsOf(daemon)
  const counters = Object.entries(daemon.counters ?? {})
  const blocks = [
    `# sluice-${name}`,
    `${daemon.summary}. It is ${SHAPES[daemon.shape]}.`,
    daemon.examples ? `\`\`\`sh\n${daemon.examples.join('\n')}\n\`\`\`` : '',
    optionTable('Options', own),
    optionTable('Links', links),
    optionTable('Buffer', buffer),
    optionTable('Process', processOptions),
    counters.length > 0 ? `## Counters\n\n${table(['Event', 'What it counts'], counters)}` : '',
    `This page is derived from [the daemon](../../src/daemons/${name}.ts).`,
  ]
  return `${blocks.filter(Boolean).join('\n\n')}\n`
}

function optionTable(heading: string, options: Options): string {
  const rows = Object.entries(options).map(([key, option]) => {
    const words = option.choices ? `. One of ${option.choices.join(', ')}` : ''
    return [
      `\`${markOf(key, option)}${option.value === undefined ? '' : ` <${option.value}>`}\``,
      `${option.help}${words}${option.repeatable && !option.words ? '. Repeatable' : ''}`,
      option.default?.join(' ') ? `\`${option.default.join(' ')}\`` : '',
    ]
  })
  return rows.length === 0 ? '' : `## ${heading}\n\n${table(['Option', 'Meaning', 'Default'], rows)}`
}

function daemonTable(): string {
  const rows = daemons.map(({ name, daemon }) => [
    `[\`sluice-${name}\`](docs/daemons/${name}.md)`,
    daemon.shape,
    daemon.summary,
  ])
  const more = commands.map(({ name, summary }) => [`\`sluice ${name}\``, 'command', summary])
  return table(['Program', 'Is a', 'What it does'], [...rows, ...more])
}

function metricTable(): string {
  return table(
    ['Metric', 'Type', 'Meaning'],
    metricDescriptions().map(({ name, type, help }) => [`\`${name}\``, type, help]),
  )
}

function eventTable(): string {
  const engine = Object.entries(ENGINE_COUNTERS).map(([event, help]) => [`\`${event}\``, 'all', help])
  const own = daemons.flatMap(({ name, daemon }) =>
    Object.entries(daemon.counters ?? {}).map(([event, help]) => [`\`${event}\``, `sluice-${name}`, help]),
  )
  return table(['Event', 'Daemon', 'What it counts'], [...engine, ...own])
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
function deriveSection(path: string, name: string, text: string): void {
  const before = readFileSync(join(root, path), 'utf8')
  const section = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n<!-- /${name} -->)`)
  if (!section.test(before)) throw new Error(`${path} has no section ${name}`)
  derive(
    path,
    before.replace(section, (_, open, close) => open + text + close),
  )
}
