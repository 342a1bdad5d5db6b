// Expressions of the Common Expression Language (https://cel.dev) over the fields of a record.
//
// Why CEL, and this library: it answers at once (JSONata and jexl by promises), has no loops, reaches no prototypes, and is
// known from Kubernetes and Envoy. Measured on Node 24, microseconds for host + ":" + program, status >= 500 ? … : …, user.name:
//
// | @marcbachmann/cel-js 8.0   | 1.5  0.7  0.1 | 131 KB, no dependencies, MIT, last release August 2026             |
// | @bufbuild/cel 0.6          | 2.3  3.0  2.7 | needs protobuf-es                                                  |
// | filtrex 3.1                | 1.5  0.1  0.1 | makes functions by eval, a language of its own, no release in 2026 |
// | jexl 2.3                   | 9.5  2.8  1.8 | no release in 2026                                                 |
// | jsonata 2.2                | 45   27   6.9 | promises; its functions and recursion have no bound                |
import { createRequire } from 'node:module'
import type { ASTNode, Environment } from '@marcbachmann/cel-js'
import type { LogRecord } from '../../lib/index.ts'
import { isRawJson, rawJson } from '../../lib/json.ts'
import { own } from '../../lib/query/walk.ts'

/** Throws an Error where it has no value for this record. */
export type Expression = (record: LogRecord) => unknown

/** Throws RangeError that says what is wrong with it. */
export function createExpression(text: string): Expression {
  const evaluate = parse(text)
  checkTree(evaluate.ast)
  const checked = evaluate.check()
  if (!checked.valid) throw new RangeError(`"${text}": ${firstLine(checked.error)}`)
  const fields = new FieldsOf()
  return record => {
    fields.record = record
    try {
      return toJson(evaluate(fields as never))
    } finally {
      fields.record = NOBODY
    }
  }
}

const NOBODY = Object.freeze({}) as LogRecord

/** The variables of an expression: the fields, and all of them as `record`. Own ones only: no `constructor`. */
class FieldsOf extends Map<string, unknown> {
  record: LogRecord = NOBODY

  override get(name: string): unknown {
    return name === 'record' ? this.record : own(this.record, name)
  }
}

function parse(text: string) {
  try {
    return environment().parse(text)
  } catch (error) {
    throw new RangeError(`"${text}": ${firstLine(error)}`)
  }
}

let made: Environment | undefined

/** JSON has one kind of numbers, and CEL two: what comes of both is a double. */
function environment(): Environment {
  if (made) return made
  // At the first expression: it costs 1.5 MB.
  const cel = createRequire(import.meta.url)('@marcbachmann/cel-js') as typeof import('@marcbachmann/cel-js')
  made = new cel.Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  })
  const number = (value: unknown) => Number(value)
  const operators: [string, (a: unknown, b: unknown) => number][] = [
    ['+', (a, b) => number(a) + number(b)],
    ['-', (a, b) => number(a) - number(b)],
    ['*', (a, b) => number(a) * number(b)],
    ['/', (a, b) => number(a) / number(b)],
    ['%', (a, b) => number(a) % number(b)],
  ]
  for (const [operator, handler] of operators) {
    made.registerOperator(`int ${operator} double`, handler)
    made.registerOperator(`double ${operator} int`, handler)
  }
  made.registerOperator('double % double', operators[4]![1])
  return made
}

const LOOPS: readonly unknown[] = ['map', 'filter', 'all', 'exists', 'exists_one']
const TYPES: readonly unknown[] = ['bytes', 'list', 'map', 'type']

/**
 * Refuses what could take for ever on some records, and what means something else than it seems. A loop over one field that looks
 * at another one takes as long as both together, and may make something as large.
 *
 * @param variable of the loop that it is in
 */
function checkTree(node: unknown, variable?: string): void {
  if (Array.isArray(node)) for (const one of node) checkTree(one, variable)
  if (!isNode(node)) return
  const { op, args } = node
  if (op === 'id') checkVariable(args as string, variable, node.input)
  if (op === 'rcall') {
    const [name, receiver, given] = args
    if (name === 'matches')
      throw new RangeError(
        `"${node.input}": matches() may take for ever; use contains(), startsWith() and endsWith(), or a condition before =>`,
      )
    const isLoop = LOOPS.includes(name)
    if (isLoop && variable !== undefined)
      throw new RangeError(`"${node.input}": ${name}() within another one may take for ever`)
    checkTree(receiver, variable)
    checkTree(given, isLoop ? variableOf(given) : variable)
  } else checkTree(args, variable)
}

function checkVariable(name: string, variable: string | undefined, input: string): void {
  if (variable !== undefined && name !== variable)
    throw new RangeError(
      `"${input}": with ${name} for each ${variable} it may take for ever; in a loop only ${variable} is known`,
    )
  if (TYPES.includes(name))
    throw new RangeError(`"${input}": ${name} is a type of CEL; the field is record.${name}`)
}

/** `x` in `list.map(x, …)` */
function variableOf(given: unknown): string {
  const [first] = given as unknown[]
  return isNode(first) && first.op === 'id' ? (first.args as string) : ''
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

/** What CEL has and JSON has not is written as CEL's own mapping to JSON says. Throws TypeError for what has no words. */
function toJson(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : rawJson(String(value))
    case 'number':
      if (Number.isFinite(value)) return value
      throw new TypeError(`${value} is no number of JSON`)
    case 'object':
      return value === null ? null : objectToJson(value)
    default:
      throw new TypeError(`a ${typeof value} has no JSON`)
  }
}

function objectToJson(value: object): unknown {
  if (isRawJson(value)) return value
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(`a ${value.constructor?.name ?? 'thing'} has no JSON`)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toJson(one)]))
}

function firstLine(error: unknown): string {
  return ((error as Error | undefined)?.message ?? 'not an expression').split('\n')[0]!
}
