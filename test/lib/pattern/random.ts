// Patterns and texts by chance, of what makes a difference.
import fc from 'fast-check'

const ATOMS = [
  ...[
    'a',
    'b',
    'k',
    's',
    'S',
    '1',
    '.',
    '\\d',
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '[ab]',
    '[^a]',
    '[a-k]',
    '[^\\s]',
    '[]a]',
    '[a-]',
  ],
  ...[
    '[\\w-]',
    '[[:alpha:]]',
    '[[:^digit:]]',
    '\\b',
    '\\B',
    '^',
    '$',
    '\\A',
    '\\z',
    '\\.',
    '\\-',
    '\\"',
    '\\_',
    '\\x41',
    '\\n',
  ],
  ...['(?i)', '(?i:a)', '(?i:[\\W])', '(?i:\\w)', '(?-s:.)', '{', 'a{', '\\pL', 'é', '😀'],
]
/** What is no pattern. */
const WRONG = ['\\8', '[z-a]', '(?)', '(?=a)', '\\', 'a**', '*']
const TIMES = [
  '',
  '',
  '',
  '',
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '{2}',
  '{1,3}',
  '{0,2}?',
  '{2,}',
  '{,2}',
  '**',
]

const { pattern } = fc.letrec<{ pattern: string; part: string }>(tie => ({
  pattern: fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map(parts => parts.join('')),
  part: fc
    .tuple(
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { arbitrary: fc.constantFrom(...ATOMS), weight: 60 },
        { arbitrary: fc.constantFrom(...WRONG), weight: 1 },
        {
          arbitrary: fc
            .tuple(fc.constantFrom('(', '(?:', '(?P<name>'), tie('pattern'), fc.option(tie('pattern')))
            .map(([open, one, other]) => `${open}${one}${other === null ? '' : `|${other}`})`),
          weight: 20,
        },
      ),
      fc.constantFrom(...TIMES),
    )
    .map(([atom, times]) => atom + times),
}))

export { pattern }

/** A lone surrogate and what folds into ASCII are among them. */
export const text = fc
  .array(fc.constantFrom(...'abksAKS1 .-"_\né😀{\u017f\u212a', '\ud800'), { maxLength: 12 })
  .map(characters => characters.join(''))
