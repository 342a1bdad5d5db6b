// The names that the fields of a message get, one function a schema.

import { type Extras, PARSE_ERRORS, type SyslogMessage } from './message.ts'
import { FACILITIES, SEVERITIES } from './priority.ts'

export type Fields = Record<string, unknown>

/** Writes the fields of a message onto `target`, behind what it has. What was not sent gets no field. */
export type Schema = (target: Fields, message: SyslogMessage, time: string) => void

export const SCHEMAS = { classic, ecs } satisfies Record<string, Schema>
export type SchemaName = keyof typeof SCHEMAS

/** Flat names, as they are known from rsyslog and Logstash. */
function classic(target: Fields, message: SyslogMessage, time: string): void {
  const { timestamp, priority, hostname, appName, procId, msgId, structuredData, extras, error } = message
  target['@timestamp'] = time
  if (timestamp !== undefined) target.timestamp = timestamp
  if (priority !== undefined) {
    target.syslog_priority = priority
    target.syslog_facility = FACILITIES[priority >> 3]
    target.syslog_severity = SEVERITIES[priority & 7]
  }
  if (hostname !== undefined) target.host = hostname
  if (appName !== undefined) target.syslog_program = appName
  if (procId !== undefined) target.syslog_pid = procId
  if (msgId !== undefined) target.syslog_msgid = msgId
  if (structuredData !== undefined) target.structured_data = structuredData
  if (extras !== undefined) classicExtras(target, extras)
  target.message = message.content
  if (error !== undefined) target.parse_error = error
}

function classicExtras(target: Fields, extras: Extras): void {
  const { counter, sequence, clock, uptime, node, task, level, repeated, relay } = extras
  if (counter !== undefined) target.syslog_counter = counter
  if (sequence !== undefined) target.syslog_sequence = sequence
  if (clock !== undefined) target.syslog_clock = clock
  if (uptime !== undefined) target.syslog_uptime = uptime
  if (node !== undefined) target.syslog_node = node
  if (task !== undefined) target.syslog_task = task
  if (level !== undefined) target.syslog_level = level
  if (repeated !== undefined) target.syslog_repeated = repeated
  if (relay?.hostname !== undefined) target.syslog_relay = relay.hostname
  if (relay?.timestamp !== undefined) target.syslog_relay_timestamp = relay.timestamp
  if (relay?.priority !== undefined) target.syslog_relay_priority = relay.priority
}

/**
 * The Elastic Common Schema, https://www.elastic.co/docs/reference/ecs, as nested objects.
 *
 * - Under `log.syslog` is what syslog alone has; `host` and `process` are what all sources have.
 * - `process.pid` is a long there: only a PROCID of digits becomes one.
 * - The word of a fault is `error.type`, the sentence `error.message`.
 * - TIMESTAMP as it was sent has no name in ECS.
 * - What only some senders say has ECS's names where it has some (`event.sequence`, `host.uptime`, `log.level`,
 *   `process.thread.name`), else it is under `log.syslog`. ECS has one number for the order of events: that of the device, or the counter.
 * - The `host` that a source has written, since messages of its own host have none, is a text in no schema of its own.
 */
function ecs(target: Fields, message: SyslogMessage, time: string): void {
  const { hostname, extras, error } = message
  target['@timestamp'] = time
  const syslog = ecsSyslog(message)
  if (!isEmpty(syslog)) target.log = { syslog }
  const host = hostname ?? target.host
  if (typeof host === 'string') target.host = { hostname: host, name: host }
  if (extras !== undefined) ecsExtras(target, syslog, extras)
  const process = ecsProcess(message)
  if (!isEmpty(process)) target.process = process
  target.message = message.content
  if (error !== undefined) target.error = { type: error, message: PARSE_ERRORS[error] }
}

function ecsSyslog(message: SyslogMessage): Fields {
  const { priority, version, hostname, appName, procId, msgId, structuredData } = message
  const syslog: Fields = {}
  if (priority !== undefined) {
    syslog.priority = priority
    syslog.facility = { code: priority >> 3, name: FACILITIES[priority >> 3] }
    syslog.severity = { code: priority & 7, name: SEVERITIES[priority & 7] }
  }
  if (version !== undefined) syslog.version = version
  if (hostname !== undefined) syslog.hostname = hostname
  if (appName !== undefined) syslog.appname = appName
  if (procId !== undefined) syslog.procid = procId
  if (msgId !== undefined) syslog.msgid = msgId
  if (structuredData !== undefined) syslog.structured_data = structuredData
  return syslog
}

function ecsExtras(target: Fields, syslog: Fields, extras: Extras): void {
  const { counter, sequence, uptime, task: _, level, ...others } = extras
  if (sequence !== undefined || counter !== undefined) target.event = { sequence: sequence ?? counter }
  if (sequence !== undefined && counter !== undefined) syslog.counter = counter
  if (uptime !== undefined) target.host = { ...(target.host as Fields | undefined), uptime }
  Object.assign(syslog, others)
  const log = { ...(level !== undefined && { level }), ...(!isEmpty(syslog) && { syslog }) }
  if (!isEmpty(log)) target.log = log
}

function ecsProcess({ appName, procId, extras }: SyslogMessage): Fields {
  const process: Fields = {}
  if (appName !== undefined) process.name = appName
  if (procId !== undefined && PID.test(procId)) process.pid = Number(procId)
  if (extras?.task !== undefined) process.thread = { name: extras.task }
  return process
}

// No more digits than a double holds exactly.
const PID = /^\d{1,15}$/

function isEmpty(fields: Fields): boolean {
  for (const _ in fields) return false
  return true
}
