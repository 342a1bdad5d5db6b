import type { Context } from '../../lib/index.ts'
import type { Damaged } from './sealed.ts'

const told = new WeakMap<Context, Set<string>>()

/** Logs which partitions are damaged, each once: who writes may find it, who reads, or both. */
export function tellOfDamage(damaged: readonly Damaged[], context: Context): void {
  const known = told.get(context) ?? new Set()
  told.set(context, known)
  for (const { path, reason } of damaged) {
    if (known.has(path)) continue
    known.add(path)
    context.log.error(
      { path, reason },
      'a partition of the store is damaged: it is set aside, and what it holds may be missing from searches',
    )
  }
}
