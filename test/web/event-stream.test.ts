import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createParser, type StreamEvent } from '../../src/web/lib/event-stream.ts'

test('events are the same wherever the stream is cut', () => {
  const text =
    ': a comment\n\nretry: 1000\n\nevent: record\nid: 7\ndata: {"a":\ndata: 1}\r\n\r\nevent: missed\ndata:{"records":2}\n\nid: 8\n\n'
  for (let length = 1; length <= text.length; length++) {
    const events: StreamEvent[] = []
    const ids: string[] = []
    const parse = createParser(
      event => events.push(event),
      id => ids.push(id),
    )
    for (let at = 0; at < text.length; at += length) parse(text.slice(at, at + length))
    assert.deepEqual(events, [
      { event: 'record', data: '{"a":\n1}', id: '7' },
      { event: 'missed', data: '{"records":2}', id: undefined },
    ])
    assert.deepEqual(ids, ['7', '8'])
  }
})
