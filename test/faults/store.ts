import assert from 'node:assert/strict'

/** The numbers of all records in the store whose page is at this port, as often as they are there. */
export async function numbersInStore(http: number): Promise<number[]> {
  return (await recordsInStore(http)).map(({ number }) => number as number)
}

/** Likewise their messages. */
export async function messagesInStore(http: number): Promise<string[]> {
  return (await recordsInStore(http)).map(({ message }) => message as string)
}

async function recordsInStore(http: number): Promise<{ [field: string]: unknown }[]> {
  const response = await fetch(`http://127.0.0.1:${http}/api/export`)
  assert.equal(response.status, 200)
  const lines = (await response.text()).split('\n').filter(Boolean)
  return lines.map(line => JSON.parse(line))
}
