// What all charts have in common: their axes, and colours that the style sheet says.
import type uPlot from 'uplot'
import { shortCount } from './figures.ts'
import { timeTicks } from './time-ticks.ts'
import { LOCAL, type Zone } from './zone.ts'

/** Counts have no line between two of them. */
const WHOLE = Array.from({ length: 16 }, (_, n) => [1, 2, 5].map(factor => factor * 10 ** n)).flat()

/** @param space pixels between two lines of the counts, at least */
export function axes(holder: HTMLElement, zone: Zone = LOCAL, space = 26): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: colour(holder, 'axis'),
    grid: { stroke: colour(holder, 'grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  }
  const counts = (_plot: uPlot, ticks: number[]) => ticks.map(tick => (tick % 1 ? '' : shortCount(tick)))
  return [
    {
      ...{ ...axis, size: 22, grid: { show: false }, space: 70 },
      splits: (_plot, _axis, from, to, step) => timeTicks(zone, from, to, step),
      values: timeLabels(zone),
    },
    { ...axis, size: 44, space, incrs: WHOLE, values: counts },
  ]
}

/** Only as much of a time as tells the ticks apart; the day where it begins. */
function timeLabels(zone: Zone): uPlot.Axis.DynamicValues {
  return (_plot, ticks, _axis, _space, step) =>
    ticks.map(tick => {
      const at = new Date(tick)
      if (step >= 86_400_000) return zone.day(at)
      if (step < 1000) return zone.clock(at).slice(3)
      const time = zone.clock(at, false)
      if (time === '00:00:00') return zone.day(at)
      return step < 60_000 ? time : time.slice(0, 5)
    })
}

/** A canvas knows no custom properties: an element of this class says which colour the style sheet gives now. */
export function colour(holder: HTMLElement, name: string): string {
  const probe = document.createElement('i')
  probe.className = `colour-${name}`
  holder.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
