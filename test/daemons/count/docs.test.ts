// What docs/count.md says to type.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { orSkip } from '../../servers/available.ts'
import { installRedis, startRedis } from '../../servers/redis.ts'
import { root } from '../../support/process.ts'
import { Count, METRICS } from './count-daemon.ts'
import { recordOf } from './oracle.ts'

const EVENTS = ['acme', 'acme2', 'other'].flatMap(account =>
  ['pageview', 'a b'].map(type =>
    recordOf({ ...{ account, type, time: Date.UTC(2025, 0) }, visitor: 'v', amount: 1 }),
  ),
)

function commands(after: string): string {
  const page = readFileSync(join(root, 'docs/count.md'), 'utf8')
  return new RegExp(`<!-- ${after} -->\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(page)![1]!
}

/** An account is deleted, and the others are not. */
async function deletes(count: Count, run: () => unknown) {
  await count.count(EVENTS)
  await run()
  const { keys } = await count.json('/api/v1/keys')
  assert.deepEqual(
    keys.map(({ key }: { key: string }) => key),
    ['acme2', 'other'].flatMap(one => ['a b', 'pageview', 'revenue', 'visitors'].map(key => `${one}/${key}`)),
  )
  assert.deepEqual(await count.json('/acme/pageview/2025'), {})
  assert.deepEqual(await count.json('/acme2/pageview/2025'), { '01': 1 })
  // As if there had never been any: who was seen is forgotten too.
  await count.count(EVENTS.filter((_, n) => n < 2))
  assert.deepEqual(await count.json('/acme/visitors/2025'), { '01': 1 })
  assert.deepEqual(await count.json('/acme/pageview/2025'), { '01': 1 })
}

test('an account is deleted from a file by what it says', async t => {
  const count = new Count(t, METRICS)
  await deletes(count, () => {
    const file = new DatabaseSync(join(count.daemon.folder, 'count.sqlite'), { timeout: 5000 })
    file.exec(commands('delete in a file'))
    assert.equal(file.prepare('SELECT count(*) AS n FROM members').get()!.n, 8)
    file.close()
  })
})

test('an account is deleted from Redis by what it says', async t => {
  const redis = await orSkip(t, () => startRedis({ config: { appendonly: 'no' } }))
  if (!redis) return
  t.after(() => redis.stop())
  const count = new Count(t, [...METRICS, '--store', redis.url])
  await deletes(count, () => shell(count.daemon.folder, commands('delete in Redis'), redis.port))
  assert.equal((await redis.cli('ZCARD', 'sluice:last')).trim(), '12')
})

/** Runs it where redis-cli is the one of this server. */
async function shell(folder: string, script: string, port: number): Promise<void> {
  const { cli, libraries } = await installRedis()
  writeFileSync(
    join(folder, 'redis-cli'),
    `#!/bin/sh\nLD_LIBRARY_PATH=${libraries} exec ${cli} -p ${port} "$@"\n`,
  )
  chmodSync(join(folder, 'redis-cli'), 0o755)
  await promisify(execFile)('sh', ['-c', script], {
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
  })
}
