/** A request that nothing was taken of: what its client is told. */
export class Refused extends Error {
  override name = 'Refused'
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  /** The same for our log: nothing in it is what somebody sent. */
  readonly reason: string

  constructor(
    status: number,
    message: string,
    headers: { readonly [name: string]: string } = {},
    reason = message,
  ) {
    super(message)
    this.status = status
    this.headers = headers
    this.reason = reason
  }
}

/** It is no event. */
export function wrong(message: string, reason = message): Refused {
  return new Refused(400, message, {}, reason)
}

/** It is to come again: a second is long for us. */
export function busy(message: string, status = 503): Refused {
  return new Refused(status, message, { 'retry-after': '1' })
}
