// The real logrotate, unpacked beside the system and never installed on it.
import { glob, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unpackedPackages } from './debian.ts'
import { run } from './support.ts'

export interface Logrotate {
  /** Rotates what this configuration says, now; what it keeps is in a folder that is there. */
  rotate(configuration: string, folder: string): Promise<void>
}

export async function installLogrotate(): Promise<Logrotate> {
  const root = await unpackedPackages('logrotate')
  const libraries: string[] = []
  for await (const path of glob(join(root, '{usr/,}lib/*-linux-*/*.so*'))) libraries.push(dirname(path))
  const env = { LD_LIBRARY_PATH: [...new Set(libraries)].join(':') }
  return {
    async rotate(configuration, folder) {
      const path = join(folder, 'logrotate.conf')
      await writeFile(path, configuration, { mode: 0o600 })
      await run(join(root, 'usr/sbin/logrotate'), ['--force', '--state', join(folder, 'state'), path], {
        env,
      })
    },
  }
}
