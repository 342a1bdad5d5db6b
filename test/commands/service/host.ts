import type { Host } from '../../../src/commands/service/host.ts'
import { loadDaemon } from '../../../src/lib/registry.ts'
import { readFlags } from '../../../src/lib/service/defaults.ts'
import { type Service, type Supervisor, serviceFor } from '../../../src/lib/service/service.ts'

/** A host with these files, on which these units are active; all are enabled. */
export function hostWith(files: { readonly [path: string]: string }, active: readonly string[] = []): Host {
  return {
    read: path => files[path],
    list: folder =>
      Object.keys(files).flatMap(path =>
        path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : [],
      ),
    exists: path => Object.keys(files).some(file => file === path || file.startsWith(`${path}/`)),
    isActive: unit => active.includes(unit),
    isEnabled: () => true,
  }
}

export async function serviceOf(
  word: string,
  name: string,
  flags: readonly string[],
  supervisor: Supervisor = 'systemd',
): Promise<Service> {
  const daemon = await loadDaemon(word)
  const given = readFlags(word, daemon, flags)
  const program = { command: (word: string) => ['/opt/node', word], environment: [], home: [] }
  const comment = ['Written by sluice service install']
  return serviceFor({ word, kind: word, name, daemon, given, program, comment, supervisor })
}
