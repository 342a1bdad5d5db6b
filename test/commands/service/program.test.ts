import assert from 'node:assert/strict'
import { test } from 'node:test'
import { homeOf } from '../../../src/commands/service/program.ts'

test('bug: a daemon directly in / or /etc had all that is in there shown to its service', () => {
  assert.equal(homeOf('/opt/own/redact.mjs'), '/opt/own')
  for (const [file, folder] of Object.entries({ '/redact.mjs': '/', '/etc/redact.mjs': '/etc' }))
    assert.throws(() => homeOf(file), {
      message: `${file}: its service would see all of ${folder}; put it into a folder of its own, such as /opt/own`,
    })
})
