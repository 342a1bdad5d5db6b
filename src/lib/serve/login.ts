import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono, Next } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { setCookie } from 'hono/cookie'
import { parse } from 'hono/utils/cookie'
import type { AccountTokens } from './account-tokens.ts'
import { errorResponse } from './errors.ts'
import { isEncrypted, tokenIn } from './guard.ts'
import { BOUNCE, form, page, STYLE, stylesheet } from './login-page.ts'
import { digest, isSame, type Token } from './token.ts'
import { setVisitor, type Visitor } from './visitor.ts'
import type { WrongTokens } from './wrong-tokens.ts'

const SESSION = 7 * 86_400
const MOST_FORM = 16 * 1024

type Face = Hono<{ Bindings: HttpBindings }>
type FaceContext = Context<{ Bindings: HttpBindings }>

/** Which tokens open. */
export interface Keys {
  /** The one that opens everything. */
  token: Token | undefined
  accounts: AccountTokens | undefined
  wrong: WrongTokens
}

/** Lets in who knows a token: programs by `Authorization: Bearer`, people by a form and then a cookie. */
export class Doorkeeper {
  readonly #keys: Keys

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** Puts the door in front of everything that is added to this face after it. */
  mount(face: Face): void {
    face.use(
      '/login',
      bodyLimit({ maxSize: MOST_FORM, onError: () => errorResponse(413, 'this is no token') }),
    )
    face.use((c, next) => this.#admit(c, next))
  }

  /** Whether who asks for another protocol may come in: with the token, or with the cookie of a login. */
  async admits(incoming: IncomingMessage): Promise<boolean> {
    const token = tokenIn(incoming.headers)
    if (this.#knows(incoming, token)) return true
    if (token !== undefined) await this.#slowly()
    return false
  }

  /** Whether it brings a token that opens, or the cookie of a login; then it is known who it is. */
  #knows(incoming: IncomingMessage, token: string | undefined): boolean {
    const found = token === undefined ? this.#sessionOf(incoming) : this.#keyOf(token)
    if (found) setVisitor(incoming, this.#visitorWith(found))
    return found !== undefined
  }

  #visitorWith({ token, account, until }: Key): Visitor {
    const { token: all, accounts } = this.#keys
    const isOpen = () => until === undefined || Date.now() < until
    if (account === undefined) return { isWelcome: () => isOpen() && all?.text === token }
    return { account, isWelcome: () => isOpen() && accounts?.has({ token, account }) === true }
  }

  #keyOf(given: string): Key | undefined {
    const { token, accounts } = this.#keys
    const isAll = token?.isRight(given)
    // Where both files came to have it, it opens less.
    return accounts?.find(given) ?? (isAll ? { token: token!.text } : undefined)
  }

  async #admit(c: FaceContext, next: Next): Promise<Response | undefined> {
    if (c.req.path === STYLE) return stylesheet(c)
    const token = tokenIn(c.env.incoming.headers)
    if (!this.#knows(c.env.incoming, token)) {
      if (token === undefined) return this.#ask(c)
      return (await this.#slowly()) ?? unauthorized('the token is wrong')
    }
    if (token === undefined && c.req.path === '/login') return c.redirect('/', 303)
    await next()
    return undefined
  }

  /** The form for people, an error for everybody else. */
  async #ask(c: FaceContext): Promise<Response> {
    if (c.req.path === '/login' && c.req.method === 'POST') return this.#login(c)
    const isPage = /\btext\/html\b/i.test(c.req.header('accept') ?? '') && !c.req.path.startsWith('/api/')
    if (!isPage || c.req.method !== 'GET')
      return unauthorized('send the token as "Authorization: Bearer TOKEN"')
    // A link on another site brings no cookie (SameSite=Strict). Loaded again from here, it does.
    if (c.req.header('sec-fetch-site') === 'cross-site') return page(c, BOUNCE)
    const { pathname, search } = new URL(c.req.url)
    return page(c, form(pathname === '/login' ? '/' : pathname + search))
  }

  async #login(c: FaceContext): Promise<Response> {
    const body = await c.req.parseBody().catch(() => undefined)
    if (!body) return errorResponse(400, 'this is not the login form')
    const { token, to } = body
    const target = localPath(to)
    const key = typeof token === 'string' ? this.#keyOf(token.trim()) : undefined
    if (!key) return (await this.#slowly()) ?? page(c, form(target, 'This is not the token.'))
    setCookie(c, cookieName(c.env.incoming), sessionFor(key), {
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      // Behind a TLS proxy, only the browser knows that it speaks TLS.
      secure: isEncrypted(c.env.incoming.socket) || c.req.header('origin')?.startsWith('https:') === true,
      maxAge: SESSION,
    })
    return c.redirect(target, 303)
  }

  #sessionOf(incoming: IncomingMessage): Key | undefined {
    const name = cookieName(incoming)
    const { [name]: session = '' } = parse(incoming.headers.cookie ?? '', name)
    const [, expires, hidden, signature] = /^(\d{1,12})\.(?:([\w-]*)\.)?([\w-]{43})$/.exec(session) ?? []
    const until = Number(expires) * 1000
    if (expires === undefined || until < Date.now()) return undefined
    const { token, accounts } = this.#keys
    const account = hidden === undefined ? undefined : Buffer.from(hidden, 'base64url').toString()
    const keys: readonly Key[] =
      account === undefined ? (token ? [{ token: token.text }] : []) : (accounts?.of(account) ?? [])
    const key = keys.find(one => isSame(digest(signature!), digest(sign(one, expires))))
    return key && { ...key, until }
  }

  async #slowly(): Promise<Response | undefined> {
    return (await this.#keys.wrong.slowly()) ? undefined : tooMany()
  }
}

/** A token, and the account that it is bound to, if it is. */
interface Key {
  token: string
  account?: string
  /** When the session ends that it was brought by, epoch milliseconds. */
  until?: number
}

/**
 * What a session is: its end and its account, signed with the token. Nothing needs to be kept, it survives a restart, and it
 * ends with its token.
 */
function sessionFor(key: Key): string {
  const expires = String(Math.floor(Date.now() / 1000) + SESSION)
  const account = key.account === undefined ? '' : `${Buffer.from(key.account).toString('base64url')}.`
  return `${expires}.${account}${sign(key, expires)}`
}

function sign({ token, account }: Key, expires: string): string {
  const whose = account === undefined ? '' : ` of ${account}`
  return createHmac('sha256', token).update(`sluice session ${expires}${whose}`).digest('base64url')
}

/** Cookies do not know ports, and there may be several of us on a host. */
function cookieName({ socket }: { socket: { localPort?: number | undefined } }): string {
  return `sluice-${socket.localPort}`
}

/** Where to go after the login: never to somebody else's site. */
function localPath(to: unknown): string {
  const isPath = typeof to === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(to)
  // A URL parser skips no characters of those, but reads `\` as `/`.
  return isPath && URL.parse(to, 'http://here.invalid')?.origin === 'http://here.invalid' ? to : '/'
}

function unauthorized(message: string): Response {
  return errorResponse(401, message, { headers: { 'www-authenticate': 'Bearer' } })
}

function tooMany(): Response {
  return errorResponse(429, 'too many wrong tokens; try again soon', { headers: { 'retry-after': '1' } })
}
