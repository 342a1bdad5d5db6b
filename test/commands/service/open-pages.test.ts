import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPagesOf } from '../../../src/commands/service/open-pages.ts'
import { loadDaemon } from '../../../src/lib/registry.ts'
import { shippedService } from '../../../src/lib/service/shipped.ts'
import { planStage } from '../../../src/lib/stage/plan.ts'

const NOWHERE = { stdin: false, stdout: false, terminal: false }

test('who installs a page hears that every user of the host can read it', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const token = join(folder, 'token')
  writeFileSync(token, 'correct-horse')
  const daemon = await loadDaemon('store')
  const service = shippedService('store', daemon)
  assert.deepEqual(openPagesOf([service]), [
    'store answers every user of this host at 127.0.0.1:8514; --http-token-file FILE keeps them out',
  ])
  const flags = new Map([
    ...Object.entries({ httpTokenFile: [token], pullBind: ['ipc:///run/sluice/store.ipc'] }),
  ])
  assert.deepEqual(openPagesOf([{ ...service, plan: planStage('store', daemon, flags, {}, NOWHERE) }]), [])
  assert.deepEqual(openPagesOf([shippedService('relay', await loadDaemon('relay'))]), [])
})
