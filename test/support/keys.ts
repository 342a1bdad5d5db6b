import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createKeyPair, formatKeyFile, type KeyPair } from '../../src/lib/curve/key-file.ts'

/** Keys of several owners in one folder, each in the files that `sluice keygen` writes; and who is allowed. */
export class Keys {
  readonly folder: string
  readonly #pairs = new Map<string, KeyPair>()

  constructor(t: TestContext, ...names: string[]) {
    this.folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'))
    t.after(() => rmSync(this.folder, { recursive: true, force: true }))
    for (const name of names) {
      const pair = createKeyPair()
      this.#pairs.set(name, pair)
      writeFileSync(this.of(name), formatKeyFile(name, pair), { mode: 0o600 })
      writeFileSync(this.publicOf(name), formatKeyFile(name, { publicKey: pair.publicKey }))
    }
    this.allow()
  }

  get allowed(): string {
    return join(this.folder, 'allowed')
  }

  /** From now on only these may come in; `web1 relay` speaks for others. */
  allow(...lines: string[]): void {
    const all = lines.map(line => `${this.pair(line.split(' ')[0]!).publicKey} ${line}\n`)
    writeFileSync(this.allowed, all.join(''))
  }

  pair(name: string): KeyPair {
    return this.#pairs.get(name)!
  }

  of(name: string): string {
    return join(this.folder, name)
  }

  publicOf(name: string): string {
    return join(this.folder, `${name}.pub`)
  }

  /** Flags of one who is bound, and of one who connects. */
  bound(name: string): string[] {
    return ['--curve-key', this.of(name), '--curve-allow', this.allowed]
  }

  dialling(name: string, server: string): string[] {
    return ['--curve-key', this.of(name), '--curve-server', this.publicOf(server)]
  }
}
