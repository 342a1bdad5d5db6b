/** What cannot be read, and from which byte on. */
export class MsgpackFault extends Error {
  readonly at: number

  constructor(at: number, why: string) {
    super(`byte ${at}: ${why}`)
    this.at = at
  }
}
