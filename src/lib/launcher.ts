import { fileURLToPath } from 'node:url'

/**
 * The path of `sluice`. It stands in this folder, because in a package all that the library's files were built into does
 * (scripts/build.ts).
 */
export const launcher = fileURLToPath(new URL('../../bin/sluice', import.meta.url))
