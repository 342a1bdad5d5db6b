// A slash would be somebody else's key where keys are paths, and what does not show is nobody's name. U+FFFD stands for bytes that
// were not UTF-8.
const NAME = /^[^\p{Cc}\p{Cs}\u2028\u2029\ufffd/\\]{1,200}$/u

export const NO_NAME = 'has 1 to 200 characters, and neither slashes nor control characters'

/** Whether it will do as a name of an app, an account or a type: they become keys of counters and parts of topics. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '.' && value !== '..' && NAME.test(value)
}
