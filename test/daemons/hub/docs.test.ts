// What docs/hub.md shows is what works.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { orSkip } from '../../servers/available.ts'
import { pythonWithZmq } from '../../servers/python.ts'
import { freePort } from '../../support/port.ts'
import { root, Sluice } from '../../support/process.ts'

const page = readFileSync(join(root, 'docs/hub.md'), 'utf8')

/** The program of this name, with these texts in place of those that it shows. */
function example(name: string, instead: { [shown: string]: string | number }): string {
  const [, code = ''] =
    new RegExp(`<!-- file: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(page) ?? []
  let text = code
  for (const [shown, used] of Object.entries(instead)) {
    assert.ok(text.includes(shown), `${name} has ${shown}`)
    text = text.replaceAll(shown, String(used))
  }
  return text
}

const EVENT = { type: 'shop.order', data: { account: 'acme', amount: 12.5 } }

async function startHub(t: TestContext, ...flags: string[]): Promise<{ hub: Sluice; port: number }> {
  const hub = new Sluice(t, 'sluice-hub', ['--http', '127.0.0.1:0', ...flags], { stdin: 'open' })
  return { hub, port: await hub.port() }
}

/** Sends an event now and then until the program has printed what it should. */
async function untilPrinted(hub: Sluice, program: Sluice, event: object, wanted: RegExp): Promise<void> {
  const timer = setInterval(() => hub.child.stdin!.write(`${JSON.stringify(event)}\n`), 50)
  try {
    await program.until(String(wanted), ({ stdout }) => wanted.test(stdout))
  } finally {
    clearInterval(timer)
  }
}

describe('docs/hub.md', { concurrency: 4 }, () => {
  for (const [name, scheme, wanted] of [
    ['watch.js', 'ws', /^shop\.order \{ account: 'acme', amount: 12\.5 \}$/m],
    ['follow.js', 'http', /^shop\.order$/m],
  ] as const)
    test(`${name} shows events`, async t => {
      const { hub, port } = await startHub(t)
      const path = join(hub.folder, name)
      writeFileSync(path, example(name, { [`${scheme}://127.0.0.1:8516`]: `${scheme}://127.0.0.1:${port}` }))
      const program = new Sluice(t, process.execPath, ['--experimental-eventsource', path])
      await untilPrinted(hub, program, EVENT, wanted)
    })

  test('the chain and the commands beside it show an event', async t => {
    const [, chain = ''] = /^sluice run '(udp-json .*)'$/m.exec(page) ?? []
    const [, commands = ''] = /<!-- run -->\n```sh\n([\s\S]*?)```/.exec(page) ?? []
    const run = new Sluice(t, 'sluice', ['run', `${chain.replace(':8125', ':0')} --http 127.0.0.1:0`])
    const [udp, http] = [await run.port(0), await run.port(1)]
    const typed = commands.replaceAll('8125', String(udp)).replaceAll('8516', String(http))
    const shell = new Sluice(t, '/bin/bash', ['-c', `trap 'kill $(jobs -p)' EXIT\n${typed}\nread -r _`], {
      stdin: 'open',
    })
    await shell.until('the event', ({ stdout }) => stdout.includes('"type":"shop.order"'))
    shell.child.stdin!.end()
    await shell.exited
  })

  test('subscribe.py prints what is published', async t => {
    const python = await orSkip(t, pythonWithZmq)
    if (!python) return
    const port = await freePort()
    const [, endpoint = ''] = /--to '(pub\+tcp:.*?)'/.exec(page) ?? []
    const { hub } = await startHub(t, '--to', endpoint.replace('7002', String(port)))
    const path = join(hub.folder, 'subscribe.py')
    writeFileSync(path, example('subscribe.py', { 7002: port }))
    const program = new Sluice(t, python, [path])
    await untilPrinted(hub, program, { ...EVENT, type: 'pageview' }, /^pageview {'account': 'acme'.*}$/m)
  })
})
