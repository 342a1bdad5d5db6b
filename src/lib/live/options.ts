import { bytes, checked, integer, repeatable, text, type Values } from '../options.ts'
import { accountTokensOption, allowOriginOption, httpOptions } from '../serve.ts'
import { parseTemplate } from '../template.ts'
import { isFieldName } from './field-name.ts'

/** The options of a daemon that shows events as they come. */
export function liveOptions(defaultAddress: string) {
  return {
    topic: checked(text('Topic of an event, a template', '{type}', 'template'), checkTopic),
    field: repeatable(
      checked(
        { ...text('Field whose values are counted for the charts', FIELDS[0]!, 'name'), default: FIELDS },
        checkField,
      ),
    ),
    clients: integer('The most clients at a time; more are answered 503', '10000', { min: 1 }),
    clientBuffer: bytes('What may wait for clients that are slow, before they miss events', '8MiB'),
    ...httpOptions(defaultAddress),
    allowOrigin: allowOriginOption,
    accountTokens: accountTokensOption,
  }
}

export type LiveValues = Values<ReturnType<typeof liveOptions>>

/** What such a daemon counts. */
export const liveCounters = {
  clients: 'Clients that came: WebSocket, server-sent events, charts',
  clientsLeft: 'Clients that left, or were ended',
  clientsRefused: 'Clients that were asked to come again (503)',
  subscriptions: 'Subscriptions that began; clients that ask for the same share one',
  subscriptionsEnded: 'Subscriptions whose last client has left',
  missed: 'Events that clients did not get because they were too slow, each client by itself',
}
export type LiveCounter = keyof typeof liveCounters

const FIELDS = ['type', 'account']

function checkTopic(template: string): void {
  if (parseTemplate(template).every(part => typeof part === 'string'))
    throw new RangeError(
      `"${template}" is the same topic for all events; a field stands in braces, as in {type}`,
    )
}

function checkField(name: string): void {
  if (!isFieldName(name)) throw new RangeError(`"${name}" is not the name of a field; write for example type`)
}
