import type { IncomingMessage } from 'node:http'

/** Who asks. */
export interface Visitor {
  /** All that may be seen is of this account; undefined: everything may. */
  readonly account?: string
  /** Whether it could still come in with what it brought. */
  isWelcome(): boolean
}

const visitors = new WeakMap<IncomingMessage, Visitor>()

/** Of one who was let in by a token, or by the cookie of a login. */
export function setVisitor(request: IncomingMessage, visitor: Visitor): void {
  visitors.set(request, visitor)
}

/** The account that alone this request may see; undefined where it may see everything. */
export function accountOf(request: IncomingMessage): string | undefined {
  return visitors.get(request)?.account
}

/** For who is here for long: whether this request could still come in; undefined where everybody may. */
export function welcomeOf(request: IncomingMessage): (() => boolean) | undefined {
  return visitors.get(request)?.isWelcome
}
