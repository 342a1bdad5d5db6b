// What is wrong with a query, at the place where it is.
import { cut } from './hostile.ts'
import type { HttpError } from './http.ts'
import { Text } from './text.tsx'

interface Mirrored {
  query: string
  fault: HttpError | undefined
  /** How far the box has been scrolled, in pixels. */
  scrolled: number
}

/** Lies behind the box with the same text, unseen but for the line under what is wrong. */
export function QueryMirror({ query, fault, scrolled }: Mirrored) {
  if (fault?.position === undefined) return null
  const { from, to } = place(query, fault)
  return (
    <div class="mirror" aria-hidden="true">
      {/* Moved, not scrolled: it is not wider than the box. */}
      <div style={{ transform: `translateX(${-scrolled}px)` }}>
        {query.slice(0, from)}
        <span class="wrong">{query.slice(from, to) || ' '}</span>
        {query.slice(to)}
      </div>
    </div>
  )
}

export function QueryFault({ query, fault }: Omit<Mirrored, 'scrolled'>) {
  const { from, to } = fault ? place(query, fault) : { from: 0, to: 0 }
  return (
    <p id="query-fault" class="fault" role="status" hidden={!fault}>
      {fault && (
        <>
          {fault.message}
          {fault.position !== undefined && (
            <span class="where">
              at character {from + 1}
              {to > from && (
                <>
                  {': '}
                  <code>
                    <Text value={cut(query.slice(from, to), 40)} />
                  </code>
                </>
              )}
            </span>
          )}
        </>
      )}
    </p>
  )
}

function place(query: string, { position = 0, length = 0 }: HttpError): { from: number; to: number } {
  const from = Math.min(position, query.length)
  return { from, to: Math.min(from + length, query.length) }
}
