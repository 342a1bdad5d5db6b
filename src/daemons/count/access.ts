// Who may see what: with the token of an account, the keys whose first part it is.

import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { accountOf } from '../../lib/serve/visitor.ts'
import { partOf } from './key.ts'
import type { Metrics } from './metrics.ts'
import type { Store } from './store.ts'

type Keys = Awaited<ReturnType<Store['keys']>>

/** Those that who came with the token of an account may see; undefined where the prefix is of none of them. */
export async function keysFor(
  account: string | undefined,
  prefix: string,
  limit: number,
  { store, metrics }: { store: Store; metrics: Metrics },
): Promise<Keys | undefined> {
  if (account === undefined) return store.keys(prefix, limit)
  // Nobody's, such as those of all/{type}, for an account that is called so.
  const ofAccount = (keys: Keys) => keys.filter(([key]) => metrics.accountOf(key) === account)
  const own = partOf(account)
  if (own === undefined) return undefined
  if (prefix.startsWith(`${own}/`)) return ofAccount(await store.keys(prefix, limit))
  if (!`${own}/`.startsWith(prefix)) return undefined
  // The key that is the account alone comes before all that begin with it.
  const first = (await store.keys(own, 1)).filter(([key]) => key === own)
  return ofAccount([...first, ...(await store.keys(`${own}/`, limit))]).slice(0, limit)
}

/** Whether who asks may see what is under this key. */
export function maySee(c: Context, key: string, metrics: Metrics): boolean {
  const account = accountAsking(c)
  return account === undefined || metrics.accountOf(key) === account
}

/** The account whose token was brought; undefined for who sees everything. */
export function accountAsking(c: Context): string | undefined {
  return accountOf((c.env as HttpBindings).incoming)
}
