/** What cannot be read, and at which byte: that may be far behind the beginning of its value. */
export class MsgpackFault extends Error {
  constructor(at: number, why: string) {
    super(`byte ${at}: ${why}`)
  }
}
