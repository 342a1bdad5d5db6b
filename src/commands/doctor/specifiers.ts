import { hostname } from 'node:os'

/** What a unit is called: `sluice@a-b.service` has the prefix `sluice` and the instance `a-b`. */
export interface UnitName {
  /** With its end. */
  whole: string
  prefix: string
  instance: string
}

export function unitName(file: string): UnitName {
  const [prefix = '', instance = ''] = file.replace(/\.\w+$/, '').split(/@(.*)/s)
  return { whole: file, prefix, instance }
}

/** What stands for the name of a path or of anything else in the name of a unit (systemd.unit(5), "String escaping"). */
function unescaped(text: string): string {
  const bytes = text.replaceAll('-', '/').replace(/\\x([\da-f]{2})/gi, (_, hex) => `%${hex}`)
  try {
    return decodeURIComponent(bytes.replace(/%(?![\da-f]{2})/gi, '%25'))
  } catch {
    return text
  }
}

/**
 * Specifiers of a unit of the system (systemd.unit(5)). Those that only a running system can tell are left as they are.
 * @param credentials paths by the names that they have in `%d`
 */
export function resolveSpecifiers(
  word: string,
  { whole, prefix, instance }: UnitName,
  credentials: ReadonlyMap<string, string> = new Map(),
): string {
  const last = prefix.slice(prefix.lastIndexOf('-') + 1)
  const name = whole.replace(/\.\w+$/, '')
  const values: { readonly [specifier: string]: string } = {
    ...{ n: whole, N: name, p: prefix, P: unescaped(prefix), j: last, J: unescaped(last), '%': '%' },
    ...{ i: instance, I: unescaped(instance), f: `/${unescaped(instance || prefix).replace(/^\/+/, '')}` },
    ...{ E: '/etc', S: '/var/lib', t: '/run', C: '/var/cache', L: '/var/log', T: '/tmp', V: '/var/tmp' },
    ...{ u: 'root', U: '0', g: 'root', G: '0', h: '/root', s: '/bin/sh' },
    ...{ H: hostname(), l: hostname().split('.')[0]! },
  }
  return word.replace(/%(?:d\/([\w.-]+)|(.))/g, (all, credential, specifier) =>
    credential === undefined ? (values[specifier] ?? all) : (credentials.get(credential) ?? all),
  )
}
