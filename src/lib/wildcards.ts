/** Whether a text matches one of the patterns, in which * is any text and ? any character. */
export function matcher(patterns: readonly string[]): (text: string) => boolean {
  const expressions = patterns.map(pattern => {
    const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
  })
  return text => expressions.some(expression => expression.test(text))
}
