// The header that CEF and LEEF have in common: fields with `|` behind each.

const [PIPE, BACKSLASH] = [0x7c, 0x5c]

/** The fields from `start` on, at most `count`, and where the rest begins. A `\` escapes a `|` and itself. */
export function readPipes(text: string, start: number, count: number): { fields: string[]; end: number } {
  const fields: string[] = []
  let from = start
  let hasEscape = false
  for (let at = start; at < text.length && fields.length < count; at++) {
    const c = text.charCodeAt(at)
    if (c === BACKSLASH) {
      hasEscape = true
      at++
    } else if (c === PIPE) {
      fields.push(hasEscape ? unescaped(text.slice(from, at)) : text.slice(from, at))
      from = at + 1
      hasEscape = false
    }
  }
  return { fields, end: from }
}

function unescaped(field: string): string {
  return field.replace(/\\([\\|])/g, '$1')
}
