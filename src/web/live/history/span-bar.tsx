import { Popover } from '../../lib/popover.tsx'
import { useValue } from '../../lib/state.ts'
import { serverNow, view } from '../parts.ts'
import { zone } from '../server.ts'
import { go } from '../session.ts'
import { type Interval, instantOf, intervalOf, moved, SPANS } from './span.ts'

/** Which time is shown. */
export function SpanBar() {
  const { span } = useValue(view)
  const isOwn = !('name' in span)
  const move = (by: number) => go({ span: moved(span, by, serverNow()) })
  return (
    <nav class="ranges" aria-label="Time">
      <div class="segments">
        {SPANS.map(({ name, label, title }) => (
          <button
            key={name}
            type="button"
            aria-pressed={!isOwn && span.name === name}
            title={title}
            onClick={() => go({ span: { name } })}
          >
            {label}
          </button>
        ))}
      </div>
      <Popover label="From … to" title="Any other time" pressed={isOwn} until={span}>
        {() => <Form interval={intervalOf(span, serverNow())} />}
      </Popover>
      <div class="segments small">
        <button type="button" aria-label="Earlier" title="Earlier" onClick={() => move(-1)}>
          ‹
        </button>
        <button type="button" aria-label="Later" title="Later" disabled={!isOwn} onClick={() => move(1)}>
          ›
        </button>
      </div>
    </nav>
  )
}

function Form({ interval: { from, to } }: { interval: Interval }) {
  const clock = zone()
  const shown = (time: number) => clock.dateTime(new Date(time)).replace(' ', 'T').slice(0, 16)
  const apply = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const data = new FormData(form)
    const bound = (name: string) => instantOf(String(data.get(name)), clock)
    const [start, end] = [bound('from'), bound('to')]
    if (start < end) go({ span: { from: start, to: end } })
    else {
      const to = form.elements.namedItem('to') as HTMLInputElement
      to.setCustomValidity('This has to be later than From.')
      to.reportValidity()
    }
  }
  return (
    <form class="popover" onSubmit={apply} onInput={forgive}>
      <label>
        From
        <input name="from" type="datetime-local" required value={shown(from)} />
      </label>
      <label>
        To
        <input name="to" type="datetime-local" required value={shown(to)} />
      </label>
      <p class="quiet">{clock.name}</p>
      <button type="submit" class="primary">
        Show
      </button>
    </form>
  )
}

/** What was wrong may be right now. */
function forgive(event: Event): void {
  const { elements } = event.currentTarget as HTMLFormElement
  ;(elements.namedItem('to') as HTMLInputElement).setCustomValidity('')
}
