import { Help, type Row } from '../lib/help.tsx'

const KEYS: Row[] = [
  ['/', 'to the search'],
  ['j  k  ↓  ↑', 'next and previous line'],
  ['Enter', 'open a line, or close it'],
  ['Esc', 'close'],
  ['g  G', 'newest, oldest that is loaded'],
  ['l', 'live on and off'],
  ['p', 'pause, go on'],
  ['w', 'wrap long lines'],
  ['?', 'this'],
]

const QUERIES: Row[] = [
  ['failed password', 'both words, anywhere'],
  ['"failed password"', 'side by side'],
  ['pass*', 'a word that begins so'],
  ['failed OR refused', 'one of them'],
  ['-noise', 'without this word'],
  ['host:web1', 'a field with this value'],
  ['host:(web1 OR web2)', 'with one of these'],
  ['program:"my app"', 'with spaces'],
  ['severity<=warning', 'warning or worse'],
  ['status>=500', 'a number in a range'],
  ['user.name:*', 'has this field at all'],
]

export const StoreHelp = () => (
  <Help title="Keys and queries" keys={KEYS} others={{ title: 'Queries', rows: QUERIES }} />
)
