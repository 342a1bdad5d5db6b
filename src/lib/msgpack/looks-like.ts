/**
 * Whether a message is MessagePack, and not text: whether it begins with the head of a map or of a list. No text of UTF-8 does, JSON or not:
 * 0x80 to 0x9f only go on with a character; 0xdc to 0xdf begin one, but what follows them in a text would be the size of a map or
 * list of more than 32,767. Neither zeromq nor the decoder is loaded for it.
 */
export function looksLikeMsgpack(bytes: Uint8Array): boolean {
  const head = bytes[0] ?? 0
  if (head >= 0xdc && head <= 0xdf) return (bytes[1] ?? 0) < 0x80
  return head >= 0x80 && head <= 0x9f
}
