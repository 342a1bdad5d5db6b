import { KIND_NAMES, type Kind } from './kinds.ts'

/** `load,memory` */
export function kindsOf(only: string | undefined): readonly Kind[] {
  return only === undefined ? KIND_NAMES : (only.split(',').map(word => word.trim()) as Kind[])
}

/** Throws RangeError. */
export function checkKinds(only: string | undefined): void {
  const odd = kindsOf(only).find(word => !KIND_NAMES.includes(word))
  if (odd !== undefined) throw new RangeError(`"${odd}" is not one of ${KIND_NAMES.join(', ')}`)
}
