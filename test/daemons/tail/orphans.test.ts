import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Orphans } from '../../../src/daemons/tail/orphans.ts'

test('what was deleted, or moved to another folder, while nobody looked is said once, with its place', () => {
  const gone: string[] = []
  const said: { fields: object; message: string }[] = []
  const place = (path: string, offset: number) => ({ path, offset })
  const origins = [place('/x/a.log', 640), place('/x/b.log', 7), place('/x/c.log', 8)].map(place => ({
    place,
  }))
  const orphans = new Orphans({
    context: { log: { warn: (fields: object, message: string) => void said.push({ fields, message }) } },
    origins: {
      all: new Set(origins),
      markGone: ({ place }: { place: { path: string } }) => gone.push(place.path),
    },
    siblings: { of: () => [] },
    isWanted: () => true,
  } as never)
  orphans.addMissed(0)
  orphans.look(0)
  orphans.look(9_000)
  assert.deepEqual([gone, said], [[], []])
  // It was rotated, and found.
  Object.assign(origins[2]!, { file: {} })
  orphans.look(11_000)
  assert.deepEqual(gone, ['/x/a.log', '/x/b.log'])
  const [{ fields, message } = {}, ...more] = said
  assert.deepEqual([fields, more], [{ file: '/x/a.log', offset: 640, files: 2 }, []])
  assert.match(
    message!,
    /^deleted, or moved .*: \/x\/a\.log, read up to byte 640, and 1 others; what came after/,
  )
  assert.ok(orphans.isEmpty)
})
