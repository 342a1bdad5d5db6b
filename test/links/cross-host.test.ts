// README.md, "Across hosts": its commands as they are printed, on two hosts that a cable joins.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { type Host, Namespaces } from '../faults/namespaces.ts'
import { orSkip } from '../servers/available.ts'
import { until } from '../servers/support.ts'
import { root } from '../support/process.ts'

const COUNT = 200

/** The block of commands under this heading, by the first words of the remark above each. */
function commandsUnder(heading: string): { [host: string]: string } {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, block = ''] = new RegExp(`\\n## ${heading}.*?\\n\`\`\`sh\\n(.*?)\`\`\``, 's').exec(readme) ?? []
  const parts = block.split(/^# (on \w+ ?\w*)[^\n]*\n/m).slice(1)
  return Object.fromEntries(
    parts.flatMap((part, n) => (n % 2 === 0 ? [[part.trim(), parts[n + 1]!.trim()]] : [])),
  )
}

/** A host with its own /etc/sluice, /var/lib and /run, that knows the other one by name. */
class Machine {
  readonly etc: string
  readonly #host: Host
  readonly #folder: string

  constructor(folder: string, host: Host, hosts: string) {
    this.#host = host
    this.#folder = folder
    this.etc = join(folder, 'sluice')
    for (const path of ['etc/sluice', 'work', 'lib', 'sluice', 'bin'])
      mkdirSync(join(folder, path), { recursive: true })
    // Whoever types it here is root already.
    writeFileSync(join(folder, 'bin/sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
    writeFileSync(join(folder, 'etc/hosts'), hosts)
  }

  /** What runs this command in it, by a shell. */
  #command(script: string): string[] {
    const folder = this.#folder
    const mounts = [
      `mount --bind ${folder}/etc /etc`,
      `mount --bind ${this.etc} /etc/sluice`,
      `mount --bind ${folder}/lib /var/lib`,
      'mount -t tmpfs tmpfs /run',
    ]
    const inside = `${mounts.join(' && ')} && export PATH=${folder}/bin:${root}/bin:$PATH && cd / && ${script}`
    return ['netns', 'exec', this.#host.name, 'unshare', '--mount', 'sh', '-c', inside]
  }

  async run(script: string): Promise<string> {
    return (await promisify(execFile)('ip', this.#command(script), { timeout: 30_000 })).stdout
  }

  /** Until the test ends. */
  async start(t: TestContext, script: string): Promise<void> {
    const child = spawn('ip', this.#command(`exec ${script}`), { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', text => {
      said += text
    })
    const exited = once(child, 'exit')
    t.after(async () => {
      child.kill('SIGKILL')
      await exited
    })
    await until(() => said.includes('"msg":"ready"'), { timeout: 30_000, what: 'ready' }).catch(error => {
      throw new Error(`${(error as Error).message}; it says: ${said}`)
    })
  }
}

test('README.md: the chain across hosts, as it is printed', async t => {
  const namespaces = await orSkip(t, () => Namespaces.open(t))
  if (!namespaces) return
  const commands = commandsUnder('Across hosts')
  assert.deepEqual(Object.keys(commands), ['on each host', 'on web1', 'on store1'])
  const folder = mkdtempSync(join(tmpdir(), 'sluice-hosts-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { left, right } = namespaces
  const hosts = `127.0.0.1 localhost\n${left.address} web1\n${right.address} store1\n`
  const web1 = new Machine(join(folder, 'web1'), left, hosts)
  const store1 = new Machine(join(folder, 'store1'), right, hosts)
  const [line] = await Promise.all([web1, store1].map(machine => machine.run(commands['on each host']!)))
  appendFileSync(join(store1.etc, 'allowed'), line!.replace(/ \S+\n/, ' web1\n'))
  copyFileSync(join(store1.etc, 'key.pub'), join(web1.etc, 'store1.pub'))

  await store1.start(t, commands['on store1']!)
  await web1.start(t, commands['on web1']!)
  await web1.run(`for n in $(seq ${COUNT}); do echo "number $n"; done | logger -n 127.0.0.1 -P 514 -d -t app`)
  const found = async () => {
    const answer = await store1.run(
      `node -e "fetch('http://127.0.0.1:8514/api/search?limit=1000').then(r => r.text()).then(t => process.stdout.write(t))"`,
    )
    return answer
  }
  await until(async () => (await found()).includes(`number ${COUNT}`), {
    timeout: 30_000,
    what: 'the last record',
  })
  const text = await found()
  const numbers = new Set(Array.from(text.matchAll(/number (\d+)/g), match => Number(match[1])))
  assert.equal(numbers.size, COUNT)
  assert.equal(text.match(/"sender":"web1"/g)?.length, COUNT)
})
