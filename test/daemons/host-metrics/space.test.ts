import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { type Mount, mountsAbove } from '../../../src/daemons/host-metrics/mounts.ts'
import { DiskSpace } from '../../../src/daemons/host-metrics/space.ts'

/** What the root says when it is asked as one of this kind, and what was missed. */
async function ask(mount: Partial<Mount>, environment: NodeJS.ProcessEnv = process.env) {
  const missed: string[][] = []
  const space = new DiskSpace(environment, ({ path }, why, error) => missed.push([path, why, error]))
  const root = { path: '/', device: 'x', fstype: 'ext4', mode: 'rw', number: '1:1', root: '/' } as const
  const data = await space.of({ ...root, ...mount })
  space.close()
  return { data, missed }
}

const linux = { skip: process.platform !== 'linux' && 'not on Linux' }

test('stat(1), who asks those that may not answer, says what statfs(2) does', linux, async () => {
  const [near, far] = [await ask({}), await ask({ fstype: 'nfs4' })]
  assert.deepEqual(far.missed, [])
  assert.deepEqual(Object.keys(far.data!), Object.keys(near.data!))
  assert.equal(far.data!.total, near.data!.total)
  assert.equal(far.data!.inodes_total, near.data!.inodes_total)
})

test('what cannot be asked is missed, with the reason', linux, async () => {
  for (const fstype of ['ext4', 'nfs4']) {
    const { data, missed } = await ask({ path: '/not/there', fstype })
    assert.equal(data, undefined)
    assert.equal(missed.length, 1)
    assert.deepEqual(missed[0]!.slice(0, 2), ['/not/there', 'failed'])
    assert.match(missed[0]![2]!, /no such file/i)
  }
  const { missed } = await ask({ fstype: 'nfs4' }, { PATH: '/nowhere' })
  assert.match(missed[0]![2]!, /ENOENT/)
})

test(
  'bug: FAT and UDF, which may have to read all of a disk, were asked by the daemon itself',
  linux,
  async () => {
    const nobody = { PATH: '/nowhere' }
    for (const fstype of ['vfat', 'msdos', 'udf']) {
      const { missed } = await ask({ fstype }, nobody)
      assert.match(missed[0]![2]!, /ENOENT/)
    }
    assert.deepEqual((await ask({ fstype: 'ext4' }, nobody)).missed, [])
  },
)

test('bug: a mount below one that may not answer was asked by the daemon itself', linux, async () => {
  const mount = (path: string, fstype: string): Mount => {
    return { path, device: 'x', fstype, mode: 'rw', number: '1:1', root: '/' }
  }
  const [home, all] = [
    mount('/home', 'tmpfs'),
    [mount('/', 'btrfs'), mount('/ho', 'nfs4'), mount('/home', 'tmpfs'), mount('/home/far', 'nfs4')],
  ]
  const paths = (of: Mount) => mountsAbove(of, all).map(({ path }) => path)
  assert.deepEqual(paths(home), ['/'])
  assert.deepEqual(paths(mount('/ho/me/disk', 'ext4')), ['/', '/ho'])
  const missed: string[] = []
  const space = new DiskSpace({ PATH: '/nowhere' }, (_, why, error) => missed.push(`${why}: ${error}`))
  const root = mount('/', 'ext4')
  assert.ok(await space.of(root, [mount('/', 'btrfs'), mount('/', 'ext4')]))
  assert.equal(await space.of(root, [mount('/', 'ext4'), mount('/', 'nfs4')]), undefined)
  assert.match(missed.join(), /^failed: .*ENOENT/)
})

test('who is asked again before it has answered is not asked twice', linux, async () => {
  const missed: string[] = []
  const space = new DiskSpace(process.env, (_, why) => missed.push(why))
  const mount: Mount = { path: '/', device: 'x', fstype: 'nfs4', mode: 'rw', number: '1:1', root: '/' }
  const [first, second] = [space.of(mount), space.of(mount)]
  assert.equal(await second, undefined)
  assert.ok(await first)
  assert.ok(await space.of(mount))
  assert.deepEqual(missed, [])
})

test(
  'bug: without a descriptor left, asking ended the daemon, and the mount was never asked again',
  linux,
  () => {
    const path = new URL('../../../src/daemons/host-metrics/space.ts', import.meta.url)
    const script = `
    import { closeSync, openSync } from 'node:fs'
    import { DiskSpace } from '${path}'
    const missed = []
    const space = new DiskSpace(process.env, (_, why, error) => missed.push([why, error]))
    const mount = { path: '/', device: 'x', fstype: 'nfs4', mode: 'rw', number: '1:1', root: '/' }
    const taken = []
    try { for (;;) taken.push(openSync('/dev/null')) } catch {}
    const without = await space.of(mount)
    for (const one of taken) closeSync(one)
    const later = await space.of(mount)
    console.log(JSON.stringify({ missed, without: without ?? null, later: later.total > 0 }))`
    const limited = ['-c', 'ulimit -n 80; exec "$0" --input-type=module -e "$1"', process.execPath, script]
    const { missed, without, later } = JSON.parse(execFileSync('sh', limited, { encoding: 'utf8' }))
    assert.equal(without, null)
    assert.equal(missed.length, 1)
    assert.match(missed[0][1], /EMFILE/)
    assert.equal(later, true)
  },
)
