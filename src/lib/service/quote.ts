// How systemd reads the words of a unit file (systemd.unit(5), systemd.service(5) "COMMAND LINES").

/** What stands in a unit file: specifiers such as `%S` count in it. */
export type UnitText = string

/** A text that means itself: no specifier in it counts. */
export function literal(text: string): UnitText {
  return text.replaceAll('%', '%%')
}

/** One word of ExecStart=. No variable of the environment counts in it. */
export function commandWord(word: UnitText): string {
  return quoted(word.replaceAll('$', '$$$$'))
}

/** One assignment of Environment=, where a dollar is a dollar. */
export function assignment(name: string, value: UnitText): string {
  return quoted(`${name}=${value}`)
}

/**
 * One word of a list of paths, which mean themselves; it may have `-` in front, for what need not be there. A colon is quoted: in
 * BindPaths= the place that it is mounted to stands behind one.
 */
export function pathWord(path: string): string {
  const word = quoted(literal(path))
  return word.includes(':') && !word.startsWith('"') ? `"${word}"` : word
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./*?#^~{}[\]<>!|&()$-]+$/.test(word)) return word
  const escaped = word
    .replace(/[\\"]/g, character => `\\${character}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replace(/[\0-\x1f]/g, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return `"${escaped}"`
}
