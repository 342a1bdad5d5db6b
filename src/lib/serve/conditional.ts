/**
 * Whether who asks has it already (RFC 9110 section 13.1.2).
 * @param header his If-None-Match, which may be anything
 * @param etag ours, without W/; there is no comma in it
 */
export function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  // Not split by an expression: white space that it looks for from each beginning takes quadratic time.
  return header.split(',').some(given => {
    const tag = given.trim()
    return tag === '*' || tag === etag || tag === `W/${etag}`
  })
}
