import { count } from '../lib/figures.ts'
import { EMPTY, OTHERS } from './api.ts'
import type { Window } from './view.ts'

/** 1,234 · 12.3 · 0.25 */
export function rateText(rate: number): string {
  if (Number.isInteger(rate) || rate >= 100) return count(Math.round(rate))
  if (rate >= 1) return rate.toFixed(1).replace(/\.0$/, '')
  return rate < 0.01 ? '<0.01' : String(Number(rate.toFixed(2)))
}

export const secondsOf = (window: Window): number => Number.parseInt(window, 10) * 60

export const valueName = (value: string): string =>
  value === OTHERS ? 'others' : value === EMPTY ? 'without it' : value

const decimals = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })

/** 1,234.5 */
export const amount = (value: number): string => decimals.format(value)
