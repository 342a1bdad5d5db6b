import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Question, Questions } from '../../../src/daemons/pipe/questions.ts'

const DIED = { reason: 'command-died', detail: 'it ended' }

function createQuestions(ids: string, { inFlight = 10, attempts = 3 } = {}) {
  const questions = new Questions({ inFlight, attempts })
  const add = (more: string) => {
    for (const id of more) questions.add(new Question({ '@meta': { id } }))
  }
  add(ids)
  /** Gives all that may be given now; the ids of what is in flight. */
  const give = () => {
    let given = ''
    for (let one = questions.next(); one; one = questions.next()) given += one.record['@meta'].id
    return given
  }
  const die = () => questions.died(DIED)?.record['@meta'].id
  const answer = (count = 1) => {
    for (let n = 0; n < count; n++) questions.answered()
  }
  return { questions, add, give, die, answer }
}

test('as many as may be in flight, in their order', () => {
  const { questions, give, answer } = createQuestions('abcde', { inFlight: 3 })
  assert.equal(give(), 'abc')
  assert.equal(give(), '')
  assert.ok(questions.has('b') && !questions.has('d'))
  answer(2)
  assert.equal(give(), 'de')
  assert.equal(questions.due!.record['@meta'].id, 'c')
  answer(3)
  assert.equal(questions.inFlight, 0)
  assert.equal(give(), '')
})

test('after a death, what was not answered is given one by one; the one that kills is found, and the rest goes together again', () => {
  const { give, die, answer } = createQuestions('abcdef', { inFlight: 5 })
  assert.equal(give(), 'abcde')
  answer()
  assert.equal(die(), undefined)
  assert.equal(give(), 'b')
  answer()
  // c kills it: twice alone, then another one is answered, then once more.
  for (let n = 0; n < 2; n++) {
    assert.equal(give(), 'c')
    assert.equal(die(), undefined)
  }
  assert.equal(give(), 'd')
  answer()
  assert.equal(give(), 'c')
  assert.equal(die(), 'c')
  assert.equal(give(), 'ef')
})

test('a command that answers nothing is broken: no record is to blame for that, however often it dies', () => {
  const { questions, add, give, die, answer } = createQuestions('ab')
  for (let n = 0; n < 50; n++) {
    assert.equal(give().length, n === 0 ? 2 : 1)
    assert.equal(die(), undefined)
  }
  assert.equal(questions.hopeless, false)
  add('c')
  assert.equal(give(), 'c')
  die()
  // It is mended: each of them gets another chance.
  let answered = ''
  for (let one = give(); one !== ''; one = give()) {
    answered += one
    answer()
  }
  assert.deepEqual([...answered].sort(), ['a', 'b', 'c'])
})

test('one that stands alone is tried until another one comes and tells', () => {
  const { add, give, die, answer } = createQuestions('a')
  for (let n = 0; n < 9; n++) {
    assert.equal(give(), 'a')
    assert.equal(die(), undefined)
  }
  add('b')
  assert.equal(give(), 'b')
  answer()
  assert.equal(give(), 'a')
  assert.equal(die(), 'a')
})

test('at the end nobody else comes: what is left after its chances is hopeless', () => {
  const { questions, give, die } = createQuestions('a')
  questions.end()
  for (let n = 0; n < 3; n++) {
    assert.equal(questions.hopeless, false)
    assert.equal(give(), 'a')
    die()
  }
  assert.equal(questions.hopeless, true)
  assert.equal(questions.giveUp()[0]!.cause, DIED)
  assert.equal(questions.hopeless, false)
})

test('what could not be given is taken back', () => {
  const { questions, give, answer } = createQuestions('ab')
  questions.next()
  questions.takeBack()
  assert.equal(give(), 'b')
  answer()
  assert.equal(questions.inFlight, 0)
})

/**
 * One life of a command that dies of some records, and writes its answers several at a time: what it had not written when
 * it dies is lost. Tells of each that is written.
 */
function live(
  { give, answer }: ReturnType<typeof createQuestions>,
  dies: (id: string) => boolean,
  writes: number,
  answered: (id: string) => void,
): void {
  const unread = [...give()]
  const unwritten: string[] = []
  while (unread.length > 0) {
    const id = unread.shift()!
    if (dies(id)) return
    unwritten.push(id)
    if (unwritten.length < writes && unread.length > 0) continue
    for (const one of unwritten.splice(0)) {
      answer()
      answered(one)
    }
    unread.push(...give())
  }
}

test('whatever kills it: each record is answered once or to blame, and to blame are only those that kill', () => {
  const ids = [...'abcdefghijklmnopqrstuvwxyz']
  fc.assert(
    fc.property(
      fc.subarray(ids, { maxLength: 5 }),
      fc.record({ inFlight: fc.integer({ min: 1, max: 30 }), attempts: fc.integer({ min: 2, max: 4 }) }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
      // So many lives it dies of whatever it is given.
      fc.integer({ min: 0, max: 60 }),
      (poison, limits, writes, broken) => {
        const given = createQuestions(ids.join(''), limits)
        const fates = new Map<string, string>()
        const note = (id: string, fate: string) => {
          assert.ok(!fates.has(id), `${id} is ${fates.get(id)} and ${fate}`)
          fates.set(id, fate)
        }
        for (let lives = 0; fates.size < ids.length; lives++) {
          assert.ok(lives < 500, 'no end')
          const dies = (id: string) => lives < broken || poison.includes(id)
          live(given, dies, writes[lives % writes.length]!, id => note(id, 'answered'))
          const guilty = given.die()
          if (guilty !== undefined) note(guilty, 'guilty')
          if (ids.every(id => fates.has(id) || poison.includes(id))) given.questions.end()
          if (given.questions.hopeless)
            for (const { record } of given.questions.giveUp()) note(record['@meta'].id, 'given up')
        }
        for (const [id, fate] of fates)
          assert.equal(fate === 'answered', !poison.includes(id), `${id} is ${fate}`)
      },
    ),
    { numRuns: 500 },
  )
})

test('what comes after the end is asked about as well, and may still tell who is to blame', () => {
  const { questions, add, give, die, answer } = createQuestions('a', { attempts: 1 })
  questions.end()
  give()
  die()
  assert.ok(questions.hopeless)
  add('b')
  assert.ok(!questions.hopeless)
  assert.equal(give(), 'b')
  answer()
  assert.equal(give(), 'a')
  assert.equal(die(), 'a')
})
