import { useEffect, useRef } from 'preact/hooks'
import { State, useValue } from '../lib/state.ts'
import { singleKeys } from './settings.ts'

export const helpShown = new State(false)

const KEYS = [
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

const QUERIES = [
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

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null)
  const shown = useValue(helpShown)
  const keys = useValue(singleKeys)
  useEffect(() => {
    if (shown) dialog.current!.showModal()
    else dialog.current!.close()
  }, [shown])
  const close = () => {
    helpShown.value = false
  }
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <div class="toolbar">
        <h2 id="help-title">Keys and queries</h2>
        <span class="grow" />
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
      <div class="halves">
        <Table title="Keys" rows={KEYS} keys />
        <Table title="Queries" rows={QUERIES} />
      </div>
      <label class="check">
        <input type="checkbox" checked={keys} onChange={() => (singleKeys.value = !keys)} />
        Single keys do something
      </label>
    </dialog>
  )
}

function Table({ title, rows, keys = false }: { title: string; rows: string[][]; keys?: boolean }) {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {rows.map(([left, right]) => (
          <tr key={left}>
            <th scope="row">
              {keys ? left!.split('  ').map(key => <kbd key={key}>{key}</kbd>) : <code>{left}</code>}
            </th>
            <td>{right}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
