import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { Hindrances } from '../../../src/daemons/tail/hindrances.ts'
import { Names } from '../../../src/daemons/tail/names.ts'
import type { TailedFile } from '../../../src/daemons/tail/tailed-file.ts'
import { LogFolder } from './folder.ts'

test('a file without a name whose descriptor is good for nothing any more (ESTALE) is given up, and said', t => {
  const logs = new LogFolder(t)
  logs.write('app.log.1', 'one\n')
  const files: TailedFile[] = []
  const dropped: TailedFile[] = []
  const warnings: string[] = []
  const log = { debug() {}, warn: (_: object, message: string) => void warnings.push(message) }
  const context = { log, count() {} }
  const place = { path: logs.at('app.log'), offset: 0 }
  const names = new Names({
    ...{
      context,
      hindrances: new Hindrances(context as never),
      siblings: {},
      isBusy: () => false,
      rotatedQuiet: 5_000,
    },
    origins: { markGone: ({ gone }: { gone(): void }) => gone() },
    reading: {
      add: (file: TailedFile) => files.push(file),
      drop: (file: TailedFile) => {
        file.open = undefined
        dropped.push(file)
      },
      end() {},
    },
  } as never)
  names.adopt({ path: logs.at('app.log.1'), stat: statSync(logs.at('app.log.1'), { bigint: true }) }, 0)
  const [file] = files
  const gone = t.mock.fn()
  Object.assign(file!, { open: { fd: 2 ** 30 }, origin: { place, gone } })
  names.lookNameless(1_000)
  assert.deepEqual([dropped.length, gone.mock.callCount()], [1, 0])
  assert.match(warnings.join(), /app\.log cannot be read, and is tried again: EBADF/)
  names.lookNameless(6_000)
  assert.equal(gone.mock.callCount(), 1)
  assert.match(warnings.at(-1)!, /4 bytes were gone before they were read/)
})
