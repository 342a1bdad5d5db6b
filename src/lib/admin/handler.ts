import type { Writable } from 'node:stream'

/** What a daemon is asked on the admin faces. */
export interface AdminRequest {
  method: 'GET' | 'POST'
  /** What was posted; nothing else. */
  body: Buffer
  query: URLSearchParams
  /** Whoever asks has shown a token or a certificate, or has the rights of the unix socket. */
  isTrusted: boolean
}

export interface AdminAnswer {
  status: number
  /** A text, or what is written as JSON. */
  body: string | object
  /**
   * In the place of the body, NDJSON that is written to `out` until it is closed, by whichever side. Nobody waits for who is slow:
   * look at `writableLength`.
   */
  stream?: (out: Writable) => void
}

export type AdminHandler = (request: AdminRequest) => AdminAnswer | Promise<AdminAnswer>
