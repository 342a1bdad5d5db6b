// What every daemon must do, whatever it does. The folder is the list.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { markOf, type Options } from '../../src/lib/options.ts'
import { processOptions } from '../../src/lib/process/options.ts'
import { loadDaemon, namesIn } from '../../src/lib/registry.ts'
import { optionsOf } from '../../src/lib/stage/options.ts'
import { root, Sluice } from '../support/process.ts'

// A port on which nothing answers: what a daemon connects to need not be there.
const NOWHERE = 'tcp://127.0.0.1:1'

/** Flags with which a daemon runs although nothing is around it. */
function flagsFor(shape: 'source' | 'filter' | 'sink', options: object): string[] {
  return [
    ...(shape === 'source' ? [] : ['--pull-connect', NOWHERE]),
    ...(shape === 'sink' ? [] : ['--push-connect', NOWHERE]),
    ...('to' in options ? ['--to', `* => ${NOWHERE}`] : []),
    ...('do' in options ? ['--do', 'keep *'] : []),
    // In its own folder; without it, that would be /dev/log.
    ...('datagram' in options
      ? ['--datagram', 'contract']
      : 'listen' in options
        ? ['--listen', '127.0.0.1:0']
        : []),
    // Its own folder is one without journals.
    ...('journalctl' in options
      ? ['--directory', '.']
      : 'file' in options
        ? ['--file', '/nowhere/*.log']
        : []),
    // In its first round it has none of these.
    ...('interfaces' in options ? ['--only', 'cpu', '--every', '1h'] : []),
    ...('http' in options ? ['--http', '127.0.0.1:0'] : []),
  ]
}

/** What stands behind the flags of a daemon that runs a program. */
const wordsFor = (options: Options) => ('command' in options ? ['--', 'cat'] : [])

for (const name of namesIn('daemons')) {
  describe(`sluice-${name}`, { concurrency: true }, async () => {
    const daemon = await loadDaemon(name)
    const flags = flagsFor(daemon.shape, daemon.options ?? {})
    const program = `sluice-${name}`
    const words = wordsFor(daemon.options ?? {})

    test('has a summary and a test', () => {
      assert.match(daemon.summary, /^[A-Z].{10,70}[^.]$/)
      assert.ok(existsSync(join(root, `test/daemons/${name}.test.ts`)))
    })

    test('has no option of the name of a common one', () => {
      const { own, links, buffer } = optionsOf(daemon)
      for (const key of Object.keys(own)) assert.ok(!(key in { ...links, ...buffer, ...processOptions }), key)
    })

    test('--help names every option, within 80 columns', async t => {
      const run = new Sluice(t, program, ['--help'])
      assert.equal(await run.exited, 0)
      const { own, links, buffer } = optionsOf(daemon)
      for (const [key, option] of Object.entries({ ...own, ...links, ...buffer }))
        assert.ok(run.stdout.includes(markOf(key, option)), key)
      const wide = run.stdout.split('\n').filter(line => line.length > 80)
      assert.deepEqual(wide, [])
    })

    test('--version is that of the package', async t => {
      const run = new Sluice(t, program, ['--version'])
      assert.equal(await run.exited, 0)
      assert.match(run.stdout, /^\d+\.\d+\.\d+\n$/)
    })

    test('an unknown flag is misuse, with a suggestion', async t => {
      const run = new Sluice(t, program, [...flags, '--bufer', '1MiB', ...words])
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, /^sluice-.*unknown option '--bufer' \(Did you mean --buffer\?\)/)
      assert.equal(run.stderr.split('\n').length, 2, 'one line')
    })

    test('a bad unit is misuse that names the flag', async t => {
      const run = new Sluice(t, program, [...flags, '--batch-delay', '5', ...words])
      assert.equal(await run.exited, 64)
      assert.match(run.stderr, /--batch-delay: "5" is not a time; write for example 500ms/)
    })

    test('no endpoint under systemd is misuse that names the flag', async t => {
      const run = new Sluice(t, program, [...flags.slice(2), ...words], {
        stdin: 'ignore',
        env: { JOURNAL_STREAM: '1:1' },
      })
      if (daemon.shape === 'source') {
        // Its standard output is a pipe here, and a good place.
        await run.ready()
        assert.equal(await run.stop(), 0)
      } else {
        assert.equal(await run.exited, 64)
        assert.match(run.stderr, /give --pull-bind or --pull-connect ENDPOINT/)
      }
    })

    test('an admin face that others could reach is misuse', async t => {
      const run = new Sluice(t, program, [...flags, '--admin', '0.0.0.0:0', '--check', ...words])
      assert.equal(await run.exited, 64)
      assert.match(
        run.stderr,
        /--admin 0\.0\.0\.0:0: everybody could come in; give --admin-token-file, --admin-tls-cert and --admin-tls-key/,
      )
    })

    test('--check validates and exits', async t => {
      const run = new Sluice(t, program, [...flags, '--check', ...words])
      assert.equal(await run.exited, 0)
      assert.match(run.stdout, /options are valid/)
      // In a hook or before a start there may be nothing that records come from.
      const alone = new Sluice(t, program, [...flags.slice(2), '--check', ...words], {
        env: { JOURNAL_STREAM: '1:1' },
      })
      assert.equal(await alone.exited, 0, alone.stderr)
    })

    test('says it lives, shows its books, and stops on SIGTERM with 0', async t => {
      const run = new Sluice(t, program, [
        ...flags,
        ...['--name', `contract-${name}`, '--admin', '127.0.0.1:0'],
        ...words,
      ])
      const face = (await run.faces()).find(address => address.startsWith('http'))!
      assert.equal((await fetch(`${face}/healthz`)).status, 200)
      await run.untilStatus('its stage', ({ stages }) => stages.length === 1)
      assert.match(
        await (await fetch(`${face}/metrics`)).text(),
        /^sluice_records_in_total\{stage="contract-/m,
      )
      const status = (await (await fetch(`${face}/status`)).json()) as { stages: { books: object }[] }
      assert.deepEqual(status.stages[0]!.books, { in: 0, held: 0, balanced: true })
      assert.equal(await run.stop(), 0)
    })

    test('a second one of the same name is refused, and the first goes on', async t => {
      const args = [...flags, '--name', `twice-${name}`, ...words]
      const first = new Sluice(t, program, args)
      await first.faces()
      // The same folder, however it is written.
      const second = new Sluice(t, program, args, { env: { RUNTIME_DIRECTORY: `${first.folder}/./` } })
      assert.equal(await second.exited, 70)
      assert.match(second.stderr, /a daemon of this name is running/)
      assert.equal(first.child.exitCode, null)
      assert.equal(await first.stop(), 0)
    })
  })
}
