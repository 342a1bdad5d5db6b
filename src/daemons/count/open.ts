import { join, resolve } from 'node:path'
import type { Context } from '../../lib/index.ts'
import { openFile } from './sqlite/store.ts'
import type { Store } from './store.ts'
import { parseStore, type StoreOptions } from './where.ts'

/** Opens the store that the options name. */
export async function openStore(options: StoreOptions, context: Context): Promise<Store> {
  const { remember } = options
  const where = parseStore(options.store)
  const path = where.path ? resolve(where.path) : join(await context.stateFolder(), 'count.sqlite')
  return openFile({ path, remember }, context)
}
