import { useEffect, useRef } from 'preact/hooks'
import { singleKeys } from './settings.ts'
import { State, useValue } from './state.ts'

export const helpShown = new State(false)

interface Properties {
  title: string
  /** Several keys of one row are parted by two spaces. */
  keys: readonly Row[]
  others: { title: string; rows: readonly Row[] }
}

export type Row = readonly [left: string, right: string]

export function Help({ title, keys: rows, others }: Properties) {
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
        <h2 id="help-title">{title}</h2>
        <span class="grow" />
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
      <div class="halves">
        <Table title="Keys" rows={rows} keys />
        <Table {...others} />
      </div>
      <label class="check">
        <input type="checkbox" checked={keys} onChange={() => (singleKeys.value = !keys)} />
        Single keys do something
      </label>
    </dialog>
  )
}

function Table({ title, rows, keys = false }: { title: string; rows: readonly Row[]; keys?: boolean }) {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {rows.map(([left, right]) => (
          <tr key={left}>
            <th scope="row">
              {keys ? left.split('  ').map(key => <kbd key={key}>{key}</kbd>) : <code>{left}</code>}
            </th>
            <td>{right}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
