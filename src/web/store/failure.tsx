import { sentence } from '../lib/figures.ts'
import type { HttpError } from '../lib/http.ts'
import { Text } from '../lib/text.tsx'
import { run } from './session.ts'

/** What the status of an answer means. */
export const meaning = (status: number) => WORDS[status] ?? 'This request failed.'

const WORDS: { [status: number]: string } = {
  0: 'The store cannot be reached.',
  401: 'The store wants to know who you are.',
  403: 'The store does not let you see this.',
  503: 'The store is busy.',
}

/** A request that failed, and a way to try again; what was found before stays. */
export function Failure({ failure }: { failure: HttpError }) {
  return (
    <div class="failure" role="alert">
      <p>
        <b>{meaning(failure.status)}</b>{' '}
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
        <button type="button" onClick={() => void run()}>
          Try again
        </button>
      )}
    </div>
  )
}
