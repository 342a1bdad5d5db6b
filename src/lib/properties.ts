// Names that come from senders, as keys of plain objects: `__proto__`, as good a name as any, must harm nobody.

/** A new own property: to assign to `__proto__` would set the prototype instead. */
export function define<Value>(object: { [name: string]: Value }, name: string, value: Value): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

/** The value of a name that may come again: then it becomes the list of its values. */
export function addValue(object: { [name: string]: string | string[] }, name: string, value: string): void {
  const earlier = Object.hasOwn(object, name) ? object[name] : undefined
  if (earlier === undefined) define(object, name, value)
  else if (Array.isArray(earlier)) earlier.push(value)
  else define(object, name, [earlier, value])
}
