import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cut, pieces, visible } from '../../src/web/lib/hostile.ts'

test('what cannot be seen becomes an escape', () => {
  assert.equal(visible('user \u202egnp.exe'), 'user ⟨U+202E⟩gnp.exe')
  assert.equal(visible('\u001b[31m\u0000\u007f\u0085'), '⟨U+001B⟩[31m⟨U+0000⟩⟨U+007F⟩⟨U+0085⟩')
  assert.equal(visible('a\nb\r\tc'), 'a↵b⟨U+000D⟩\tc')
  assert.equal(
    visible('\u2066x\u2069\u200b\ufeff\u{e0041}\ud800'),
    '⟨U+2066⟩x⟨U+2069⟩⟨U+200B⟩⟨U+FEFF⟩⟨U+E0041⟩⟨U+D800⟩',
  )
})

test('what people write stays', () => {
  for (const text of ['naïve שלום مرحبا 👩‍👩‍👧', 'می‌خواهم', '<b>&amp;</b>', '🇪🇺 é'])
    assert.equal(visible(text), text)
})

test('marks, with escapes in them, and line feeds where lines break', () => {
  assert.deepEqual(pieces('say failed\u200b now', [{ from: 4, to: 11 }]), [
    { kind: 'text', text: 'say ' },
    { kind: 'mark', text: 'failed' },
    { kind: 'escape', text: '⟨U+200B⟩' },
    { kind: 'text', text: ' now' },
  ])
  assert.deepEqual(pieces('a\nb', [], true), [{ kind: 'text', text: 'a\nb' }])
})

test('nothing gets lost, and nothing unseen is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const shown = pieces(text)
      assert.equal(shown.map(piece => piece.text).join(''), visible(text))
      for (const piece of shown)
        assert.doesNotMatch(piece.text, /[\u0000-\u0008\u000a-\u001f\u202a-\u202e\p{Cs}]/u)
    }),
  )
})

test('a cut leaves no half of a character', () => {
  assert.equal(cut('ab😀', 3), 'ab')
  assert.equal(cut('ab😀', 4), 'ab😀')
  assert.equal(cut('abc', 2), 'ab')
})
