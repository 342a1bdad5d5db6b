import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeItem, judgeRequest } from '../../../src/daemons/elasticsearch/verdict.ts'

test('what an answer means for a document', () => {
  const error = { type: 'document_parsing_exception', reason: 'failed', caused_by: { reason: 'no date' } }
  for (const status of [200, 201]) assert.equal(judgeItem({ status }), 'stored')
  assert.equal(judgeItem({ status: 201, failure_store: 'not_applicable_or_unknown' }), 'stored')
  assert.equal((judgeItem({ status: 201, failure_store: 'used' }) as { kept: boolean }).kept, true)
  assert.equal(judgeItem({ status: 409 }), 'duplicate')
  for (const status of [429, 408, 500, 503]) assert.equal(judgeItem({ status }), 'again', `${status}`)
  for (const status of [401, 403]) assert.equal(judgeItem({ status }), 'forbidden')
  assert.deepEqual(judgeItem({ status: 400, error }), {
    dead: 'document_parsing_exception',
    detail: 'document_parsing_exception: failed: no date',
  })
  assert.deepEqual(judgeItem({ status: 404 }), { dead: 'status-404', detail: 'status 404' })
})

test('what an answer means for a whole request', () => {
  for (const status of [0, 408, 429, 500, 502, 503]) assert.equal(judgeRequest(status), 'again', `${status}`)
  for (const status of [400, 401, 403, 404, 405]) assert.equal(judgeRequest(status), 'stop', `${status}`)
  assert.equal(judgeRequest(413), 'halve')
})
