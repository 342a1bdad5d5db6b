import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Sluice } from './process.ts'

/** A host of its own: daemons that have one runtime folder, and commands that look at them. */
export function host(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-host-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = { RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder, NO_COLOR: '1' }
  return {
    folder,
    env,
    /** `daemon('edge', 'relay --push-connect -')`; what is quoted in a shell stands in `more`. */
    async daemon(name: string, command: string, ...more: string[]): Promise<Sluice> {
      const [word = '', ...flags] = command.split(' ')
      const run = new Sluice(t, 'sluice', [word, '--name', name, ...flags, ...more], { env, stdin: 'open' })
      await run.ready()
      return run
    },
    command: (...args: string[]) => new Sluice(t, 'sluice', args, { env }),
  }
}
