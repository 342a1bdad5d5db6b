// Files that options name, folders, spools, processes, and how it is all said.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkFolder, type DiskFacts, type UsedFolder } from '../../../src/commands/doctor/checks/disk.ts'
import { checkCertificate, checkFile } from '../../../src/commands/doctor/checks/files.ts'
import { checkProcess, leftBehind } from '../../../src/commands/doctor/checks/processes.ts'
import { checkSpool } from '../../../src/commands/doctor/checks/spools.ts'
import { exitCodeOf, type Level, quoted } from '../../../src/commands/doctor/finding.ts'
import { layOut } from '../../../src/commands/doctor/layout.ts'
import { HOST, said } from './support.ts'

const GIB = 2 ** 30

describe('a file', () => {
  const file = { about: 'a', flag: '--tls-key', path: '/k', isSecret: true }
  const at = (mode: number, gid = 0, uid = 0) => ({ mode: 0o100000 | mode, uid, gid })
  const reader = { uid: 1000, groups: [1000, 5] }
  const cases: [
    what: string,
    file: object,
    facts: ReturnType<typeof at> | undefined,
    wrong: RegExp | undefined,
  ][] = [
    ['that is there', {}, at(0o640), undefined],
    ['that is not', {}, undefined, /--tls-key \/k: there is no such file/],
    [
      'that everybody may read',
      {},
      at(0o644),
      /everybody on this host may read or write it -> sudo chmod o= \/k$/,
    ],
    ['that is no secret', { isSecret: false }, at(0o644), undefined],
    ['that everybody may write', { isSecret: false }, at(0o646), /may write it -> sudo chmod o-w/],
    ['of its group', { reader }, at(0o640, 5), undefined],
    [
      'of another group',
      { reader },
      at(0o640, 6),
      /the user 1000, whom it runs as, may not read it.*-> sudo setfacl -m u:1000:r \/k/,
    ],
    ['of its own', { reader }, at(0o600, 0, 1000), undefined],
    ['that root reads', { reader: { uid: 0, groups: [] } }, at(0o600, 6, 6), undefined],
  ]
  for (const [what, some, facts, wrong] of cases)
    test(what, () => {
      const [line, ...more] = said(checkFile({ ...file, ...some }, facts))
      assert.deepEqual(more, [])
      if (wrong) assert.match(line!, wrong)
      else assert.equal(line, undefined)
    })
})

test('a certificate that runs out, or does not lead to its authority', () => {
  const expiry = { flag: '--tls-cert', file: '/c', isList: false, until: HOST.now + GIB }
  const facts = {
    about: 'a',
    flag: '--tls-cert',
    path: '/c',
    expiries: [expiry],
    broken: [],
    isIncomplete: false,
  }
  const look = (some: object) => said(checkCertificate({ ...facts, ...some }, HOST.now)).join('\n')
  assert.match(look({}), /^warning a: --tls-cert \/c runs out in 12 days/)
  assert.match(look({ expiries: [{ ...expiry, until: 0 }] }), /^wrong a: --tls-cert \/c ran out at 1970/)
  assert.equal(look({ expiries: [{ ...expiry, until: HOST.now * 2 }] }), '')
  assert.match(
    look({ expiries: [], broken: ['CN=a'] }),
    /^wrong a: .*CN=a is not signed by the certificate behind it -> cat/,
  )
  assert.match(look({ expiries: [], isIncomplete: true }), /^warning a: .*is not in the file/)
})

describe('a folder', () => {
  const folder: UsedFolder = { about: 'a', what: 'spool', path: '/s', limit: 10 * GIB, used: 0 }
  const disk: DiskFacts = {
    total: 100 * GIB,
    free: 50 * GIB,
    files: 1000,
    freeFiles: 900,
    isMemory: false,
    isReadOnly: false,
  }
  const cases: [
    what: string,
    folder: Partial<UsedFolder>,
    disk: Partial<DiskFacts> | undefined,
    wrong: RegExp | undefined,
  ][] = [
    ['with room', {}, {}, undefined],
    ['that cannot be looked at', {}, undefined, /^unknown a: the spool in \/s: its file system/],
    [
      'with little room',
      { limit: undefined },
      { free: 9 * GIB },
      /^warning a: the spool in \/s: 9 % of the file system are free \(9GiB\) -> .*df -h/,
    ],
    ['with none', {}, { free: 2 ** 20 }, /^wrong a: .*only 1MiB are free, with which it counts as full/],
    [
      'that may grow beyond it',
      { limit: 60 * GIB },
      {},
      /^warning a: .*may grow by 60GiB, and 50GiB are free -> --spool-limit 45GiB$/,
    ],
    ['that has grown already', { limit: 60 * GIB, used: 20 * GIB }, {}, undefined],
    ['of a store', { what: 'store', limit: 60 * GIB }, {}, /-> --keep-bytes 45GiB$/],
    [
      'in memory',
      {},
      { isMemory: true },
      /^wrong a: .*is in memory \(tmpfs\): a restart of this host loses it/,
    ],
    [
      'of state in memory',
      { what: 'state', limit: undefined },
      { isMemory: true },
      /^warning a: the state folder \/s is in memory/,
    ],
    ['of dead letters', { what: 'dead letters', limit: GIB, used: GIB / 2 }, {}, undefined],
    [
      'of dead letters within another',
      { what: 'dead letters', isWithin: true },
      { isMemory: true },
      undefined,
    ],
    [
      'of many dead letters',
      { what: 'dead letters', limit: GIB, used: GIB },
      {},
      /^warning a: its dead letters have 1GiB of 1GiB \(--dead-letters-limit\); at the limit it waits -> sluice replay/,
    ],
    ['without inodes', {}, { freeFiles: 10 }, /^warning a: .*1 % of the inodes are free/],
    ['of a file system that has none', {}, { files: 0, freeFiles: 0 }, undefined],
    ['that is read-only', {}, { isReadOnly: true }, /^wrong a: .*read-only -> sudo mount -o remount,rw/],
  ]
  for (const [what, some, more, wrong] of cases)
    test(what, () => {
      const [line, ...others] = said(checkFolder({ ...folder, ...some }, more && { ...disk, ...more }))
      assert.deepEqual(others, [])
      if (wrong) assert.match(line!, wrong)
      else assert.equal(line, undefined)
    })
})

test('a spool: nearly full, old, damaged, left alone', () => {
  const open = { about: 'a', bytes: 10, limit: 100, age: 1000 as number | null }
  const look = (some: object) => said(checkSpool({ file: '/s', ...some })).join('\n')
  assert.equal(look({ open }), '')
  assert.equal(look({ open: { ...open, age: null } }), '')
  assert.match(
    look({ open: { ...open, bytes: 81 } }),
    /^warning a: its spool is nearly full: 81B of 100B|^warning a: its spool is nearly full/,
  )
  assert.match(look({ open: { ...open, age: 3 * 3_600_000 } }), /has waited for 3 h/)
  assert.equal(look({ closed: { isSound: true, records: 0 } }), '')
  assert.match(
    look({ closed: { isSound: true, records: 5 } }),
    /^warning \/s: 5 records wait in it, and its daemon does not run/,
  )
  assert.match(
    look({ closed: { isSound: false, reason: 'x', records: 0 } }),
    /^wrong \/s: it is damaged: x -> sluice spool recover \/s$/,
  )
  assert.match(look({}), /^unknown/)
})

test('a process: not ready, short of descriptors, gone', () => {
  const facts = { name: 'a', pid: 1, waiting: [], open: 50, limit: 1024, connections: 0 }
  const look = (some: object) => said(checkProcess({ ...facts, ...some })).join('\n')
  assert.equal(look({}), '')
  assert.match(look({ waiting: ['x: nobody'] }), /^warning a: it is not ready: x: nobody$/)
  assert.match(look({ open: 900 }), /^wrong a: it has 900 of 1024 file descriptors open -> LimitNOFILE=65536/)
  assert.match(look({ connections: 1000 }), /^warning a: it may have 1000 connections, and only 1024 file/)
  assert.equal(look({ open: undefined, limit: undefined, connections: 1000 }), '')
  assert.deepEqual(leftBehind([]), [])
  assert.match(
    said(leftBehind(['/a', '/b']))[0]!,
    /^warning \/a: nobody listens at it any more, nor at 1 more.* -> rm \/a \/b$/,
  )
})

test('what is wrong comes first, with what to type; the exit code says how bad it is', () => {
  const finding = (level: Level, what: string, fix?: string) => ({
    level,
    check: 'ports',
    about: 'a',
    what,
    ...(fix && { fix }),
  })
  const plain = (_colour: string, text: string) => text
  const all = [
    finding('well', 'x'),
    finding('unknown', 'z'),
    finding('warning', 'y'),
    finding('wrong', 'b\u001b[2J', 'type this'),
  ]
  assert.deepEqual(layOut(all, ['a (pid 1)'], plain), [
    'wrong    ports  a: b?[2J',
    '         fix: type this',
    'warning  ports  a: y',
    'unknown  ports  a: z',
    'well     ports  a: x',
    '',
    '1 thing is wrong, 1 warning, 1 thing cannot be told; looked at a (pid 1)',
  ])
  assert.deepEqual(layOut([], [], plain), ['all is well; no daemon runs or is described here'])
  assert.deepEqual(
    [all, all.slice(0, 3), all.slice(0, 2), all.slice(0, 1), []].map(exitCodeOf),
    [1, 2, 2, 0, 0],
  )
})

test('what is to be typed is quoted: paths are what others have made', () => {
  const words = ['/etc/a-b_1.pem', 'tcp://[::1]:1', '/a b;rm -rf /', "it's", '$(x)']
  const typed = ['/etc/a-b_1.pem', "'tcp://[::1]:1'", "'/a b;rm -rf /'", `'it'\\''s'`, "'$(x)'"]
  assert.deepEqual(words.map(quoted), typed)
})
