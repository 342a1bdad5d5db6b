import type { Row } from '../lib/help.tsx'

export const KEYS: Row[] = [
  ['Space  p', 'pause, go on'],
  ['/', 'to the filter, or the search for keys'],
  ['t', 'to the topics'],
  ['j  k  ↓  ↑', 'next and previous event'],
  ['Enter  Space', 'on an event: open it, close it'],
  ['Esc', 'close'],
  ['g  G', 'newest, oldest event'],
  ['←  →', 'on the chart: through its columns'],
  ['s', 'say the rate every 10 seconds'],
  ['h', 'history and back, where counts are kept'],
  ['?', 'this'],
]

export const QUERIES: Row[] = [
  ['checkout failed', 'both words, anywhere'],
  ['"checkout failed"', 'side by side'],
  ['type:pageview', 'a field with this value'],
  ['type:(view OR cart)', 'with one of these'],
  ['data.path:/shop*', 'that begins so'],
  ['status>=500', 'a number in a range'],
  ['data.referrer:*', 'has this field at all'],
  ['-bot', 'without this word'],
]
