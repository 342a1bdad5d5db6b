// A Python with pyzmq and msgpack: the other end of an interoperability test, which shares none of our code.
import { join } from 'node:path'
import { installed, run } from './support.ts'

/** The path of a Python interpreter that can `import zmq, msgpack`. */
export async function pythonWithZmq(): Promise<string> {
  const directory = await installed('python-zmq-msgpack', async directory => {
    await run('python3', ['-m', 'venv', directory])
    // Not bin/pip, nor any other script in it: they name the path before the folder is renamed.
    await run(join(directory, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', 'pyzmq', 'msgpack'])
  })
  return join(directory, 'bin', 'python')
}
