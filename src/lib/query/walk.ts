// Values within a record, however it is nested. Records come from JSON, but a filter may make one with a cycle.

export type Scalar = string | number | boolean | bigint

/** Beyond this a record is not looked into: deeper ones are mistakes or attacks. */
export const MAX_DEPTH = 100

/** The scalars at and below `value`, in their order, each object once. */
export function eachScalar(
  value: unknown,
  visit: (scalar: Scalar) => void,
  depth = 0,
  seen?: Set<object>,
): void {
  const scalar = scalarOf(value)
  if (scalar !== undefined) {
    visit(scalar)
    return
  }
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH || seen?.has(value)) return
  // Only what is nested needs it.
  const known = (seen ?? new Set()).add(value)
  if (Array.isArray(value)) for (const element of value) eachScalar(element, visit, depth + 1, known)
  else for (const key of Object.keys(value)) eachScalar(own(value, key), visit, depth + 1, known)
}

/** The elements of a list, and of the lists in it, each list once; of anything else itself. */
export function eachElement(
  value: unknown,
  visit: (element: unknown) => void,
  depth = 0,
  seen?: Set<object>,
): void {
  if (!Array.isArray(value)) visit(value)
  else if (depth < MAX_DEPTH && !seen?.has(value)) {
    const known = (seen ?? new Set()).add(value)
    for (const element of value) eachElement(element, visit, depth + 1, known)
  }
}

/** A string, number or boolean; a number that `JSON.rawJSON` keeps is its digits. */
export function scalarOf(value: unknown): Scalar | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return value
    case 'object':
      return value !== null && isRawJson?.(value) ? (value as { rawJSON: string }).rawJSON : undefined
    default:
      return undefined
  }
}

/** Own properties only: a field that nobody sent must not be found because all objects have a `constructor`. */
export function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as { [key: string]: unknown })[key] : undefined
}

// Not in every browser.
export const { isRawJSON: isRawJson } = JSON as { isRawJSON?: (value: unknown) => boolean }
