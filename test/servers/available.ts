// A test whose server cannot be had on this machine says so and is skipped, unless everything is required.
import type { TestContext } from 'node:test'

/** What `start` gives; undefined when it failed and the test is thereby skipped: then the test returns. */
export async function orSkip<T>(t: TestContext, start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start()
  } catch (error) {
    if (process.env.SLUICE_REQUIRE === 'all') throw error
    t.skip(error instanceof Error ? error.message : String(error))
    return undefined
  }
}
