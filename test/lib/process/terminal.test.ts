// A real terminal that is closed: by the time that the signal comes it is none any more.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { root } from '../../support/process.ts'

/** Runs a command in a terminal, closes that when the command is ready, and says how the command ended. */
const IN_TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b''
while b'ready' not in said:
    said += os.read(terminal, 4096)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

test('bug: a terminal that was closed left its daemon behind, without a log', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const command = [
    join(root, 'bin/sluice-syslog-udp'),
    '--listen',
    '127.0.0.1:0',
    '--push-connect',
    `file://${folder}/out`,
  ]
  const child = spawn('python3', ['-c', IN_TERMINAL, ...command], {
    env: { ...process.env, RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const [code] = await Promise.all([text(child.stdout), once(child, 'exit')])
  assert.equal(code, '0\n')
})
