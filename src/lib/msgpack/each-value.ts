import { MsgpackFault } from './fault.ts'
import { endOfValue } from './scan.ts'

/** One of several values: its place, and where it cannot be read, why. */
export interface Value {
  start: number
  end: number
  fault?: MsgpackFault
}

/**
 * The values that stand one behind the other, not decoded yet. One that is no MessagePack, or is not whole, is the last, and goes to the
 * end: where the next one begins is not known.
 */
export function* eachValue(bytes: Buffer, start = 0, end = bytes.length): Generator<Value> {
  for (let at = start; at < end; ) {
    const value = valueAt(bytes, at, end)
    yield value
    at = value.end
  }
}

/** As much of the value as there is before `most`. */
export function valueAt(bytes: Buffer, start: number, most: number): Value {
  try {
    const end = endOfValue(bytes, start)
    if (end <= most) return { start, end }
    return { start, end: most, fault: new MsgpackFault(start, 'the value that begins here has no end') }
  } catch (fault) {
    if (fault instanceof MsgpackFault) return { start, end: most, fault }
    throw fault
  }
}
