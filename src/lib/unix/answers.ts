import { connect } from 'node:net'
import { codeOf } from '../errors.ts'

/** Whether somebody listens at a path, or `@name`; also one whom we may not connect to, and where that cannot be told. */
export async function mayAnswer(path: string): Promise<boolean> {
  // Nobody there, or nobody any more; anything else (no permission, a full queue) is somebody.
  return !['ECONNREFUSED', 'ENOENT'].includes(await askAt(path))
}

/** Whether it is sure that somebody does: a path that is too long, or in a folder that is none, is nobody's. */
export async function answers(path: string): Promise<boolean> {
  return ['', 'EAGAIN'].includes(await askAt(path))
}

/** The code of the error; empty where somebody has answered. */
function askAt(path: string): Promise<string> {
  return new Promise(settle => {
    const probe = connect({ path: path.startsWith('@') ? `\0${path.slice(1)}` : path })
    probe.once('connect', () => {
      probe.destroy()
      settle('')
    })
    probe.once('error', error => settle(codeOf(error) ?? 'UNKNOWN'))
  })
}
