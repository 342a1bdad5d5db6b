import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkChain, checkNoChain, namesFor } from '../../../src/commands/service/names.ts'
import { hostWith } from './host.ts'

const unit = (name: string) => `/etc/systemd/system/sluice-${name}.service`
const byInstall = (name: string) => ({ [unit(name)]: `# Written by sluice service install ${name}; x\n` })
const byPlan = (chain: string, name: string) => ({
  [unit(name)]: `# Written by sluice service plan ${chain}; x\n`,
})

const host = hostWith({
  ...byInstall('store'),
  ...byInstall('edge-relay'),
  ...byPlan('lab', 'lab-exec'),
  ...byPlan('lab', 'lab-relay'),
})

test('a chain stands for its services', () => {
  assert.deepEqual(namesFor(['lab', 'store'], host), ['lab-exec', 'lab-relay', 'store'])
  assert.throws(() => namesFor(['edge'], host), /no service edge is installed/)
})

test('bug: a chain with the name of a service hid that, and uninstall purged the wrong ones', () => {
  assert.throws(() => checkChain('store', ['store-exec'], host), {
    message:
      'store is a service that is not of the chain store; give --name another name, or uninstall store first',
  })
  assert.throws(
    () => checkNoChain('lab', host),
    /lab is a chain: lab-exec, lab-relay; give --name another name/,
  )
  const both = hostWith({ ...byInstall('store'), ...byPlan('store', 'store-exec') })
  assert.deepEqual(namesFor(['store', 'store-exec'], both), ['store', 'store-exec'])
})

test('a chain takes no service of another away, nor is one of its services called as a chain', () => {
  assert.throws(
    () => checkChain('edge', ['edge-relay'], host),
    /edge-relay is a service that is not of the chain/,
  )
  const nested = hostWith(byPlan('edge-lab', 'edge-lab-exec'))
  assert.throws(() => checkChain('edge', ['edge-lab'], nested), /edge-lab is a chain: edge-lab-exec/)
  checkChain('lab', ['lab-exec', 'lab-relay', 'lab-store'], host)
  checkNoChain('store', host)
})
