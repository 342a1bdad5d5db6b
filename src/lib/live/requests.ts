// What is asked of /events and /api/v1/rates, as it stands in the address.

import { badParameter, Parameters } from '../serve/parameters.ts'
import type { Start } from './catch-up.ts'
import { isFieldName } from './field-name.ts'
import type { Subscription } from './group.ts'
import { createSelection, type Scope, type Selection } from './selection.ts'

/** Of a subscription: more would cost those who send. */
const MOST_TOPICS = 100
const MOST_FIELDS = 10
const MOST_SAMPLE = 1_000_000
const MOST_RATE = 10_000
const MOST_LAST = 1000

export function readEvents(
  given: URLSearchParams,
  scope: Scope | undefined,
): { subscription: Subscription; start: Start } {
  const parameters = new Parameters(given, ['match', 'sample', 'rate', 'last'], ['topic'])
  const subscription = {
    selection: selectionOf(parameters, scope),
    sample: parameters.integer('sample', 1, MOST_SAMPLE),
    rate: parameters.integer('rate', undefined, MOST_RATE),
  }
  return { subscription, start: { last: parameters.integer('last', 0, MOST_LAST, 0) } }
}

/** @param fields those that are counted by where nobody says by which */
export function readRates(
  given: URLSearchParams,
  fields: readonly string[],
  scope: Scope | undefined,
): { selection: Selection; by: string[] } {
  const parameters = new Parameters(given, ['match'], ['by', 'topic'])
  const selection = selectionOf(parameters, scope)
  const by = [...new Set(parameters.texts('by'))]
  if (by.length > MOST_FIELDS) throw badParameter('by', `by: ask for at most ${MOST_FIELDS} fields`)
  const odd = by.find(name => !isFieldName(name))
  if (odd !== undefined)
    throw badParameter('by', `by: "${odd}" is not the name of a field; write for example by=type`)
  return { selection, by: by.length > 0 ? by : [...fields] }
}

function selectionOf(parameters: Parameters, scope: Scope | undefined): Selection {
  const topics = parameters.texts('topic')
  if (topics.length > MOST_TOPICS)
    throw badParameter('topic', `topic: ask for at most ${MOST_TOPICS} topics; shop.* is all that begin so`)
  return parameters.query('match', match => createSelection(topics, match, scope))
}
