import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessage } from '../../../src/lib/syslog/message.ts'
import { readRepeated } from '../../../src/lib/syslog/repeated.ts'

const cases: [content: string, repeated: number | undefined, rest?: string][] = [
  ['message repeated 5 times: [ text]', 5, 'text'],
  ['message repeated 5 times: [text]', 5, 'text'],
  [' message repeated 1 time: [ [a] b]', 1, '[a] b'],
  ['message repeated 5 times: [ ]', 5, ''],
  ['message repeated 5 times: [ text', undefined],
  ['message repeated 5 times', undefined],
  ['message repeated 1234567890123456 times: [ x]', undefined],
  ['a message repeated 5 times: [ text]', undefined],
  ['last message repeated 5 times', 5],
  ['--- last message repeated 1 time ---', 1],
  ['last message repeated 5 times, and more', undefined],
  ['last message repeated 5.2 times', undefined],
  ['last message', undefined],
  ["Last message 'foo' repeated 3 times, suppressed by syslog-ng on web1", 3],
  ["Last message 'it's 5 o'clock no' repeated 3 times, supressed by syslog-ng on web1", 3],
  ["Last message 'of more than 20 characters' repeated 3 times, suppressed by syslog-ng on web1", undefined],
  ["Last message 'foo' repeated 3 times", undefined],
  ['', undefined],
]

for (const [content, repeated, rest = content] of cases) {
  test(`${content} was repeated ${repeated} times`, () => {
    const message = createMessage(content, 0)
    readRepeated(message)
    assert.equal(message.extras?.repeated, repeated)
    assert.equal(message.content, rest)
  })
}
