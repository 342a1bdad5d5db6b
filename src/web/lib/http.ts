// Requests to the server that sent this page. Paths are relative to it.

export class HttpError extends Error {
  override readonly name = 'HttpError'
  /** 0 where there was no answer at all. */
  readonly status: number
  readonly code: string
  readonly parameter: string | undefined
  readonly position: number | undefined
  readonly length: number | undefined

  constructor(status: number, { code = '', message = '', ...more }: Partial<ErrorBody> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.parameter = more.parameter
    this.position = more.position
    this.length = more.length
  }
}

interface ErrorBody {
  code: string
  message: string
  parameter: string
  position: number
  length: number
}

export type Parameters = { readonly [name: string]: string | number | undefined }

export function address(path: string, parameters: Parameters): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return given.length > 0 ? `${path}?${search}` : path
}

/** The answer, which is a good one. Throws an HttpError, or what `signal` was aborted with. */
export async function request(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error
    throw new HttpError(0, { code: 'unreachable', message: 'The server cannot be reached.' })
  })
  if (response.ok) return response
  const body = (await response.json().catch(() => ({}))) as { error?: Partial<ErrorBody> }
  throw new HttpError(response.status, body.error)
}

export async function getJson<T>(url: string, signal: AbortSignal): Promise<T> {
  const response = await request(url, { signal })
  return parseExact(await response.text()) as T
}

export const parseExact = (text: string): unknown => JSON.parse(text, exactNumber)

// Not in every browser.
const { rawJSON: rawJson } = JSON as { rawJSON?: (text: string) => unknown }

/** A number that JavaScript writes in another way (12345678901234567890, 1e21, 1.50) stays what was written, as on the server. */
function exactNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value
  return rawJson?.(source) ?? value
}
