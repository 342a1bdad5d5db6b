// Files and named pipes go in, one record a line comes out: {"@meta": {id, received}, "message": line, "file": path, "host": name}.
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import {
  bytes,
  checked,
  choice,
  duration,
  flag,
  integer,
  Misuse,
  path,
  repeatable,
  source,
  text,
} from '../lib/index.ts'
import { oversizeCounter, oversizeOption } from '../lib/text/oversize.ts'
import { Fifo } from './tail/fifo.ts'
import { readFifos } from './tail/fifos.ts'
import { segmentsOf } from './tail/glob.ts'

export default source({
  summary: 'Follow files and named pipes, line by line',
  examples: [
    "sluice-tail --file '/var/log/nginx/*.log' --file /var/log/app.log \\\n    --push-connect ack+tcp://store.example:7000",
    '# from rsyslog: *.* action(type="omfile" file="/run/sluice/logs")',
    'sluice-tail --fifo /run/sluice/logs --push-connect ipc:///run/sluice/logs.ipc',
    '# all that is there, then end',
    "sluice-tail --once --file '/var/log/app.log*' --push-connect file:///tmp/app",
  ],
  options: {
    file: repeatable(
      checked(text('Follow the files that match; ** is any number of folders', undefined, 'glob'), glob =>
        segmentsOf(resolve(glob ?? '')),
      ),
    ),
    exclude: repeatable(
      text('Not these; without a slash by their names alone, else by paths', undefined, 'glob'),
    ),
    from: choice(
      'Where to begin, at the very first start, with what is there',
      ['beginning', 'end'],
      'beginning',
    ),
    once: flag('Read to the end of everything, then end'),
    fifo: repeatable(path('Read this named pipe; it is made when it is not there', 'write')),
    fifoMode: checked(text('Permissions of a pipe that is made', '0620', 'mode'), checkMode),
    fifoOwner: text('Its owner, as in chown: user, user:group or :group', undefined, 'owner'),
    fifoWindow: bytes('Read so far ahead of what is accepted; kill -9 loses that much', '256KiB'),
    oversize: oversizeOption,
    host: text("Name of this host in each record; '' for none (default: the system's)", undefined, 'name'),
    lookEvery: checked(duration('Look so often whether files have grown', '250ms'), notZero),
    scanEvery: checked(duration('Look so often for new files', '2s'), notZero),
    followRotated: duration('Follow a file that was renamed or deleted until quiet for so long', '5m'),
    forgetAfter: duration('Forget how far a file was read when it has been gone for so long', '7d'),
    openFiles: integer('Files that are kept open at most', '512', { min: 1 }),
  },
  counters: {
    ...oversizeCounter,
    files: 'Files that were found',
    rotated: 'Files that were renamed or deleted while they were followed',
    truncated: 'Files that were not any more what had been read of them',
    unreadable: 'Files and folders that could not be read',
  },
  keepsPlace: true,
  check({ file, fifo, once }) {
    if (file.length + fifo.length === 0) throw new Misuse('nothing to read: give --file GLOB or --fifo PATH')
    if (once && fifo.length > 0)
      throw new Misuse('--once: a named pipe has no end; leave --once or --fifo away')
  },
  // The group that may read logs, in Debian.
  service: { flags: ['--file', '/var/log/*.log'], next: 'syslog-json', groups: ['adm'] },
  async open(options, context) {
    const { host = hostname(), fifo, fifoMode: mode, fifoOwner: owner } = options
    const fields = (file: string) => (host === '' ? { file } : { file, host })
    const fifos: Fifo[] = []
    for (const path of fifo) {
      const opened = await Fifo.open({ path: resolve(path), mode, owner })
      context.listening(`fifo://${opened.path}`)
      fifos.push(opened)
    }
    return async feed => {
      const follow = options.file.length > 0 ? (await import('./tail/follow.ts')).follow : undefined
      await Promise.all([
        readFifos(fifos, { ...options, mode, owner, fields }, context, feed),
        follow?.({ ...options, fields }, context, feed),
      ])
    }
  },
})

function checkMode(mode: string): void {
  if (!/^[0-7]{3,4}$/.test(mode)) throw new RangeError(`"${mode}" is not a mode; write for example 0620`)
}

function notZero(time: number): void {
  if (time < 10) throw new RangeError('at least 10ms')
}
