// Records go in, and come out a second later: each is held back until its time is up.
import { filter } from '../../src/lib/index.ts'

export default filter({
  summary: 'Hold every record back for a while',
  hold: { records: 1_000_000, timeout: '1s' },
  open: (_options, { hold, join }) => ({
    filter(record) {
      hold(record)
      return undefined
    },
    flush(tokens) {
      for (const token of tokens) join([token.record], [token])
    },
  }),
})
