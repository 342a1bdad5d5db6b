/** Makes what was written visible to searches. */
export async function refresh(url: string, index: string): Promise<void> {
  await fetch(`${url}/${index}/_refresh`, { method: 'POST' })
}

/** How many documents an index has. */
export async function count(url: string, index: string): Promise<number> {
  await refresh(url, index)
  const answer = (await (await fetch(`${url}/${index}/_count`)).json()) as { count?: number }
  return answer.count ?? 0
}

/** The sources of the documents of these ids; null for one that is not there. */
export async function documents(
  url: string,
  index: string,
  ...ids: string[]
): Promise<({ [key: string]: unknown } | null)[]> {
  return Promise.all(
    ids.map(async id => {
      const answer = (await (await fetch(`${url}/${index}/_doc/${id}`)).json()) as {
        _source?: { [key: string]: unknown }
      }
      return answer._source ?? null
    }),
  )
}

/** The values of a field over all documents of an index. */
export async function valuesOf(url: string, index: string, field: string): Promise<string[]> {
  await refresh(url, index)
  const values: string[] = []
  for (let after: unknown[] | undefined; ; ) {
    const query = {
      size: 10_000,
      _source: [field],
      sort: [{ _doc: 'asc' }],
      ...(after && { search_after: after }),
    }
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(query),
    }
    const answer = (await (await fetch(`${url}/${index}/_search`, init)).json()) as {
      hits: { hits: { _source: { [field: string]: string }; sort: unknown[] }[] }
    }
    for (const hit of answer.hits.hits) values.push(hit._source[field]!)
    if (answer.hits.hits.length < 10_000) return values
    after = answer.hits.hits.at(-1)!.sort
  }
}
