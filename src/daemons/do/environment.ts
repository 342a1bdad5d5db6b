/** What any program may want to know of its surroundings; the rest of the daemon's variables may be secrets. */
const COMMON = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR)$/

/** The variables of a command that is run for a record. */
export function environmentFor(environment: NodeJS.ProcessEnv, more: readonly string[]): NodeJS.ProcessEnv {
  const names = Object.keys(environment).filter(name => COMMON.test(name) || more.includes(name))
  return Object.fromEntries(names.map(name => [name, environment[name]]))
}
