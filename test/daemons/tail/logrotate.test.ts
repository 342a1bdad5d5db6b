// The real logrotate, on a file that is written all the time: what is in the files in the end has come, once.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { LONG } from '../../faults/random.ts'
import { standstill, until } from '../../faults/wait.ts'
import { orSkip } from '../../servers/available.ts'
import { installLogrotate } from '../../servers/logrotate.ts'
import type { Drive } from '../../support/drive.ts'
import { LogFolder, messages } from './folder.ts'

const ROTATIONS = LONG ? 50 : 4
/** Lines between two rotations, at least. */
const LINES = LONG ? 2000 : 300

/** The writer, and the lines that it has written as the files have them. */
function startWriter(t: TestContext, logs: LogFolder) {
  logs.write('app.log', '')
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), logs.at('app.log')], {
    stdio: 'inherit',
  })
  const ended = once(writer, 'exit')
  const stop = async () => {
    writer.kill('SIGTERM')
    await ended
  }
  t.after(stop)
  return { pid: writer.pid!, stop }
}

function linesIn(logs: LogFolder): string[] {
  return readdirSync(logs.path).flatMap(name => {
    const bytes = readFileSync(logs.at(name))
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').slice(0, -1)
  })
}

/** Waits for the new file. What is rotated twice before anybody has looked at it is found by a glob alone that matches it. */
async function seen(logs: LogFolder, stage: Drive, since: number): Promise<void> {
  const first = await until('a new line', () => {
    const text = readFileSync(logs.at('app.log'), 'utf8')
    return text.includes('\n') && text.slice(0, text.indexOf('\n'))
  })
  let at = since
  await until('it is read', () => {
    while (at < stage.out.length) if (stage.out[at++]!.message === first) return true
    return false
  })
}

const WAYS: { readonly [way: string]: (pid: number) => string } = {
  'rename and create': pid => `create\n postrotate\n kill -HUP ${pid}\n endscript`,
  'rename, create and compress': pid => `create\n compress\n postrotate\n kill -HUP ${pid}\n endscript`,
  'rename, create and compress one later, with dates': pid =>
    `create\n compress\n delaycompress\n dateext\n dateformat -%Y%m%d-%s\n postrotate\n kill -HUP ${pid}\n endscript`,
  copytruncate: () => 'copytruncate',
  'copytruncate and compress': () => 'copytruncate\n compress',
}

describe('sluice-tail and logrotate', { concurrency: true }, () => {
  for (const [way, directives] of Object.entries(WAYS))
    for (const glob of ['app.log', 'app.log*'])
      test(`${way}, --file ${glob}`, async t => {
        const logrotate = await orSkip(t, installLogrotate)
        if (!logrotate) return
        const logs = new LogFolder(t)
        const state = mkdtempSync(join(tmpdir(), 'sluice-logrotate-'))
        t.after(() => rmSync(state, { recursive: true }))
        const writer = startWriter(t, logs)
        await using stage = await logs.follow(glob, '--follow-rotated', '1s')
        for (let n = 0; n < ROTATIONS; n++) {
          await stage.until(stage.out.length + LINES)
          // With dates, two rotations in one second would be one name.
          const second = Math.floor(Date.now() / 1000)
          while (way.includes('dates') && Math.floor(Date.now() / 1000) === second)
            await stage.until(stage.out.length + 1)
          const since = stage.out.length
          await logrotate.rotate(
            `${logs.at('app.log')} {\n size 1\n rotate 1000\n ${directives(writer.pid)}\n}\n`,
            state,
          )
          await seen(logs, stage, since)
        }
        await stage.until(stage.out.length + LINES)
        await writer.stop()
        const written = linesIn(logs)
        const missing = new Set(written)
        let at = 0
        const areAll = () => {
          for (; at < stage.out.length; at++) missing.delete(String(stage.out[at]!.message))
          return missing.size === 0
        }
        const lines = () => `${missing.size} lines, from ${[...missing][0]} on`
        await until('none is lost', areAll).catch(error => assert.fail(`${error}: ${lines()}`))
        // What is compressed is looked at each second.
        await standstill('records', () => stage.out.length, 2_500)
        const came = messages(stage.out)
        const there = new Set(came)
        assert.equal(came.length - there.size, 0, 'none came twice')
        // Between copying and truncating, logrotate itself loses lines: they may have come although they are in no file.
        const highest = [...there].reduce<number>(
          (most, line) => Math.max(most, Number(String(line).split(' ')[1])),
          0,
        )
        const lost = highest + 1 - written.length
        t.diagnostic(`${written.length} lines in the files, ${came.length} came; logrotate lost ${lost}`)
      })
})
