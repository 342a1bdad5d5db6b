// A part of the comparison: a file in parts/ whose default export is one of these.
import type { Section } from './support/section.ts'

export interface Settings {
  rounds: number
  /** Seconds of the windows: after the start, until it counts as warm, and warm. */
  cold: number
  warm: number
  steady: number
  /** Records a second. */
  rates: readonly number[]
  /** Only shippers in whose name one of these words is; all when there is none. */
  only: readonly string[]
  /** Seconds of one try of the part udp. */
  seconds: number
}

export interface Part<Results> {
  /** @param keep takes what there is so far, so that a long run that is broken off was not for nothing */
  measure(settings: Settings, keep: (results: Results) => void): Promise<Results>
  /** Writes its section of the page. Pure, so that a section can be written anew from kept results. */
  write(results: Results, section: Section): void
}

export function part<Results>(described: Part<Results>): Part<Results> {
  return described
}
