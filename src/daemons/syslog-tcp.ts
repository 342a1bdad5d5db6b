// Connections go in, one record a syslog message comes out: {"@meta": {id, received, peer}, "message": text}.
import { aborted, hostPort, repeatable, source } from '../lib/index.ts'
import { SyslogFraming } from '../lib/syslog/framing.ts'
import { tcpOptions } from '../lib/tcp/options.ts'
import { TcpServer, tcpCounters } from '../lib/tcp/server.ts'
import { textConversation, unfinishedCounter } from '../lib/tcp/text-conversation.ts'
import { Intake } from '../lib/text/intake.ts'
import { oversizeCounter, oversizeOption, TextRecords } from '../lib/text/oversize.ts'
import { Unfinished } from '../lib/text/unfinished.ts'
import { renewTls } from '../lib/tls/renew.ts'
import { checkTls, readTlsFiles, tlsOptions } from '../lib/tls.ts'

export default source({
  summary: 'Receive syslog over TCP and TLS',
  examples: [
    'sluice-syslog-tcp --listen :601 --push-connect ipc:///run/sluice/syslog.ipc',
    '# TLS (RFC 5425), from those alone who have a certificate of our authority',
    'sluice-syslog-tcp --listen :6514 --tls-cert host.pem --tls-key host.key \\\n    --tls-client-ca ca.pem --push-connect ipc:///run/sluice/syslog.ipc',
  ],
  options: {
    listen: repeatable(hostPort('Receive here; :601 is all addresses, IPv4 and IPv6', '127.0.0.1:5514')),
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
  async open(options, context) {
    const { listen, maxConnections, idleTimeout, oversize, tlsClientName } = options
    const server = new TcpServer({
      most: maxConnections,
      idle: idleTimeout,
      pem: readTlsFiles(options),
      names: tlsClientName,
      log: context.log,
      count: counter => context.count(counter),
    })
    context.defer(() => server.end())
    const scheme = options.tlsCert ? 'tls' : 'tcp'
    for (const address of listen) context.listening(`${scheme}://${await server.listen(address)}`)
    renewTls(options, server, context)
    return async feed => {
      const intake = new Intake(feed, room => server.wait(room))
      const unfinished = new Unfinished()
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
