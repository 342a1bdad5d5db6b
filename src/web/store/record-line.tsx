import { Component } from 'preact'
import { severityRank } from '../../lib/query/fields.ts'
import { clock, dateTime } from '../lib/figures.ts'
import { cut, type Marker, visible } from '../lib/hostile.ts'
import { Text } from '../lib/text.tsx'
import { Details } from './details.tsx'
import type { Line } from './line.ts'

interface Properties {
  line: Line
  marker: Marker | undefined
  open: boolean
  /** By the Tab key. */
  reachable: boolean
}

/** A class, because it can say that nothing has changed: most of a thousand lines have not when one comes in. */
export class RecordLine extends Component<Properties> {
  override shouldComponentUpdate(next: Properties): boolean {
    const { line, marker, open, reachable } = this.props
    return line !== next.line || marker !== next.marker || open !== next.open || reachable !== next.reachable
  }

  override render({ line, marker, open, reachable }: Properties) {
    return (
      <li class={`line is-${LOOKS[severityRank(line.severity) ?? NONE]}${open ? ' open' : ''}`}>
        {/* Not a <button>, in which no browser lets one select text. */}
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div
          id={`line-${line.cursor}`}
          class="summary"
          role="button"
          tabIndex={reachable ? 0 : -1}
          aria-expanded={open}
          data-cursor={line.cursor}
        >
          <time dateTime={line.time} title={`${line.time}\n${dateTime(line.at)} here`}>
            {clock(line.at)}
          </time>{' '}
          <span class="severity">
            <Text value={line.severity} most={20} />
          </span>{' '}
          <Short name="host" value={line.host} /> <Short name="program" value={line.program} />{' '}
          <span class="message">
            <Text value={line.message} most={MOST} marker={marker} />
          </span>
        </div>
        {open && <Details line={line} />}
      </li>
    )
  }
}

/** Units of a message in the list. */
const MOST = 1000
const NONE = 8
// By rank: emerg, alert, crit; err; warning; …
const LOOKS = ['worst', 'worst', 'worst', 'bad', 'warning', 'notice', 'info', 'debug', 'none']

function Short({ name, value }: { name: string; value: string }) {
  return (
    <span class={name} title={value === '' ? undefined : `${name}: ${visible(cut(value, 500))}`}>
      <Text value={value} most={200} />
    </span>
  )
}
