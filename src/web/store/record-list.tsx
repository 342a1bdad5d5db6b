import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { useValue } from '../lib/state.ts'
import { dayName } from './day-name.ts'
import { Empty } from './empty.tsx'
import type { Line } from './line.ts'
import { ListEnd } from './list-end.tsx'
import { markerOf } from './query-marks.ts'
import { RecordLine } from './record-line.tsx'
import { toggle } from './selection.ts'
import { current, results, tail, view } from './session.ts'

export function RecordList() {
  const { lines, asked } = useValue(results.state)
  const { record } = useValue(view)
  const selected = useValue(current)
  const list = useRef<HTMLOListElement>(null)
  const marker = useMemo(() => markerOf(asked?.q ?? ''), [asked?.q])
  useHoldWhileScrolled(list)
  useOpenedInSight(record, lines)

  if (asked && lines.length === 0) return <Empty />
  // One line can always be reached by Tab; the arrow keys lead to the others.
  const reachable = lines.some(({ cursor }) => cursor === selected) ? selected : lines[0]?.cursor
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys.ts has them */}
      <ol ref={list} class="lines" onClick={click}>
        {withDays(lines, line => (
          <RecordLine
            key={line.cursor}
            line={line}
            marker={marker}
            open={line.cursor === record}
            reachable={line.cursor === reachable}
          />
        ))}
      </ol>
      <ListEnd />
    </>
  )
}

/** A line with the day stands where the day changes, so that each line needs only its time. */
function withDays(lines: readonly Line[], show: (line: Line) => JSX.Element): JSX.Element[] {
  const shown: JSX.Element[] = []
  let day = new Date().toDateString()
  for (const line of lines) {
    const its = line.at.toDateString()
    if (its !== day)
      shown.push(
        <li key={`day ${line.cursor}`} class="day">
          {dayName(line.at)}
        </li>,
      )
    day = its
    shown.push(show(line))
  }
  return shown
}

/** One listener for all lines. Whoever selects text does not want to open anything. */
function click(event: MouseEvent): void {
  const summary = (event.target as Element).closest<HTMLElement>('.summary')
  if (!summary || getSelection()?.type === 'Range') return
  toggle(summary.dataset.cursor!)
}

/** While the first line is out of sight, what comes in would move what is being read. */
function useHoldWhileScrolled(list: { current: HTMLOListElement | null }): void {
  useEffect(() => {
    const look = () => {
      const bar = document.querySelector('.list-bar')!.getBoundingClientRect()
      const top = list.current?.getBoundingClientRect().top ?? bar.bottom
      tail.hold('scrolled', top < bar.bottom - 12)
    }
    addEventListener('scroll', look, { passive: true })
    return () => removeEventListener('scroll', look)
  }, [])
}

/** A link to a record shows it, once it has been found. */
function useOpenedInSight(record: string | undefined, lines: readonly Line[]): void {
  const linked = useRef(record)
  useEffect(() => {
    if (linked.current === undefined) return
    if (record !== linked.current) linked.current = undefined
    else if (lines.some(({ cursor }) => cursor === record)) {
      document.getElementById(`line-${record}`)?.scrollIntoView({ block: 'center' })
      linked.current = undefined
    }
  }, [record, lines])
}
