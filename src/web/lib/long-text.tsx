import { useState } from 'preact/hooks'
import { bytes } from './figures.ts'
import { Text } from './text.tsx'

/** Shown at first, in UTF-16 units. */
const FIRST = 65_536

/** A value of any length: what is too long to be drawn at once is drawn when somebody asks. */
export function LongText({ value }: { value: string }) {
  const [all, setAll] = useState(false)
  const long = value.length > FIRST
  return (
    <>
      <Text value={value} most={all ? value.length : FIRST} lines />
      {long && !all && (
        <button type="button" class="show-all" onClick={() => setAll(true)}>
          Show all {bytes(value.length)}
        </button>
      )}
    </>
  )
}
