import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Misuse } from '../../../src/lib/errors.ts'
import { readAccountTokens } from '../../../src/lib/serve/credentials.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-tokens-'))
after(() => rmSync(folder, { recursive: true }))

function read(text: string): [token: string, account: string][] {
  const file = join(folder, 'accounts')
  writeFileSync(file, text)
  return readAccountTokens('--account-tokens', file).map(({ token, account }) => [token, account])
}

test('a line is a token and an account, and what is behind # a comment', () => {
  assert.deepEqual(read('# all of them\n\n5bd0  acme\n  77aa\tglobex corp   # since May\n9#9 hooli#1\n'), [
    ['5bd0', 'acme'],
    ['77aa', 'globex corp'],
    ['9#9', 'hooli#1'],
  ])
})

test('a line that is none, and a token for two, are named', () => {
  const wrong = (text: string, what: RegExp) =>
    assert.throws(() => read(text), { name: Misuse.name, message: what })
  wrong('5bd0 acme\n77aa\n', /accounts:2: a line is TOKEN ACCOUNT/)
  wrong('77aa # nobody\n', /accounts:1: a line is TOKEN ACCOUNT/)
  wrong('5bd0 acme\n5bd0 globex\n', /accounts:2: this token is there before/)
})
