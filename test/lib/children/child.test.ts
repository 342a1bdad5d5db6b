import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { type Child, describeEnd, type Start, startChild } from '../../../src/lib/children/index.ts'
import { untilGone } from '../../support/alive.ts'
import { root } from '../../support/process.ts'

const start = (command: string[], how: Partial<Start> = {}) =>
  startChild({ command, environment: process.env, stdin: 'ignore', stdout: 'pipe', ...how })

const shell = (script: string, how?: Partial<Start>) => start(['/bin/sh', '-c', script], how)

/** What it wrote, and how it ended. */
async function outcome(child: Child) {
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), child.ended])
  return { stdout, stderr, end }
}

/** The next numbers that it prints. */
async function printed(child: Child): Promise<number[]> {
  const [piece] = await once(child.stdout, 'data')
  return String(piece).trim().split(/\s+/).map(Number)
}

/** Processes that the kernel says this of. */
function processes(found: (stat: { parent: number; command: string }) => boolean): number[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .map(Number)
    .filter(pid => {
      try {
        // proc_pid_stat(5): the name may have anything in it but the last bracket.
        const [, , parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ')').split(' ')
        return found({ parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') })
      } catch {
        return false
      }
    })
}

/** Whether a descriptor of this process stays open in what it starts: bit 02000000 of its flags, O_CLOEXEC, is not set. */
function isGiven(fd: string): boolean {
  const [, flags = ''] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? []
  return (Number.parseInt(flags, 8) & 0o2000000) === 0
}

/** Runs this as a module in a process of its own, which may have few files open. */
async function inNarrowProcess(script: string): Promise<string> {
  const child = spawn(
    '/bin/sh',
    ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  return text(child.stdout!)
}

describe('a child', () => {
  test('gets its words as they are: no shell reads them', async () => {
    const words = [
      '$HOME',
      '$(id)',
      '`id`',
      '; id',
      "'",
      '"',
      '\\',
      'a b',
      '',
      '*',
      '--',
      '-n',
      'line\nfeed',
      '| id',
    ]
    const { stdout, end } = await outcome(await start(['/usr/bin/printf', '%s\\0', ...words]))
    assert.deepEqual(stdout.split('\0').slice(0, -1), words)
    assert.deepEqual(end, { code: 0, signal: null })
  })

  test('says how it ended, after all that it wrote', async () => {
    const many = await outcome(await shell('seq 1 20000; echo last words >&2; exit 3'))
    assert.equal(many.stdout.split('\n').length, 20_001)
    assert.equal(many.stderr, 'last words\n')
    assert.equal(describeEnd(many.end), 'exit code 3')
    assert.equal(describeEnd((await outcome(await shell('kill -SEGV $$'))).end), 'signal SIGSEGV')
  })

  test('may close its input without reading it', async () => {
    const child = await shell('exec <&-; echo done', { stdin: 'pipe' })
    child.stdin.end('x'.repeat(1e6))
    assert.equal((await outcome(child)).stdout, 'done\n')
  })

  test('has no descriptor but its three, whatever the process has open', async t => {
    const open = process.getBuiltinModule('node:net').createServer().listen(0)
    t.after(() => open.close())
    const inherited = readdirSync('/proc/self/fd')
    const { stdout } = await outcome(await start(['/bin/ls', '/proc/self/fd']))
    // The last one is the folder that it lists. What somebody careless gave this process is not ours to close.
    const own = stdout
      .trim()
      .split('\n')
      .sort((a, b) => Number(a) - Number(b))
    assert.deepEqual(own.slice(0, 4), ['0', '1', '2', '3'])
    for (const fd of own.slice(4)) assert.ok(isGiven(fd) && inherited.includes(fd), fd)
  })

  test('is stopped with SIGTERM; one that does not hear, with SIGKILL; with it what it started', async () => {
    const polite = await shell('trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.01; done')
    await once(polite.stdout, 'data')
    const output = text(polite.stdout)
    await polite.stop(10_000)
    assert.equal(await output, 'bye\n')
    assert.deepEqual(await polite.ended, { code: 0, signal: null })
    const deaf = await shell('trap "" TERM; sleep 1000 & echo $$ $!; wait')
    const pids = await printed(deaf)
    await deaf.stop(50)
    assert.deepEqual(await deaf.ended, { code: null, signal: 'SIGKILL' })
    await untilGone(pids)
  })

  test('takes with it what it left in its process group', async () => {
    const child = await shell('sleep 1000 & echo $!')
    const [left] = await printed(child)
    assert.deepEqual(await child.ended, { code: 0, signal: null })
    await untilGone([left!])
  })

  test('does not keep us waiting for one that left the group and holds the output open', async () => {
    const child = await shell('setsid sleep 1000 & echo $!; sleep 0.1')
    const [left] = await printed(child)
    assert.deepEqual(await child.ended, { code: 0, signal: null })
    process.kill(left!, 'SIGKILL')
  })

  test('that cannot be started is an error of the system', async () => {
    await assert.rejects(start(['/bin/true', 'x'.repeat(200_000)]), { code: 'E2BIG' })
  })
})

/** A process with children of its own. */
async function startParent(t: TestContext, count: number, ...command: string[]) {
  const script = join(root, 'test/support/parent.ts')
  const parent: ChildProcess = spawn(process.execPath, [script, String(count), ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => parent.kill('SIGKILL'))
  const pids: number[] = []
  const all = Promise.withResolvers<void>()
  let rest = ''
  parent.stdout!.setEncoding('utf8').on('data', piece => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (/^\d+$/.test(line)) pids.push(Number(line))
    }
    if (lines.includes('all')) all.resolve()
  })
  return { parent, pids, all: all.promise }
}

describe('a process that is killed with SIGKILL', { concurrency: true }, () => {
  test('takes its children with it, and theirs, also those that read no input and write nothing', async t => {
    const script = 'sleep 1000 & echo $!; trap "" TERM HUP; sleep 1000'
    const { parent, pids, all } = await startParent(t, 2, '/bin/sh', '-c', script)
    await all
    while (pids.length < 4) await once(parent.stdout!, 'data')
    parent.kill('SIGKILL')
    await untilGone(pids)
  })

  test('although its guard does not keep up with them', async t => {
    // It is not read while it is stopped: a socket holds some 270 such lines.
    const { parent, pids, all } = await startParent(t, 300, '/bin/sleep', '1000')
    await once(parent.stdout!, 'data')
    const [guard] = processes(stat => stat.parent === parent.pid && stat.command.includes('read -r group'))
    process.kill(guard!, 'SIGSTOP')
    await all
    process.kill(guard!, 'SIGCONT')
    parent.kill('SIGKILL')
    await untilGone(pids)
  })

  test('at any moment of a start', async t => {
    // Their own names tell them from those of others.
    const mark = `${process.pid}.5`
    for (let moment = 0; moment < 8; moment++) {
      const { parent } = await startParent(t, 1000, '/bin/sleep', mark)
      for (let n = 0; n <= moment; n++) await once(parent.stdout!, 'data')
      parent.kill('SIGKILL')
      await once(parent, 'exit')
    }
    const marked = () => processes(({ command }) => command.includes(mark))
    await untilGone(marked())
    assert.deepEqual(marked(), [])
  })
})

test('a guard that was killed is replaced, and the new one knows all', async t => {
  const { parent, pids, all } = await startParent(t, 3, '/bin/sleep', '1000')
  await all
  const guardOf = () =>
    processes(stat => stat.parent === parent.pid && stat.command.includes('read -r group'))
  const [first] = guardOf()
  process.kill(first!, 'SIGKILL')
  await untilGone([first!])
  let [second] = guardOf()
  while (second === undefined || second === first) [second] = guardOf()
  parent.kill('SIGKILL')
  await untilGone([...pids, second])

  test('bug: where no descriptor was left for the first one, the process ended, or no other could ever be started', async () => {
    const script = `
      import { closeSync, openSync } from 'node:fs'
      import { text } from 'node:stream/consumers'
      import { startChild } from './src/lib/children/index.ts'
      const start = () => startChild({ command: ['/bin/echo', 'started'], environment: {}, stdin: 'ignore', stdout: 'pipe' })
      const open = []
      try { for (;;) open.push(openSync('/dev/null')) } catch {}
      await start().then(() => console.log('it was started'), () => console.log('refused'))
      await new Promise(resolve => setTimeout(resolve, 100))
      for (const fd of open) closeSync(fd)
      console.log(await text((await start()).stdout))`
    assert.equal(await inNarrowProcess(script), 'refused\nstarted\n\n')
  })
})
