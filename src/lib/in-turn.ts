/** Does one after the other, and all of them, whatever becomes of one. Throws what the first one threw that failed. */
export async function allInTurn(deeds: Iterable<() => unknown>): Promise<void> {
  const failures: unknown[] = []
  for (const deed of deeds) {
    try {
      await deed()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
