// What keys do.
import { ALL_COLUMNS } from './columns.ts'
import type { Line } from './line.ts'
import type { State } from './state.ts'

const KEYS: { readonly [view in State['view']]: string } = {
  table: 'q quit  s sort  r reverse  / filter  p pause  g chain  Enter details  ? help',
  details: 'q quit  Esc back  arrows scroll  p pause',
  chain: 'q quit  g or Esc back  arrows scroll  p pause',
  help: 'q quit  ? or Esc back  arrows scroll',
}

/** The last line of the screen. */
export function footOf({ view, isTyping }: State, width: number): Line {
  const said = isTyping ? 'type a part of a name  Enter done  Esc all of them' : KEYS[view]
  return [['dim', said.slice(0, width)]]
}

/** The page of help. */
export function helpLines(): Line[] {
  const keys: [string, string][] = [
    ['s, S', 'sort by the next column, or by the one before'],
    ['r', 'the other way round'],
    ['/', 'only names with a text in them; Esc shows all again'],
    ['up, down', 'mark a daemon; PgUp, PgDn, Home, End'],
    ['Enter', 'all of it: links, books, options; Esc goes back'],
    ['g', 'who feeds whom'],
    ['p, space', 'stand still; the daemons go on'],
    ['q', 'quit'],
  ]
  const columns = ALL_COLUMNS.map(({ head, help }): Line => [`  ${head.padEnd(10)}`, help])
  return [
    ...keys.map(([key, help]): Line => [['bold', `  ${key.padEnd(10)}`], help]),
    [],
    ...columns,
    [],
    ['A name in yellow waits for something: Enter says for what.'],
  ]
}
