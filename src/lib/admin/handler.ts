/** What a daemon is asked on the admin faces. */
export interface AdminRequest {
  method: 'GET' | 'POST'
  /** What was posted; nothing else. */
  body: Buffer
}

export interface AdminAnswer {
  status: number
  /** A text, or what is written as JSON. */
  body: string | object
}

export type AdminHandler = (request: AdminRequest) => AdminAnswer | Promise<AdminAnswer>
