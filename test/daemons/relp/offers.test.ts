import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerTo } from '../../../src/daemons/relp/offers.ts'

const SOFTWARE = 'relp_software=librelp,1.11.0,http://librelp.adiscon.com'

for (const [name, offers] of [
  ['what librelp offers', `relp_version=0\n${SOFTWARE}\ncommands=syslog`],
  ['a line end in front, as the grammar has it', '\nrelp_version=0\ncommands=syslog'],
  ['a later version', 'relp_version=1\ncommands=syslog'],
  ['more than we know', 'relp_version=0\ncommands=eventlog,syslog\ncompression=zip,none\nflag'],
] as const) {
  test(`${name}: version 0 and syslog are agreed`, () => {
    const { code, text } = answerTo(offers)
    assert.equal(code, 200)
    assert.match(text, /^OK\nrelp_version=0\nrelp_software=sluice,\d+\.\d+\.\d+\ncommands=syslog$/)
  })
}

for (const [name, offers, why] of [
  ['nothing', '', 'no relp_version is offered'],
  ['a version that is no number', 'relp_version=x\ncommands=syslog', 'no relp_version is offered'],
  ['no commands', 'relp_version=0', 'the command syslog is not offered'],
  ['other commands', 'relp_version=0\ncommands=eventlog', 'the command syslog is not offered'],
] as const) {
  test(`${name}: an error`, () => assert.deepEqual(answerTo(offers), { code: 500, text: why }))
}
