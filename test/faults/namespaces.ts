// Two hosts on one: network namespaces that a cable joins, which can be cut.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { root } from '../support/process.ts'
import { Service } from './service.ts'

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' })

/** One end of the cable. */
export class Host {
  readonly name: string
  readonly address: string

  constructor(name: string, address: string) {
    this.name = name
    this.address = address
  }

  /** A daemon on this host. */
  service(t: TestContext, program: string, args: readonly string[]): Service {
    const command = ['ip', 'netns', 'exec', this.name, join(root, 'bin', program), ...args]
    return new Service(t, '/usr/bin/env', command)
  }
}

export class Namespaces {
  readonly left: Host
  readonly right: Host

  private constructor(left: Host, right: Host) {
    this.left = left
    this.right = right
  }

  /** Gone after the test. Throws where one is not root, or has no iproute2. */
  static async open(t: TestContext): Promise<Namespaces> {
    const left = new Host(`sluice-${process.pid}-left`, '10.231.7.1')
    const right = new Host(`sluice-${process.pid}-right`, '10.231.7.2')
    try {
      for (const { name } of [left, right]) {
        ip('netns', 'add', name)
        t.after(() => ip('netns', 'delete', name))
      }
      ip(
        'link',
        'add',
        'cable',
        'netns',
        left.name,
        'type',
        'veth',
        'peer',
        'name',
        'cable',
        'netns',
        right.name,
      )
      for (const { name, address } of [left, right]) {
        ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'cable')
        ip('-n', name, 'link', 'set', 'cable', 'up')
        ip('-n', name, 'link', 'set', 'lo', 'up')
      }
    } catch (error) {
      throw new Error(`no network namespaces: ${(error as Error).message}`)
    }
    return new Namespaces(left, right)
  }

  cut(): void {
    ip('-n', this.left.name, 'link', 'set', 'cable', 'down')
  }

  restore(): void {
    ip('-n', this.left.name, 'link', 'set', 'cable', 'up')
  }
}
