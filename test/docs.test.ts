// What README.md and docs/new-daemon.md show is what works: their files are written, their commands are run.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { Keys } from './support/keys.ts'
import { root, Sluice } from './support/process.ts'
import { sendDatagrams } from './support/udp.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const guide = readFileSync(join(root, 'docs/new-daemon.md'), 'utf8')

/** The code after `<!-- file: NAME -->` for each NAME. */
function filesIn(text: string): [name: string, code: string][] {
  return [...text.matchAll(/<!-- file: (\S+) -->\n```ts\n([\s\S]*?)```/g)].map(([, name, code]) => [
    name!,
    code!,
  ])
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-docs-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function shell(command: string, cwd: string): Promise<{ stdout: string; stderr: string }> {
  const env = {
    ...process.env,
    PATH: `${join(root, 'bin')}:${process.env.PATH}`,
    RUNTIME_DIRECTORY: cwd,
    STATE_DIRECTORY: cwd,
  }
  return promisify(execFile)('sh', ['-c', command], { cwd, env, timeout: 30_000 })
}

test('docs/new-daemon.md: each file type-checks against the package, and each command does what it says', async t => {
  const cwd = await folder(t)
  for (const [name, code] of filesIn(guide)) writeFileSync(join(cwd, name), code)
  const commands = [...guide.matchAll(/<!-- run -->\n```sh\n(.*)\n```/g)].map(([, command]) => command!)
  const outputs = await Promise.all(commands.map(command => shell(command, cwd)))
  assert.equal(outputs.length, 3)
  assert.equal(JSON.parse(outputs[0]!.stdout).message, 'paid with ****')
  const ticks = outputs[1]!.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).message)
  assert.deepEqual(ticks, ['tick 1', 'tick 2', 'tick 3'])
  assert.match(outputs[2]!.stderr, /"words":3/)
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: { sluice: [join(root, 'src/lib/index.ts')] },
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: ['*.ts'],
  }
  writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify(config))
  await shell(`${join(root, 'node_modules/.bin/tsc')} -p .`, cwd).catch(error => assert.fail(error.stdout))
})

test('docs/new-daemon.md: into the suite with one file and its test', async t => {
  const cwd = await folder(t)
  for (const part of [
    'src',
    'bin',
    'docs',
    'scripts',
    'README.md',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'test/support',
  ]) {
    cpSync(join(root, part), join(cwd, part), { recursive: true, verbatimSymlinks: true })
  }
  symlinkSync(join(root, 'node_modules'), join(cwd, 'node_modules'))
  const code = filesIn(guide).find(([name]) => name === 'redact.ts')![1]
  writeFileSync(join(cwd, 'src/daemons/redact.ts'), code.replace("'sluice'", "'../lib/index.ts'"))
  mkdirSync(join(cwd, 'test/daemons'), { recursive: true })
  writeFileSync(join(cwd, 'test/daemons/redact.test.ts'), '// would be here')
  cpSync(join(root, 'test/daemons/contract.test.ts'), join(cwd, 'test/daemons/contract.test.ts'))
  const node = process.execPath
  await assert.rejects(
    shell(`${node} scripts/derive.ts --check`, cwd),
    /stale, run npm run derive: .*bin\/sluice-redact/,
  )
  await shell(`${node} scripts/derive.ts`, cwd)
  await shell(`${node} scripts/derive.ts --check`, cwd)
  const { stdout } = await shell("printf '4111111111111111\\n' | bin/sluice-redact", cwd)
  assert.equal(JSON.parse(stdout).message, '****')
  const contract = await shell(
    `unset NODE_TEST_CONTEXT; ${node} --test --test-name-pattern=redact test/daemons/contract.test.ts`,
    cwd,
  )
  assert.match(contract.stdout, /fail 0/)
  assert.match(contract.stdout, /sluice-redact/)
})

test('a number that was redacted is not still there in the original bytes', async t => {
  const cwd = await folder(t)
  for (const [name, code] of filesIn(guide)) writeFileSync(join(cwd, name), code)
  const { stdout } = await shell("printf 'card 4111111111111111 \\377\\n' | sluice ./redact.ts", cwd)
  const { message, '@meta': meta } = JSON.parse(stdout)
  assert.equal(message, 'card **** \ufffd')
  assert.equal('bytes' in meta, false)
})

test('README: the Unix filter', async t => {
  const command = "echo '<34>Oct 11 22:14:15 web1 sshd[42]: Failed password' | sluice-syslog-json"
  assert.ok(readme.includes(command))
  assert.equal(JSON.parse((await shell(command, await folder(t))).stdout).message, 'Failed password')
})

test('README: the ten lines of redact.ts run in a chain', async t => {
  const cwd = await folder(t)
  const [, code = ''] = /```ts\n(\/\/ redact.ts[\s\S]*?)```/.exec(readme) ?? []
  writeFileSync(join(cwd, 'redact.ts'), code)
  const chain = 'syslog-udp --listen :5514 | syslog-json | ./redact.ts'
  assert.ok(readme.includes(`sluice run '${chain}'`))
  const run = new Sluice(t, 'sluice', ['run', chain.replace(':5514', '127.0.0.1:0')], { cwd })
  await sendDatagrams(await run.port(), ['<13>Oct 11 22:14:15 web1 shop: card 4111111111111111'])
  assert.equal((await run.records(1))[0]!.message, 'card ****')
})

test('README: the consumer in Python is the one that is tested', () => {
  const [, code] = /```python\n([\s\S]*?)```/.exec(readme) ?? []
  assert.equal(code, readFileSync(join(root, 'test/interop/consumer.py'), 'utf8'))
})

test('README: every daemon and every chain that it shows is made of flags that are accepted', async t => {
  const cwd = await folder(t)
  // Those that it has in /etc/sluice: keys that are its own, whom it connects to, who may connect.
  const keys = new Keys(t, 'key', 'store1')
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!)
  const all = blocks.map(block =>
    block.replaceAll(/ *\\\n */g, ' ').replaceAll('/etc/sluice/', `${keys.folder}/`),
  )
  const lines = all.flatMap(block => block.split('\n')).filter(line => /^sluice(-| run )/.test(line))
  // Somebody's own daemon is run above.
  const commands = lines.filter(line => !line.includes('./') && !line.includes('keygen'))
  assert.ok(commands.length >= 11, commands.join('\n'))
  // Of `run`, the options of the process stand before the chain.
  for (const command of commands)
    await shell(
      command.startsWith('sluice run') ? command.replace('run', 'run --check') : `${command} --check`,
      cwd,
    )
})

test('README: every page that it names is there', () => {
  for (const [, path] of readme.matchAll(/\]\(([^)#]+)\)/g)) assert.ok(existsSync(join(root, path!)), path)
})
