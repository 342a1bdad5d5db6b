// `sluice top` in a terminal: what is on the screen, what keys do, what is left behind.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { until } from '../servers/support.ts'
import { installTmux, Tmux } from '../servers/tmux.ts'
import { host } from '../support/host.ts'
import { freePort } from '../support/port.ts'
import { root, type Sluice } from '../support/process.ts'

const sluice = join(root, 'bin/sluice')

/** Two daemons, the first of which feeds the second with 200 records a second or less. */
async function pair(t: TestContext) {
  const { daemon, command, folder, env } = host(t)
  const port = await freePort()
  const b = await daemon('beta', `relay --pull-bind tcp://127.0.0.1:${port} --push-connect file:///dev/null`)
  const a = await daemon('alpha', `relay --pull-connect - --push-connect tcp://127.0.0.1:${port}`)
  const timer = setInterval(() => a.child.stdin!.write('{"n":1}\n{"n":2}\n'), 10)
  t.after(() => clearInterval(timer))
  return { a, b, command, folder, env, daemon }
}

/** The line of a daemon, in words. */
const lineOf = (screen: string, name: string) =>
  screen
    .split('\n')
    .find(line => line.startsWith(name))
    ?.split(/\s+/) ?? []

const rateIn = (screen: string, name: string) =>
  Number(
    lineOf(screen, name)
      .find(word => /^[\d.,]+$/.test(word))
      ?.replaceAll(',', ''),
  )

describe('sluice top', { concurrency: 2 }, () => {
  test('where no terminal is: one table', async t => {
    const { command, a } = await pair(t)
    await a.untilStatus('records', ({ stages }) => stages[0]!.books.in > 20)
    const run = command('top', '--every', '500ms')
    assert.equal(await run.exited, 0)
    assert.equal(run.stderr, '')
    const [head, first, second, ...more] = run.stdout.trimEnd().split('\n')
    assert.match(head!, /^NAME▲ +SHAPE +IN\/S +OUT\/S +LAG +BUFFER +SPOOL +DROPS +DEAD +CPU% +MEM +UP$/)
    assert.match(
      first!,
      /^alpha +filter +\d[\d.,]* +\d[\d.,]* +[\d.]+m?s +\d\S*\/64M +0 +0 +\d[\d.]* +\d+M +\d+s$/,
    )
    assert.match(second!, /^beta +filter /)
    assert.deepEqual(more, [])
    const sorted = command('top', '--every', '200ms', '--sort', 'name', '--names', 'beta')
    assert.equal(await sorted.exited, 0)
    assert.equal(sorted.stdout.split('\n').length, 3)
  })

  test('nobody there, and one that was killed', async t => {
    const { command, folder, daemon } = host(t)
    const none = command('top', '--once')
    assert.equal(await none.exited, 2)
    assert.equal(none.stdout, `no daemon was found: there is no admin socket in ${folder}\n`)
    const run = await daemon('dead', 'relay --pull-connect - --push-connect file:///dev/null')
    await run.stop('SIGKILL')
    const gone = command('top', '--once')
    assert.equal(await gone.exited, 2)
    const dead = '1 socket of a daemon that was killed: dead'
    assert.equal(
      gone.stdout,
      `no daemon was found: there is no admin socket in ${folder} that answers\n${dead}\n`,
    )
    await daemon('alive', 'relay --pull-connect - --push-connect file:///dev/null')
    const rest = command('top', '--once', '--every', '200ms')
    assert.equal(await rest.exited, 0)
    assert.match(rest.stdout, new RegExp(`^NAME.*\\nalive .*\\n${dead}\\n$`))
    const away = command('top', '--once', '127.0.0.1:1')
    assert.equal(await away.exited, 2, 'bug: where all that were asked were silent, it said 0')
    assert.match(away.stdout, /^NAME.*\n127\.0\.0\.1:1 +nobody answers\n$/)
    const misuse = command('top', '--sort', 'size')
    assert.equal(await misuse.exited, 64)
  })

  for (const [width, height] of [
    [80, 24],
    [120, 40],
  ] as const) {
    test(`at ${width}x${height}: table, sorting, filter, details, chain, help, pause, and back`, async t => {
      if (!(await orSkip(t, installTmux))) return
      const { env, b } = await pair(t)
      const tmux = await Tmux.start(t, `${sluice} top; echo code $?`, { width, height, env })
      const screen = await tmux.until('rates', text => rateIn(text, 'alpha') > 0 && rateIn(text, 'beta') > 0)
      const lines = screen.split('\n').slice(0, height)
      assert.match(lines[0]!, /^sluice top {2}\d\d:\d\d:\d\dZ {2}2 processes, [\d.,]+\/s in$/)
      assert.match(lines[1]!, /^NAME▲ .*IN\/S +OUT\/S +LAG +BUFFER +SPOOL +DROPS +DEAD +CPU% +MEM/)
      assert.equal(/SHAPE.* UP$/.test(lines[1]!), width === 120)
      assert.match(lines[2]!, /^alpha /)
      assert.match(lines[3]!, /^beta /)
      assert.match(lines[height - 1]!, /^q quit {2}s sort {2}r reverse {2}\/ filter/)
      for (const line of lines) assert.ok(line.length <= width)

      // It moves.
      const clock = lines[0]!.slice(12, 20)
      await tmux.until('the next look', text => text.slice(12, 20) !== clock)

      await tmux.keys('r')
      await tmux.until('the other way round', text => text.split('\n')[2]!.startsWith('beta'))
      await tmux.keys('r', 's')
      await tmux.until('sorted by what comes in', text => /IN\/S▼/.test(text))
      await tmux.keys('S')
      await tmux.until('sorted by name', text => /NAME▲/.test(text))

      await tmux.keys('/')
      await tmux.until('a filter', text => /type a part of a name/.test(text))
      await tmux.keys('bet')
      await tmux.until('one of them', text => /\/bet/.test(text) && !/^alpha/m.test(text))
      await tmux.keys('Enter')
      await tmux.until('the keys again', text => /^q quit {2}s sort/m.test(text))
      await tmux.keys('Escape')
      await tmux.until('both of them', text => /^alpha/m.test(text))

      await tmux.keys('Down', 'Enter')
      const details = await tmux.until(
        'details',
        text => /^beta/m.test(text) && /: 1 peer, [\d,]+ records, [\d.,]+\/s$/m.test(text),
      )
      assert.match(details, new RegExp(`filter of sluice-relay, pid ${b.child.pid}, for `))
      assert.match(details, /CPU [\d.]+%, memory [\d.]+M, of it heap [\d.]+M/)
      assert.match(details, /^ {2}pull bind tcp:\/\/127\.0\.0\.1:\d+: 1 peer, [\d,]+ records, [\d.,]+\/s$/m)
      await tmux.keys('Escape')
      await tmux.until('the table', text => /^NAME/m.test(text))

      await tmux.keys('g')
      const chain = await tmux.until(
        'the chain',
        text => /│ alpha \(relay\) │/.test(text) && /▼ [\d.,]+\/s/.test(text),
      )
      assert.match(chain, /Who feeds whom/)
      await tmux.keys('PageDown')
      await tmux.until('its end', text => /file:\/\/\/dev\/null/.test(text))
      await tmux.keys('Escape', '/')
      await tmux.until('a filter of the table', text => /type a part of a name/.test(text))
      await tmux.keys('Escape', '?')
      await tmux.until('help', text => /PgUp, PgDn/.test(text) && /resident memory/.test(text))
      await tmux.keys('?', 'p')
      await tmux.until('paused', text => /paused/.test(text))

      await tmux.resize(60, 12)
      await tmux.until(
        'a smaller one',
        text =>
          text.split('\n').filter(Boolean).length <= 12 && /^alpha/m.test(text) && /^q quit/m.test(text),
      )
      await tmux.keys('q')
      const after = await tmux.until('the shell', text => /^code 0$/m.test(text))
      // Its lines are there again: of a command that takes several, the last one.
      assert.match(after.replaceAll('\n', ''), /code \$\?code 0/)
      assert.equal(await tmux.format('#{cursor_flag} #{alternate_on} #{wrap_flag}'), '1 0 1')
    })
  }

  test('bug: in a terminal that became smaller, the chain was cut off until the next look', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { daemon, env } = host(t)
    const address = `tcp://127.0.0.1:${await freePort()}`
    await daemon('sink', `relay --pull-bind ${address} --push-connect file:///dev/null`)
    for (const name of ['one', 'other'])
      await daemon(name, `relay --pull-connect - --push-connect ${address}`)
    const beside = (text: string) => /│ (one|other) \(relay\) │ +│ (one|other) \(relay\) │/.test(text)
    const tmux = await Tmux.start(t, `${sluice} top --every 1h`, { env, width: 100 })
    await tmux.until('the table', text => /^sink/m.test(text))
    await tmux.keys('g')
    await tmux.until('boxes', beside)
    await tmux.resize(30, 24)
    await tmux.until('a list', text => /^one \(relay\)$/m.test(text))
    await tmux.resize(100, 24)
    await tmux.until('boxes again', beside)
  })

  test('however it ends, the terminal is as before', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { env, folder } = await pair(t)
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
      const file = join(folder, signal)
      const tmux = await Tmux.start(t, `sh -c 'echo $$ > ${file}; exec ${sluice} top'`, { env })
      await tmux.until('the table', text => /^alpha/m.test(text))
      process.kill(Number(readFileSync(file, 'utf8')), signal)
      await tmux.until('the shell', text => /; exec /.test(text))
      assert.equal(await tmux.format('#{cursor_flag} #{alternate_on} #{wrap_flag}'), '1 0 1')
      await tmux.keys('clear; stty -a', 'Enter')
      const modes = await tmux.until('the modes', text => /icanon/.test(text))
      assert.match(modes, / icanon/)
      assert.match(modes, / echo /)
    }
  })

  test('also when it fails', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { folder, env } = host(t)
    const script = join(folder, 'fail.ts')
    const module = join(root, 'src/commands/top/terminal.ts')
    writeFileSync(
      script,
      `import { Terminal } from ${JSON.stringify(module)}
new Terminal().enter(() => { throw new Error('a bug') }, () => {})
console.log('\\rentered')
`,
    )
    // Room for all of the stack, however long the paths are.
    const tmux = await Tmux.start(t, `${process.execPath} ${script}`, { env, width: 200, height: 60 })
    await tmux.until('its screen', text => /^entered$/m.test(text))
    await tmux.keys('x')
    await tmux.until(
      'what is wrong, on the screen of the shell',
      text => /Error: a bug/.test(text) && /fail\.ts/.test(text),
    )
    assert.equal(await tmux.format('#{cursor_flag} #{alternate_on} #{wrap_flag}'), '1 0 1')
  })

  test('bug: what was typed as soon as the shell was to be seen came to it as from a raw terminal', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { folder, env } = host(t)
    const script = join(folder, 'slow.ts')
    const module = join(root, 'src/commands/top/terminal.ts')
    // It has no turn for a while, when the screen of the shell is back.
    writeFileSync(
      script,
      `import { Terminal } from ${JSON.stringify(module)}
const terminal = new Terminal()
terminal.enter(() => {
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = text => {
    write(text)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
    return true
  }
  terminal.leave()
}, () => {})
console.log('\\rentered')
`,
    )
    const tmux = await Tmux.start(t, `${process.execPath} ${script}`, { env })
    await tmux.until('its screen', text => /^entered$/m.test(text))
    await tmux.keys('x')
    await tmux.until('the shell', text => /slow\.ts/.test(text.replaceAll('\n', '')))
    await tmux.keys('echo typed', 'Enter')
    // Perhaps behind the prompt, which came later.
    await tmux.until('what it was told', text => /^\W*typed$/m.test(text))
  })

  const stops = {
    'Ctrl-Z and fg': (tmux: Tmux) => tmux.keys('C-z'),
    'bug: stopped from outside, it left the terminal as it was, raw': (_: Tmux, pid: number) =>
      process.kill(pid, 'SIGTSTP'),
  }
  for (const [name, stop] of Object.entries(stops))
    test(name, async t => {
      if (!(await orSkip(t, installTmux))) return
      const { env, folder } = await pair(t)
      const tmux = await Tmux.start(t, `bash --norc -i`, { env })
      const file = join(folder, 'pid')
      await tmux.keys(`sh -c 'echo $$ > ${file}; exec ${sluice} top'`, 'Enter')
      await tmux.until('the table', text => /^alpha/m.test(text))
      await stop(tmux, Number(readFileSync(file, 'utf8')))
      await tmux.until('the shell', text => /Stopped/.test(text))
      assert.equal(await tmux.format('#{cursor_flag} #{alternate_on}'), '1 0')
      await tmux.keys('fg', 'Enter')
      await tmux.until('the table again', text => /^alpha/m.test(text) && /^q quit/m.test(text))
      await tmux.keys('C-c')
      await tmux.until('the end', text => !/^alpha/m.test(text) && /fg/.test(text))
      assert.equal(await tmux.format('#{cursor_flag} #{alternate_on}'), '1 0')
    })

  test('bug: with npm in front of it, Ctrl-Z stopped nothing that the shell could see', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { env } = await pair(t)
    const tmux = await Tmux.start(t, `bash --norc -i`, { env })
    await tmux.keys(`sh -c '${sluice} top; true'`, 'Enter')
    await tmux.until('the table', text => /^alpha/m.test(text))
    await tmux.keys('C-z')
    await tmux.until('the shell', text => /Stopped/.test(text))
    await tmux.keys('fg', 'Enter')
    await tmux.until('the table again', text => /^alpha/m.test(text) && /^q quit/m.test(text))
    await tmux.keys('q')
    await tmux.until('the end', text => !/^alpha/m.test(text) && /fg/.test(text))
  })

  test('bug: in the background and paused, it outlived its terminal', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { env, folder } = await pair(t)
    const file = join(folder, 'pid')
    const tmux = await Tmux.start(t, `sh -c 'echo $$ > ${file}; exec ${sluice} top'`, { env })
    await tmux.until('the table', text => /^alpha/m.test(text))
    await tmux.keys('p')
    await tmux.until('a pause', text => /paused/.test(text))
    const pid = Number(readFileSync(file, 'utf8'))
    // The shell takes the terminal back, and does not give it again.
    process.kill(pid, 'SIGSTOP')
    await tmux.until('the shell', text => /Stopped/i.test(text))
    process.kill(pid, 'SIGCONT')
    await tmux.vanish()
    t.after(() => isRunning(pid) && process.kill(pid, 'SIGKILL'))
    await until(() => !isRunning(pid), { timeout: 20_000, what: 'its end' })
  })

  test('Ctrl-Z where no shell could go on with it: it goes on', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { env } = await pair(t)
    const tmux = await Tmux.start(t, `setsid --ctty --wait ${sluice} top`, { env })
    await tmux.until('the table', text => /^alpha/m.test(text))
    await tmux.keys('C-z', '?')
    await tmux.until('help', text => /resident memory/.test(text))
  })

  test('colours only where they are wanted', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { env } = await pair(t)
    const colours = async (more: { [name: string]: string }, unset = '') => {
      const tmux = await Tmux.start(t, `${unset}${sluice} top`, { env: { ...env, ...more } })
      await tmux.until('the table', text => rateIn(text, 'alpha') > 0)
      return await tmux.screen('-e')
    }
    assert.doesNotMatch(await colours({}), /\u001b\[(3[0-7]|1|2)m/)
    assert.match(await colours({}, 'env -u NO_COLOR '), /\u001b\[1msluice top/)
  })

  test('one that does not answer is told of, and delays nobody', async t => {
    if (!(await orSkip(t, installTmux))) return
    const { env, a, b } = await pair(t)
    const tmux = await Tmux.start(t, `${sluice} top --every 300ms`, { env })
    await tmux.until('rates', text => rateIn(text, 'alpha') > 0)
    stopUntilEnd(t, b)
    await tmux.until('silence', text => /^beta +no answer/m.test(text) && /1 without an answer/.test(text))
    await tmux.until('rates of the other one', text => rateIn(text, 'alpha') >= 0)
    b.child.kill('SIGCONT')
    await tmux.until('an answer', text => rateIn(text, 'beta') > 0)
    await a.stop('SIGKILL')
    await tmux.until('its end', text => /^alpha +nobody answers/m.test(text))
  })
})

/** Not one that has ended, and that nobody has asked for its exit code. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function stopUntilEnd(t: TestContext, run: Sluice): void {
  run.child.kill('SIGSTOP')
  t.after(() => run.child.kill('SIGCONT'))
}
