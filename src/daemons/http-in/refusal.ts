/** Seconds after which a client may come again. */
export const SOON = 1
export const LATER = 5

/** A request that cannot be taken: what its client is told. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: number
  readonly headers: { readonly [name: string]: string }

  constructor(status: number, message: string, headers: { readonly [name: string]: string } = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/** The client shall come again: with 503 every one of them does. */
export function busy(message: string, seconds: number): Refusal {
  return new Refusal(503, message, { 'retry-after': String(seconds) })
}

export function stopping(): Refusal {
  return busy('this is starting or stopping', SOON)
}

/** The client has left; nobody reads an answer. */
export class Gone extends Error {
  override name = 'Gone'
}
