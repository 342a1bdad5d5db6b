import { connect } from 'node:net'
import { codeOf } from '../errors.ts'

/** Whether somebody listens at a path, or `@name`; also one whom we may not connect to. */
export function answers(path: string): Promise<boolean> {
  return new Promise(settle => {
    const probe = connect({ path: path.startsWith('@') ? `\0${path.slice(1)}` : path })
    probe.once('connect', () => {
      probe.destroy()
      settle(true)
    })
    // Nobody there, or nobody any more; anything else (no permission, a full queue) is somebody.
    probe.once('error', error => settle(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')))
  })
}
