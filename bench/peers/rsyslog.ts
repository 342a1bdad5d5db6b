// rsyslog: imudp into a queue in memory, whose workers parse and write bulk requests.
import { join } from 'node:path'
import { installRsyslog, startRsyslog } from '../../test/servers/rsyslog.ts'
import { run } from '../../test/servers/support.ts'
import { family } from '../support/proc.ts'
import { RECEIVE_BUFFER, type Shipper, sourceOf, type Where } from './shipper.ts'
import { receiveBufferOf } from './support/sockets.ts'

/** A message as JSON, in the names that Sluice uses. */
export const DOCUMENT = `template(name="document" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="syslog_priority" name="pri" format="jsonf" datatype="number")
  property(outname="syslog_facility" name="syslogfacility-text" format="jsonf")
  property(outname="syslog_severity" name="syslogseverity-text" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="syslog_program" name="programname" format="jsonf")
  property(outname="syslog_pid" name="procid" format="jsonf")
  property(outname="message" name="msg" position.from="2" format="jsonf")
}`

/** Reads up to 128 datagrams a system call, and the clock only now and then. */
export function input(port: number, ruleset: string): string {
  return `module(load="imudp" batchSize="128" timeRequery="8")
input(type="imudp" address="127.0.0.1" port="${port}" rcvbufSize="${RECEIVE_BUFFER}" ruleset="${ruleset}")`
}

// One queue only, that of the ruleset: an action with a queue of its own would copy each message once more. The
// smallest batch makes it wait up to a second for a large bulk request, as all the others here do.
const config = ({ port, url, index, folder }: Where) => `module(load="omelasticsearch")
${DOCUMENT}
ruleset(name="ship" queue.type="LinkedList" queue.size="2000000" queue.dequeueBatchSize="5000"
        queue.minDequeueBatchSize="2000" queue.minDequeueBatchSize.timeout="1000"
        queue.workerThreads="2" queue.workerThreadMinimumMessages="20000") {
  action(type="omelasticsearch" server="127.0.0.1" serverport="${new URL(url).port}" bulkmode="on" maxbytes="10m"
         searchIndex="${index}" searchType="" template="document" errorFile="${join(folder, 'errors')}"
         action.resumeRetryCount="-1" action.resumeInterval="1")
}
${input(port, 'ship')}`

export const rsyslog: Shipper = {
  name: 'rsyslog',
  source: sourceOf(import.meta.filename),
  async version() {
    const { rsyslogd, libraries } = await installRsyslog()
    const answer = await run(rsyslogd, ['-v'], { env: { LD_LIBRARY_PATH: libraries } })
    return /^rsyslogd\s+(\S+)/.exec(answer)?.[1] ?? 'of unknown version'
  },
  async start(where) {
    const { pid, stop } = await startRsyslog(config(where))
    return { pids: () => family(pid), bufferGranted: await receiveBufferOf(where.port), stop }
  },
}
