// Which events somebody wants, by their topic: `shop.*`, `*.error`, `*`.

/**
 * Returns whether a topic fits one of the patterns: `*` stands for any run of characters, all else for itself. Without a
 * pattern every topic does.
 */
export function topicTest(patterns: readonly string[]): (topic: string) => boolean {
  if (patterns.length === 0 || patterns.includes('*')) return () => true
  const exact = new Set(patterns.filter(pattern => !pattern.includes('*')))
  const wild = patterns.filter(pattern => pattern.includes('*')).map(wildTest)
  if (wild.length === 0) return topic => exact.has(topic)
  return topic => exact.has(topic) || wild.some(test => test(topic))
}

/** Each part is looked for behind the one before, so that no pattern costs more than one pass. */
function wildTest(pattern: string): (topic: string) => boolean {
  const [first = '', ...parts] = pattern.split('*')
  const last = parts.pop()!
  const least = pattern.length - parts.length - 1
  return topic => {
    if (topic.length < least || !topic.startsWith(first) || !topic.endsWith(last)) return false
    const end = topic.length - last.length
    let at = first.length
    for (const part of parts) {
      const found = topic.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= end
  }
}

/** Bytes of it that are subscribed to: a publisher keeps each, and ends the connection of whoever asks for much longer ones. */
export const MOST_PREFIX = 256

/** What every topic of that pattern begins with: a publisher of ZeroMQ knows no more. */
export function prefixOf(pattern: string): string {
  return pattern.split('*', 1)[0]!
}
