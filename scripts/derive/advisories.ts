// Advisories that are known of what comes along, by hand: the registry that `npm audit` would ask is not there for everybody, and it
// says nothing of what is within a package (libzmq in zeromq). Whoever raises a version looks at its advisories, and writes here what
// he finds.

interface Advisory {
  ids: string
  /** The first version without it. */
  mended: string
}

/** Of each package the newest; who is past those is past what was known before. */
const ADVISORIES: { readonly [name: string]: readonly Advisory[] } = {
  '@hono/node-server': [
    { ids: 'CVE-2026-29087', mended: '1.19.10' },
    { ids: 'CVE-2026-39406', mended: '1.19.13' },
  ],
  '@opentelemetry/core': [{ ids: 'GHSA-8988-4f7v-96qf', mended: '2.8.0' }],
  debug: [{ ids: 'CVE-2025-59144', mended: '4.4.3' }],
  hono: [
    { ids: 'CVE-2026-54286 to 54290', mended: '4.12.25' },
    { ids: 'GHSA-8j4g-w8fx-2239', mended: '4.12.34' },
    { ids: 'CVE-2026-84363 to 84365', mended: '4.13.5' },
    { ids: 'GHSA-hxh3-vqpv-xpqv', mended: '4.13.7' },
  ],
  minimist: [
    { ids: 'CVE-2020-7598', mended: '1.2.3' },
    { ids: 'CVE-2021-44906', mended: '1.2.6' },
  ],
  ms: [{ ids: 'CVE-2017-20162', mended: '2.0.0' }],
  picomatch: [{ ids: 'CVE-2026-33671, CVE-2026-33672', mended: '4.0.4' }],
  undici: [
    { ids: 'CVE-2026-6734, CVE-2026-9697, CVE-2026-12151', mended: '6.27.0' },
    { ids: 'CVE-2026-15157, CVE-2026-16728, CVE-2026-16729', mended: '6.28.0' },
  ],
  ws: [
    { ids: 'CVE-2021-32640', mended: '7.4.6' },
    { ids: 'CVE-2024-37890', mended: '8.17.1' },
    { ids: 'CVE-2026-45736', mended: '8.20.1' },
    { ids: 'CVE-2026-48779', mended: '8.21.0' },
  ],
}

/** What is known of a package. Throws where this version still has it. */
export function advisoriesOf(name: string, version: string): string {
  const all = ADVISORIES[name] ?? []
  const open = all.find(({ mended }) => isOlder(version, mended))
  if (open) throw new Error(`${name} ${version} has ${open.ids}, mended in ${open.mended}`)
  return all.map(({ ids, mended }) => `${ids} (${mended})`).join(', ')
}

/** Of versions without a word behind the numbers. */
function isOlder(version: string, other: string): boolean {
  const [these, those] = [version, other].map(text => text.split('.').map(Number))
  const at = these!.findIndex((number, n) => number !== those![n])
  return at >= 0 && these![at]! < (those![at] ?? 0)
}
