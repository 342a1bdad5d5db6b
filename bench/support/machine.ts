// On what it was measured.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from './folder.ts'

/** The version of the Elasticsearch that the sink is measured against. */
export const ELASTICSEARCH = '8.19.0'

export function machine(): { [name: string]: string } {
  return {
    CPU: `${cpus()[0]?.model.trim()}, ${cpus().length} cores`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    kernel: `Linux ${release()}`,
    'load before': loadavg()
      .map(load => load.toFixed(2))
      .join(' '),
    'net.core.rmem_max': sysctl('net/core/rmem_max'),
    node: process.versions.node,
    v8: process.versions.v8,
    zeromq: versionOf('zeromq'),
    '@elastic/elasticsearch': versionOf('@elastic/elasticsearch'),
    Elasticsearch: ELASTICSEARCH,
    sluice: `${versionOf('')}, commit ${commit()}`,
  }
}

function sysctl(path: string): string {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

function versionOf(module: string): string {
  const folder = module ? join(root, 'node_modules', module) : root
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', 'src') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes in src' : ''}`
  } catch {
    return 'unknown'
  }
}
