// RELP goes in, one record a message comes out: {"@meta": {id, received, peer}, "message": text}. A message is answered when its
// record is safe.
import { aborted, atMostEvery, hostPort, repeatable, source } from '../lib/index.ts'
import { openTcpServer } from '../lib/tcp/open.ts'
import { tcpOptions } from '../lib/tcp/options.ts'
import { tcpCounters } from '../lib/tcp/server.ts'
import { Intake } from '../lib/text/intake.ts'
import { oversizeCounter, oversizeOption, TextRecords } from '../lib/text/oversize.ts'
import { Unfinished } from '../lib/text/unfinished.ts'
import { checkTls, tlsOptions } from '../lib/tls/options.ts'
import { Session } from './relp/session.ts'

/** Milliseconds in which a broken connection is told of once. */
const WARN_EVERY = 10_000

/** Milliseconds between two looks for clients that have gone while there was no room: librelp does after 90 s. */
const LOOK_EVERY = 5_000

export default source({
  summary: 'Receive syslog over RELP, and answer what is safe',
  examples: [
    'sluice-relp --listen :2514 --spool /var/lib/sluice \\\n    --push-connect ack+tcp://127.0.0.1:7000',
    '# TLS, from those alone who have a certificate of our authority',
    'sluice-relp --listen :2514 --tls-cert host.pem --tls-key host.key \\\n    --tls-client-ca ca.pem --push-connect ack+tcp://127.0.0.1:7000',
  ],
  options: {
    listen: repeatable(
      hostPort('Receive here; :2514 is all addresses; systemd: what it hands over', '127.0.0.1:2514'),
    ),
    ...tlsOptions,
    ...tcpOptions,
    oversize: oversizeOption,
  },
  answers: true,
  check: options => checkTls(options),
  counters: {
    ...tcpCounters,
    ...oversizeCounter,
    answered: 'Messages whose senders were told that they are safe',
    empty: 'Messages without a byte in them; answered, and skipped',
    broken: 'Connections that were ended for what they sent',
  },
  service: { flags: ['--listen', ':2514'], next: 'syslog-json', spool: true, sockets: { listen: 'stream' } },
  async open(options, context) {
    const { oversize } = options
    const server = await openTcpServer(options, context, { plain: 'relp', tls: 'relp+tls' })
    return async feed => {
      const intake = new Intake(feed, room => server.wait(room))
      const unfinished = new Unfinished(context)
      const sessions = new Set<Session>()
      const mayWarn = atMostEvery(WARN_EVERY)
      server.start((meta, socket) => {
        const session = new Session({
          socket,
          texts: new TextRecords({ context, oversize, meta }),
          take: (records, accepted) => intake.add(records, accepted),
          held(bytes) {
            unfinished.note(session, bytes, () => {
              context.count('broken')
              socket.destroy()
            })
          },
          broken(why) {
            context.count('broken')
            if (mayWarn()) context.log.warn({ ...meta }, `a connection was ended: this is no RELP: ${why}`)
          },
          answered: messages => context.count('answered', messages),
          empty: () => context.count('empty'),
          closed() {
            unfinished.forget(session)
            sessions.delete(session)
          },
        })
        sessions.add(session)
        return session
      })
      const looking = setInterval(() => server.endGone(), LOOK_EVERY)
      await aborted(feed.signal)
      clearInterval(looking)
      server.close()
      // Each one goes when all that it has sent is answered. Who is not, for want of time, sends it again to whoever comes next.
      for (const session of sessions) session.leave()
      const gone = Promise.all(sessions.values().map(session => session.gone))
      await Promise.race([gone, aborted(context.signal)])
      await server.end()
    }
  },
})
