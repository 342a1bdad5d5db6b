import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countCreated } from '../../../src/daemons/elasticsearch/created.ts'

const answer = (...items: string[]) => `{"items":[${items.join(',')}]}`
const created = '{"create":{"status":201}}'

test('an answer that says "created" of all is counted', () => {
  for (const count of [1, 2, 3, 1000, 2, 1]) {
    assert.equal(countCreated(answer(...new Array<string>(count).fill(created))), count)
  }
})

test('any other has to be read', () => {
  const others = [
    '',
    '{}',
    answer(),
    answer('{"create":{"status":200}}'),
    answer(created, '{"create":{"status":409}}'),
    answer(created, created, '{"create":{"status":429}}', created),
    answer('{"create":{"status":201,"failure_store":"used"}}'),
    answer(created).replace('201', '20 '),
    `${answer(created)} `,
    answer(created).slice(0, -1),
    // As long as two that were created.
    answer('{"create":{"status":400,"error":{"type":"x"}}}   ').slice(0, answer(created, created).length),
  ]
  for (const other of others) assert.equal(countCreated(other), 0, other)
})
