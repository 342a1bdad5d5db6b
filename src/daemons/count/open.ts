import { join } from 'node:path'
import type { Context } from '../../lib/index.ts'
import type { Agreement } from './about.ts'
import type { Store } from './store.ts'
import { parseStore, type StoreOptions } from './where.ts'

/** Opens the store that the options name. */
export async function openStore(
  options: StoreOptions,
  agreement: Agreement,
  context: Context<'fieldsRefused'>,
): Promise<Store> {
  const where = parseStore(options.store)
  if (where.kind === 'redis') {
    const { openRedis } = await import('./redis/store.ts')
    return openRedis({ ...options, where, agreement }, context)
  }
  const { openFile } = await import('./sqlite/store.ts')
  const path = where.path ?? join(await context.stateFolder(), 'count.sqlite')
  return openFile({ path, remember: options.remember }, agreement, context)
}

/** What to type for a store that holds nothing yet. */
export function storeOfItsOwn({ store }: StoreOptions): string {
  return parseStore(store).kind === 'redis'
    ? 'another --prefix, as in --prefix second'
    : 'another file, as in --store sqlite:///var/lib/sluice/second.sqlite'
}
