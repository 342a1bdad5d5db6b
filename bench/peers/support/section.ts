// A section of the page while it is written: what a report has, pictures, and goals beside what was measured.
import { Report } from '../../support/report.ts'
import { type BarChart, barChart } from './bar-chart.ts'

export interface Goal {
  what: string
  wanted: string
  measured: string
  met: boolean
}

export class Section extends Report {
  readonly #lines: string[]
  /** SVG, by the names of their files in docs/images. */
  readonly images = new Map<string, string>()

  constructor() {
    const lines: string[] = []
    super(text => lines.push(text))
    this.#lines = lines
  }

  get markdown(): string {
    return this.#lines.join('\n')
  }

  chart(name: string, chart: BarChart): void {
    this.images.set(`${name}.svg`, barChart(chart))
    this.note(`![${chart.title}](images/${name}.svg)\n`)
  }

  /** Nobody fails by a goal: this is a shared machine. But it says which were met. */
  goals(goals: readonly Goal[]): void {
    if (goals.length === 0) return
    this.table(
      ['goal', 'wanted', 'measured', 'met'],
      goals.map(({ what, wanted, measured, met }) => [what, wanted, measured, met ? 'yes' : '**no**']),
    )
  }
}
