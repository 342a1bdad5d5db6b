import { readFile } from 'node:fs/promises'
import { Misuse, messageOf } from '../../lib/index.ts'

/** What the client needs to connect. */
export interface Connection {
  nodes: string[]
  auth?: { apiKey: string } | { username: string; password: string }
  tls?: { ca: Buffer }
}

/** Checks what was given to `--node`. */
export function checkNode(written: readonly string[]): string {
  const text = written.at(-1)!
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw new RangeError(`"${text}" is not a URL; write for example http://localhost:9200`)
  // Whatever stands in argv is read by everybody on this host.
  if (url.username || url.password)
    throw new RangeError('no password in a URL; use --user and --password-file')
  return text
}

/** Reads the files that hold the secrets. Throws Misuse that names the flag. */
export async function connectionOf(options: {
  node: string[]
  apiKeyFile: string | undefined
  user: string | undefined
  passwordFile: string | undefined
  ca: string | undefined
}): Promise<Connection> {
  const { node, apiKeyFile, user, passwordFile, ca } = options
  return {
    nodes: node,
    ...(apiKeyFile && { auth: { apiKey: await readSecret('--api-key-file', apiKeyFile) } }),
    ...(user && { auth: { username: user, password: await readSecret('--password-file', passwordFile!) } }),
    ...(ca && { tls: { ca: await read('--ca', ca) } }),
  }
}

async function readSecret(flag: string, path: string): Promise<string> {
  const secret = (await read(flag, path)).toString().trim()
  if (secret === '') throw new Misuse(`${flag} ${path}: the file is empty`)
  return secret
}

async function read(flag: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new Misuse(`${flag} ${path}: ${messageOf(error)}`)
  }
}
