// npm test: types, lint and format, derived files, unit tests, then the tests with real processes and servers. Each
// part is run whatever became of the one before; the last lines say how long each took.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const unit = globSync('test/{bench,lib,web}/**/*.test.ts', { cwd: root })
const cost = globSync('test/cost/*.test.ts', { cwd: root })
const real = globSync('test/**/*.test.ts', { cwd: root }).filter(
  file => !unit.includes(file) && !cost.includes(file),
)

const node = (...args: string[]) => [process.execPath, ...args]
// Two files at a time: more only wait for each other on the machines that this runs on.
const tests = (files: string[], ...args: string[]) =>
  node('--test', '--test-concurrency=2', ...args, ...files)

const PARTS: { readonly [part: string]: string[] } = {
  types: ['tsc', '-p', 'tsconfig.json'],
  'types of the pages': ['tsc', '-p', 'src/web/tsconfig.json'],
  'lint and format': ['biome', 'check', '.'],
  'derived files': node('scripts/derive.ts', '--check'),
  unit: tests(unit, '--test-timeout=60000'),
  pages: node('scripts/build.ts', 'web'),
  servers: node('test/servers/main.ts', 'install', 'all'),
  'real processes and servers': tests(real, '--test-timeout=120000'),
  // Alone, because what else runs takes the cores and their caches.
  'CPU a record': node('--test', '--test-concurrency=1', '--test-timeout=120000', ...cost),
}

const took: string[] = []
const failed: string[] = []
const only = process.argv.slice(2)
for (const [part, [command, ...args]] of Object.entries(PARTS)) {
  if (only.length > 0 && !only.includes(part)) continue
  console.log(`\n# ${part}`)
  const start = performance.now()
  const code = await run(command!, args)
  took.push(
    `${((performance.now() - start) / 1000).toFixed(1).padStart(7)} s  ${part}${code === 0 ? '' : '  FAILED'}`,
  )
  if (code !== 0) failed.push(part)
}
console.log(`\n${took.join('\n')}`)
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`)
  process.exitCode = 1
}

function run(command: string, args: string[]): Promise<number> {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
}
