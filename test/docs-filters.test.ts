// What docs/map.md, docs/msgpack.md and docs/route.md show: each command gives the records that stand below it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { root, Sluice } from './support/process.ts'

for (const page of ['map', 'msgpack', 'route']) {
  describe(`docs/${page}.md`, { concurrency: 4 }, () => {
    const text = readFileSync(join(root, `docs/${page}.md`), 'utf8')
    const files = [...text.matchAll(/<!-- file: (\S+) -->\n```sh\n([\s\S]*?)```/g)]
    const shown = text.matchAll(/<!-- run -->\n```sh\n(.*)\n```\n\n<!-- out -->\n```json\n(.*)\n```/g)
    let count = 0
    for (const [, command = '', out = ''] of shown) {
      count++
      test(command, async t => {
        const cwd = mkdtempSync(join(tmpdir(), 'sluice-docs-'))
        t.after(() => rmSync(cwd, { recursive: true, force: true }))
        for (const [, name, content] of files) writeFileSync(join(cwd, name!), content!)
        const path = `${join(root, 'bin')}:${process.env.PATH}`
        const run = new Sluice(t, '/bin/sh', ['-c', command], { cwd, env: { PATH: path } })
        assert.equal(await run.exited, 0, run.stderr)
        const { '@meta': _, ...record } = JSON.parse(run.stdout)
        assert.deepEqual(record, JSON.parse(out))
      })
    }
    test('shows something', () => {
      assert.equal(count, text.match(/<!-- run -->/g)!.length)
    })
  })
}
