// Connections go in, one record a syslog message comes out: {"@meta": {id, received, peer}, "message": text}.
import { aborted, hostPort, repeatable, source } from '../lib/index.ts'
import { SyslogFraming } from '../lib/syslog/framing.ts'
import { openTcpServer } from '../lib/tcp/open.ts'
import { tcpOptions } from '../lib/tcp/options.ts'
import { tcpCounters } from '../lib/tcp/server.ts'
import { textConversation, unfinishedCounter } from '../lib/tcp/text-conversation.ts'
import { Intake } from '../lib/text/intake.ts'
import { oversizeCounter, oversizeOption, TextRecords } from '../lib/text/oversize.ts'
import { Unfinished } from '../lib/text/unfinished.ts'
import { checkTls, tlsOptions } from '../lib/tls/options.ts'

export default source({
  summary: 'Receive syslog over TCP and TLS',
  examples: [
    'sluice-syslog-tcp --listen :601 --push-connect ipc:///run/sluice/syslog.ipc',
    '# TLS (RFC 5425), from those alone who have a certificate of our authority',
    'sluice-syslog-tcp --listen :6514 --tls-cert host.pem --tls-key host.key \\\n    --tls-client-ca ca.pem --push-connect ipc:///run/sluice/syslog.ipc',
  ],
  options: {
    listen: repeatable(
      hostPort('Receive here; :601 is all addresses; systemd: what it hands over', '127.0.0.1:5514'),
    ),
    ...tlsOptions,
    ...tcpOptions,
    oversize: oversizeOption,
  },
  check: options => checkTls(options),
  counters: {
    ...tcpCounters,
    ...oversizeCounter,
    ...unfinishedCounter,
  },
  service: {
    flags: ['--listen', ':514', '--listen', ':601'],
    next: 'syslog-json',
    spool: true,
    sockets: { listen: 'stream' },
  },
  async open(options, context) {
    const { oversize } = options
    const server = await openTcpServer(options, context, { plain: 'tcp', tls: 'tls' })
    return async feed => {
      const intake = new Intake(feed, room => server.wait(room))
      const unfinished = new Unfinished(context)
      server.start((meta, socket) => {
        const texts = new TextRecords({ context, oversize, meta })
        const framing = new SyslogFraming(texts.most, texts.piece)
        return textConversation(socket, { context, framing, texts, intake, unfinished })
      })
      await aborted(feed.signal)
      await server.end()
      intake.flush()
    }
  },
})
