import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Context, Hono } from 'hono'
import type { Logger } from 'pino'
import { codeOf } from '../errors.ts'
import { isKnown } from './conditional.ts'

const TYPES: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** What esbuild (`app-5F2KJ3QL.js`) and others (`app.3f9a01bc.css`) call a file by its content. */
const HASHED = /(?:-[A-Z\d]{8}|[.-][\da-f]{8,})\.\w+$/

/** The best that brotli can; it is done once. */
const BROTLI_BEST = 11

/**
 * Serves the few files of a built page out of memory, `index` at `/`. hono's serve-static reads the disk at each
 * request, has no ETag, and compressed files would have to be built. A page that is not there is 503.
 */
export function serveFolder(app: Hono, folder: URL, index = 'index.html'): void {
  const root = fileURLToPath(folder)
  const files = new Map(namesIn(root).map(name => [name, new PageFile(join(root, name))]))
  for (const [name, file] of files) app.get(`/${name}`, c => file.serve(c))
  const first = files.get(index)
  if (first) app.get('/', c => first.serve(c))
  else app.get('/', notBuilt(join(root, index)))
}

function notBuilt(path: string): (c: Context) => Response {
  let told = false
  return c => {
    if (!told) (c.env as { log?: Logger })?.log?.warn({ path }, 'the page is not built: npm run build')
    told = true
    return c.text('the page is not built: npm run build\n', 503)
  }
}

/** With `/` between folders; none where there is no such folder. */
function namesIn(root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return []
  }
}

type Form = { body: Uint8Array<ArrayBuffer>; headers: { etag: string; [name: string]: string } }

class PageFile {
  readonly #body: Uint8Array<ArrayBuffer>
  readonly #type: string
  readonly #caching: string
  readonly #forms = new Map<string, Promise<Form>>()

  constructor(path: string) {
    this.#body = new Uint8Array(readFileSync(path))
    this.#type = TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream'
    this.#caching = HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
  }

  async serve(c: Context): Promise<Response> {
    // Late: only who is asked for the page pays for zlib.
    const { chooseEncoding, isCompressible, WORTH_COMPRESSING } = await import('./compress.ts')
    const worth = this.#body.length >= WORTH_COMPRESSING
    const packable = worth && isCompressible(200, new Headers({ 'content-type': this.#type }))
    const encoding = packable ? chooseEncoding(c.req.header('accept-encoding'), ['br', 'gzip']) : undefined
    const { body, headers } = await this.#form(encoding, packable)
    if (isKnown(c.req.header('if-none-match'), headers.etag)) return c.body(null, 304, headers)
    return c.body(body, 200, headers)
  }

  /** The file in this encoding, made at its first request. */
  #form(encoding: 'br' | 'gzip' | undefined, packable: boolean): Promise<Form> {
    const key = encoding ?? ''
    const form = this.#forms.get(key) ?? this.#make(encoding, packable)
    this.#forms.set(key, form)
    return form
  }

  async #make(encoding: 'br' | 'gzip' | undefined, packable: boolean): Promise<Form> {
    const { compressAll } = await import('./compress.ts')
    const { hash } = await import('node:crypto')
    const body = encoding ? new Uint8Array(await compressAll(encoding, this.#body, BROTLI_BEST)) : this.#body
    const headers = {
      'content-type': this.#type,
      'cache-control': this.#caching,
      // Each encoding is other bytes, so it has a tag of its own.
      etag: `"${hash('sha256', this.#body, 'base64url').slice(0, 22)}${encoding ? `-${encoding}` : ''}"`,
      ...(packable && { vary: 'accept-encoding' }),
      ...(encoding && { 'content-encoding': encoding }),
    }
    return { body, headers }
  }
}
