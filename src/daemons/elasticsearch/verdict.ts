// What an answer of the bulk API means for each document (Elasticsearch reference, "Bulk API").

/** One item of the answer. */
export interface BulkItem {
  status: number
  error?: { type?: string; reason?: string; caused_by?: { type?: string; reason?: string } }
  /** `used`: the document was refused by the mapping and the server put it aside itself. */
  failure_store?: string
}

export type Verdict =
  | 'stored'
  | 'duplicate'
  | 'again'
  | 'forbidden'
  | { dead: string; detail: string; kept?: boolean }

/** What to do about one document. */
export function judgeItem({ status, error, failure_store }: BulkItem): Verdict {
  if (status >= 200 && status < 300) {
    return failure_store === 'used'
      ? { dead: 'failure-store', detail: 'kept in the failure store', kept: true }
      : 'stored'
  }
  // Our id is there already: an earlier try, whose answer was lost, or a repeat from upstream.
  if (status === 409) return 'duplicate'
  if (status === 401 || status === 403) return 'forbidden'
  if (status === 429 || status === 408 || status >= 500) return 'again'
  return { dead: error?.type ?? `status-${status}`, detail: describe(error) || `status ${status}` }
}

/** What to do about a request that was answered as a whole: by its HTTP status; 0 stands for no or a torn answer. */
export function judgeRequest(status: number): 'again' | 'halve' | 'stop' {
  if (status === 413) return 'halve'
  // A wrong address, a proxy in between, a wrong password: trying at full speed helps nobody, and none of it is
  // the documents' fault.
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'stop' : 'again'
}

export function describe(error: BulkItem['error']): string {
  if (!error) return ''
  const cause = error.caused_by?.reason ? `: ${error.caused_by.reason}` : ''
  return `${error.type}: ${error.reason}${cause}`
}
