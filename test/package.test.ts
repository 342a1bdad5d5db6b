// The package as its users get it: packed, installed globally into a fresh prefix, called by its names.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { namesIn } from '../src/lib/registry.ts'
import { root, Sluice } from './support/process.ts'

const run = promisify(execFile)
const executables = ['sluice', ...namesIn('daemons').map(name => `sluice-${name}`)]

/** PATH with this Node first, and without what npm puts in front of it. */
const path = [
  dirname(process.execPath),
  ...(process.env.PATH ?? '').split(delimiter).filter(folder => !folder.includes('node_modules')),
]

/** A Node on this machine that is too old for us. */
function oldNode(): string | undefined {
  return path.slice(1).find(folder => {
    const node = join(folder, 'node')
    return (
      existsSync(node) &&
      Number(/v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]) < 24
    )
  })
}

interface Failed {
  code: number
  stderr: string
}

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-package-'))
  // As bad a path as there can be: it is in file: URLs too.
  const prefix = join(folder, 'a #%41')
  const bin = join(prefix, 'bin')
  const env = { ...process.env, PATH: path.join(delimiter) }
  let tarball = ''

  before(
    async () => {
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
        cwd: root,
        env,
      })
      const said = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)))
      const [packed] = Array.isArray(said) ? said : Object.values(said)
      tarball = join(folder, (packed as { filename: string }).filename)
      await run('npm', ['install', '--global', '--prefix', prefix, tarball], { cwd: folder, env })
    },
    { timeout: 120_000 },
  )

  after(() => rmSync(folder, { recursive: true, force: true }))

  test('installs every executable, and each runs', async () => {
    assert.deepEqual(readdirSync(bin).sort(), executables.toSorted())
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    await Promise.all(
      executables.map(async name => {
        const { stdout } = await run(join(bin, name), ['--version'], { env })
        assert.equal(stdout, `${version}\n`)
      }),
    )
  })

  test('holds what was built, and neither sources nor tests', async () => {
    const home = join(prefix, 'lib/node_modules/sluice')
    assert.deepEqual(
      readdirSync(home)
        .filter(name => name !== 'node_modules')
        .sort(),
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json', 'systemd'],
    )
  })

  test('brings node-linux with the newer minimist that overrides say, which do not hold where it is installed', () => {
    const modules = join(prefix, 'lib/node_modules/sluice/node_modules')
    const found = globSync('**/minimist/package.json', { cwd: modules })
    const versions = found.map(file => JSON.parse(readFileSync(join(modules, file), 'utf8')).version)
    assert.ok(versions.length > 0)
    for (const version of versions) assert.match(version, /^1\.(2\.([6-9]|\d\d)|[3-9])/)
  })

  test('asks Node for its modules, where an import would read all that they export and load what is behind it', () => {
    const dist = join(prefix, 'lib/node_modules/sluice/dist')
    const modules = globSync('{lib,daemons,commands}/**/*.js', { cwd: dist })
    assert.ok(modules.length > 10)
    for (const module of modules)
      assert.doesNotMatch(
        readFileSync(join(dist, module), 'utf8'),
        /^(?:import|export) [^;]*["']node:/m,
        module,
      )
  })

  test('a chain runs in it', async t => {
    const chain = new Sluice(t, join(bin, 'sluice'), ['run', 'syslog-json | syslog-json'], {
      stdin: '<13>one\n',
      env,
    })
    assert.equal(await chain.exited, 0, chain.stderr)
    assert.equal(JSON.parse(chain.stdout).message, 'one')
  })

  test('the copies of a stage are processes of it', async t => {
    const chain = new Sluice(t, join(bin, 'sluice'), ['run', 'relay | syslog-json*2 | relay'], {
      stdin: '<13>one\n',
      env,
    })
    assert.equal(await chain.exited, 0, chain.stderr)
    assert.equal(JSON.parse(chain.stdout).message, 'one')
  })

  test('the store brings its page and its threads', async t => {
    const store = new Sluice(t, join(bin, 'sluice-store'), ['--http', '127.0.0.1:0'], {
      stdin: 'open',
      env,
    })
    const url = /http:\S+/.exec((await store.log(/^the page is at http:/)).msg)![0]
    const page = await (await fetch(url)).text()
    const script = /src="([^"]+\.js)"/.exec(page)![1]!
    assert.equal((await fetch(new URL(script, url))).status, 200)
    store.child.stdin!.end('{"message":"one"}\n')
    assert.equal(await store.exited, 0, store.stderr)
  })

  test("an administrator's own daemon imports 'sluice' without installing it", async t => {
    writeFileSync(
      join(folder, 'own.ts'),
      `import { filter } from 'sluice'
       export default filter({ summary: 'Own', open: () => record => ({ ...record, own: true as boolean }) })`,
    )
    const own = new Sluice(t, join(bin, 'sluice'), [join(folder, 'own.ts')], { stdin: 'x\n', env })
    assert.equal(await own.exited, 0, own.stderr)
    assert.equal(JSON.parse(own.stdout).own, true)
  })

  test('installed beside an own daemon, it gives it its types', async () => {
    const project = mkdtempSync(join(folder, 'project-'))
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    await run('npm', ['install', '--save-dev', tarball], { cwd: project, env })
    const daemon = (value: string) =>
      `import { filter, integer } from 'sluice'
       export default filter({ summary: 'Own', options: { n: integer('N', '1') }, open: ({ n }) => { const m: ${value} = n; return r => ({ ...r, m }) } })`
    writeFileSync(join(project, 'good.ts'), daemon('number'))
    writeFileSync(join(project, 'bad.ts'), daemon('string'))
    const check = (file: string) =>
      run(
        join(root, 'node_modules/.bin/tsc'),
        ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck', '--types', '', file],
        { cwd: project, env },
      )
    await check('good.ts').catch(error => assert.fail(error.stdout))
    await assert.rejects(check('bad.ts'), (error: { stdout: string }) =>
      /Type 'number' is not assignable to type 'string'/.test(error.stdout),
    )
  })

  test('on an older Node each says so in one line and exits with 64', async t => {
    const old = oldNode()
    if (!old) {
      if (process.env.SLUICE_REQUIRE === 'all') assert.fail('there is no Node older than 24 on the PATH')
      t.skip('there is no Node older than 24 on the PATH')
      return
    }
    for (const name of executables) {
      const error: Failed = await run(join(bin, name), [], {
        env: { ...env, PATH: [old, ...path.slice(1)].join(delimiter) },
      }).then(
        () => assert.fail('it ran'),
        (failed: Failed) => failed,
      )
      assert.equal(error.code, 64)
      assert.match(error.stderr, /^sluice: needs Node.js 24 or newer; this is \d+\.\d+\.\d+ .*\n$/)
    }
  })
})
