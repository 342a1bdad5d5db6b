import type { GraphEdge } from './graph.ts'

/** What stands beside an edge, a line each. What an outside is called stands in its box already. */
export function labelOf({ endpoint, delivery, output, rate, to, from }: GraphEdge): string[] {
  const isOpen = [to, from].some(id => /^(outside|place) /.test(id))
  const address = delivery === 'inside' || isOpen ? [] : [endpoint]
  if (delivery === 'unfit') return [...address, 'does not fit']
  // An output without a name of its own is called by its address.
  const isNamed = output !== undefined && !endpoint.replaceAll(':', '-').endsWith(output)
  const first = isNamed ? [output, ...address] : address
  return rate === undefined ? first : [...first, formatRate(rate)]
}

/** Records a second. */
export function formatRate(rate: number): string {
  const shown = rate >= 10 || rate === 0 ? Math.round(rate) : Number(rate.toFixed(1))
  return `${shown.toLocaleString('en-US')}/s`
}
