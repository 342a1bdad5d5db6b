// Chromium, for tests of pages: the one of the system, or Debian's.
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { installPackages } from './debian.ts'
import { locked } from './support.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** What makes it run as root, without a screen, and without any request of its own. */
export const CHROMIUM_FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

/** The path of its program; $SLUICE_TEST_CHROMIUM names another one. */
export async function installChromium(): Promise<string> {
  const found = process.env.SLUICE_TEST_CHROMIUM ?? (await find())
  if (found) return found
  return await locked('chromium', async () => {
    const meanwhile = await find()
    if (meanwhile) return meanwhile
    // Fonts, so that screenshots of one machine look like those of another.
    await installPackages('chromium', 'fonts-dejavu-core')
    const installed = await find()
    if (!installed) throw new Error('chromium is installed, but not on the PATH')
    return installed
  })
}

async function find(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name)
      const runs = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (runs) return path
    }
  }
  return undefined
}
