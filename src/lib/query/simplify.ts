import type { Query } from './ast.ts'

/** The same meaning with less: no `and` within an `and`, none of one part, no part twice, no double negation. */
export function simplify(query: Query): Query {
  switch (query.kind) {
    case 'not': {
      const part = simplify(query.part)
      return part.kind === 'not' ? part.part : { kind: 'not', part }
    }
    case 'and': {
      const parts = flattened(query.parts, 'and').filter(part => part.kind !== 'all')
      return parts.length > 1 ? { kind: 'and', parts } : (parts[0] ?? { kind: 'all' })
    }
    case 'or': {
      const parts = flattened(query.parts, 'or')
      if (parts.some(part => part.kind === 'all')) return { kind: 'all' }
      return parts.length > 1 ? { kind: 'or', parts } : (parts[0] ?? { kind: 'not', part: { kind: 'all' } })
    }
    default:
      return query
  }
}

function flattened(parts: readonly Query[], kind: 'and' | 'or'): Query[] {
  const flat = parts.flatMap(part => {
    const simple = simplify(part)
    return simple.kind === kind ? simple.parts : [simple]
  })
  return [...new Map(flat.map(part => [JSON.stringify(part), part])).values()]
}
