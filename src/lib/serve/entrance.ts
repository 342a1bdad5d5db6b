import { isIP } from 'node:net'
import type { Context } from '../daemon.ts'
import { checkHttp, checkPublicHttp, type ServeOptions } from '../serve.ts'
import { isFromSystemd } from '../systemd/listen-address.ts'
import { AccountTokens } from './account-tokens.ts'
import { createGuard, type Guard, type Welcome } from './guard.ts'
import type { Limits } from './limits.ts'
import { Doorkeeper } from './login.ts'
import { Origins } from './origins.ts'
import { keepFresh } from './reread.ts'
import { Token } from './token.ts'
import { WrongTokens } from './wrong-tokens.ts'

/** All that decides who may ask. */
export interface Entrance {
  welcome: Welcome & { origins: Origins }
  guard: Guard
  /** Asks for a token; without it there is none to be shown. */
  door: Doorkeeper | undefined
}

/** As the options say, with tokens that are read again when their files change. Throws Misuse for options or files that will not do. */
export function openEntrance(
  options: ServeOptions,
  { isPublic, wrongToken, foreign }: Limits,
  context: Pick<Context, 'log' | 'onReload' | 'defer'>,
): Entrance {
  if (isPublic) checkPublicHttp(options)
  else checkHttp(options)
  const { httpTokenFile, accountTokens } = options
  const wrong = new WrongTokens(wrongToken)
  const token = httpTokenFile ? new Token('--http-token-file', httpTokenFile, wrong) : undefined
  const accounts = accountTokens ? new AccountTokens('--account-tokens', accountTokens) : undefined
  const door = token || accounts ? new Doorkeeper({ token, accounts, wrong }) : undefined
  for (const file of [token, accounts]) if (file) keepFresh(file, context)
  const welcome = { names: hostNames(options), origins: new Origins(options.allowOrigin), isPublic }
  return { welcome, guard: createGuard(welcome, door !== undefined, foreign), door }
}

/** A name that it listens at is one of its names. */
function hostNames({ http, httpName }: ServeOptions): ReadonlySet<string> {
  const host = isFromSystemd(http) ? undefined : http.host
  const names = host !== undefined && isIP(host) === 0 ? [...httpName, host] : httpName
  return new Set(names.map(name => name.toLowerCase()))
}
