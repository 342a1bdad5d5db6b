import { sentence } from './figures.ts'
import type { HttpError } from './http.ts'
import { Text } from './text.tsx'

/** What the status of an answer means. */
export const meaning = (status: number, who: string): string =>
  status in WORDS ? `The ${who} ${WORDS[status]}` : 'This request failed.'

const WORDS: { [status: number]: string } = {
  0: 'cannot be reached.',
  401: 'wants to know who you are.',
  403: 'does not let you see this.',
  503: 'is busy.',
}

/** A request that failed, and a way to try again; what was found before stays. */
interface Properties {
  failure: HttpError
  /** Of whom it was asked: store, hub. */
  who: string
  again: () => void
  /** What that is called. */
  label?: string
}

export function Failure({ failure, who, again, label = 'Try again' }: Properties) {
  return (
    <div class="failure" role="alert">
      <p>
        <b>{meaning(failure.status, who)}</b>{' '}
        {failure.status !== 0 && failure.message !== '' && (
          <Text value={sentence(failure.message)} most={300} />
        )}
      </p>
      {failure.status === 401 ? (
        // The server answers the page itself with its form.
        <button type="button" onClick={() => location.reload()}>
          Sign in
        </button>
      ) : (
        <button type="button" onClick={again}>
          {label}
        </button>
      )}
    </div>
  )
}
