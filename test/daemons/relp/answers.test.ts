import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Answers } from '../../../src/daemons/relp/answers.ts'

function answersOf() {
  const written: string[] = []
  const counts: number[] = []
  const write = (text: string, messages: number) => {
    written.push(text)
    counts.push(messages)
  }
  return { answers: new Answers(write), written, counts }
}

test('a command is answered at once, with the length of the answer in bytes', () => {
  const { answers, written } = answersOf()
  answers.say(1, 200, 'OK\ncommands=syslog')
  assert.deepEqual(written, ['1 rsp 22 200 OK\ncommands=syslog\n'])
  assert.equal(answers.waiting, false)
})

test('messages are answered when they are accepted, those that came together in one piece', () => {
  const { answers, written } = answersOf()
  const accepted = answers.expect([2, 3])
  assert.deepEqual([written, answers.waiting], [[], true])
  accepted()
  assert.deepEqual([written, answers.waiting], [['2 rsp 6 200 OK\n3 rsp 6 200 OK\n'], false])
})

test('whatever is accepted first, answers come in the order of the commands', () => {
  const { answers, written, counts } = answersOf()
  const first = answers.expect([2])
  const second = answers.expect([3])
  answers.say(4, 500, 'no')
  second()
  assert.deepEqual(written, [])
  first()
  assert.deepEqual(written, ['2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 6 500 no\n'])
  assert.deepEqual(counts, [2], 'the messages among them')
})

test('it is finished when all is answered', t => {
  const { answers, written } = answersOf()
  const accepted = answers.expect([2])
  const finished = t.mock.fn(() => assert.equal(written.length, 1))
  answers.finish(finished)
  assert.equal(finished.mock.callCount(), 0)
  accepted()
  assert.equal(finished.mock.callCount(), 1)
})

test('with nothing to answer it is finished at once', t => {
  const finished = t.mock.fn()
  answersOf().answers.finish(finished)
  assert.equal(finished.mock.callCount(), 1)
})

test('so many wait that there is no room, until some of them are given', async () => {
  const { answers } = answersOf()
  const accepted = answers.expect([1])
  let number = 1
  while (!answers.room()) answers.say(++number, 500, 'no')
  assert.ok(number > 500 && number < 5000, `${number}`)
  const room = answers.room()!
  accepted()
  await room
  assert.equal(answers.room(), undefined)
  answers.expect(Array.from({ length: 10_000 }, (_, n) => n))
  assert.equal(answers.room(), undefined)
  answers.expect(Array.from({ length: 90_000 }, (_, n) => n))
  assert.ok(answers.room())
})
