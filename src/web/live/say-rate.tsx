import { useEffect, useState } from 'preact/hooks'
import { State, useValue } from '../lib/state.ts'
import { rateText } from './figures.ts'
import { rates } from './parts.ts'
import { pausedAt, present } from './pause.ts'

/** Does the page say the rate, for those who do not see it? */
export const saying = new State(false)
/** Milliseconds between two sentences. */
const EVERY = 10_000

/** A button that only those find who go by Tab, and the sentence that a screen reader tells. */
export function SayRate() {
  const on = useValue(saying)
  const [sentence, setSentence] = useState('')
  useEffect(() => {
    if (!on) return setSentence('')
    const say = () => setSentence(sentenceOf())
    say()
    const timer = setInterval(say, EVERY)
    return () => clearInterval(timer)
  }, [on])
  return (
    <>
      <button
        type="button"
        class="skip"
        aria-pressed={on}
        onClick={() => {
          saying.value = !on
        }}
      >
        Say the rate every 10 seconds
      </button>
      <p class="visually-hidden" role="status">
        {sentence}
      </p>
    </>
  )
}

function sentenceOf(): string {
  if (rates.state.value.connection !== 'live') return 'Not connected'
  if (pausedAt.value !== undefined) return 'Paused'
  const { rate } = present()
  if (rate === undefined) return 'Not known yet'
  return `${rateText(rate)} events per second, ${rateText(rates.total)} since opened`
}
