// What programs of this host send to unix sockets such as /dev/log goes in, one record a syslog message comes out, with who
// sent it: {"@meta": {id, received}, "message": text, "host", "sender_pid", "sender_uid", "sender_gid"}.
import { hostname } from 'node:os'
import { aborted, Fatal, source, text } from '../lib/index.ts'
import { loadLinux } from '../lib/linux.ts'
import { tcpOptions } from '../lib/tcp/options.ts'
import { TcpServer, tcpCounters } from '../lib/tcp/server.ts'
import { unfinishedCounter } from '../lib/tcp/text-conversation.ts'
import { Intake } from '../lib/text/intake.ts'
import { oversizeCounter, oversizeOption } from '../lib/text/oversize.ts'
import { Unfinished } from '../lib/text/unfinished.ts'
import { DatagramRecords } from './syslog-unix/datagram-records.ts'
import { fileMode, handedOver, sockets } from './syslog-unix/options.ts'
import { noteQueue, openSockets } from './syslog-unix/sockets.ts'
import { converse } from './syslog-unix/stream-conversation.ts'

export default source({
  summary: 'Receive syslog of this host, with who sent it',
  examples: [
    'sluice-syslog-unix --push-connect ipc:///run/sluice/syslog.ipc',
    '# Beside systemd-journald, with ForwardToSyslog=yes in its journald.conf',
    'sluice-syslog-unix --datagram /run/systemd/journal/syslog \\\n    --push-connect ipc:///run/sluice/syslog.ipc',
  ],
  options: {
    listen: handedOver(
      'Receive at the sockets that systemd hands over, of both kinds; systemd:NAME, of that name',
    ),
    datagram: sockets('Receive datagrams at this path, or @name; without any other socket: /dev/log'),
    stream: sockets('Receive connections at this path, or @name'),
    socketMode: fileMode('Who may write to the sockets', '0666'),
    socketOwner: text('Whose the sockets are: USER, USER:GROUP or :GROUP', undefined, 'owner'),
    host: text("Name of this host in each record; '' for none (default: the system's)", undefined, 'name'),
    ...tcpOptions,
    oversize: oversizeOption,
  },
  counters: {
    ...tcpCounters,
    ...oversizeCounter,
    empty: 'Datagrams without a byte in them; skipped',
    truncated: 'Datagrams that were longer than any that is sent without asking the kernel for more',
    ...unfinishedCounter,
  },
  // A log that waits for its server makes the host wait: nobody can log in any more to mend it.
  whenFull: 'drop-newest',
  mayBlock: true,
  service: {
    flags: ['--datagram', '/run/systemd/journal/syslog'],
    next: 'syslog-json',
    spool: true,
    sockets: { datagram: 'datagram', stream: 'stream' },
    takes: 'listen',
    // Whoever is not in its user namespace would be nobody.
    users: true,
    kernel: true,
  },
  async open(options, context) {
    const { oversize } = options
    const linux = await loadLinux()
    if (!linux) throw new Fatal('unix sockets are read on Linux alone, on x64, arm64, riscv64 and loong64')
    const server = new TcpServer({
      ...{ most: options.maxConnections, idle: options.idleTimeout },
      ...{ log: context.log, signal: context.signal },
      count: counter => context.count(counter),
    })
    const receivers = await openSockets(linux, options, server, context)
    context.defer(() => server.end())
    if (receivers.length > 0) await noteQueue(context)
    const host = options.host ?? hostname()
    const fields = host === '' ? {} : { host }
    return async feed => {
      const intake = new Intake(feed, room => {
        server.wait(room)
        for (const receiver of receivers) receiver.wait(room)
      })
      const records = new DatagramRecords(context, oversize, fields)
      for (const receiver of receivers) receiver.start(received => intake.add(records.from(received)))
      const unfinished = new Unfinished(context)
      server.start((_peer, socket) =>
        converse(socket, { context, linux, oversize, fields, intake, unfinished }),
      )
      await aborted(feed.signal)
      for (const receiver of receivers) receiver.close()
      await server.end()
      intake.flush()
    }
  },
})
