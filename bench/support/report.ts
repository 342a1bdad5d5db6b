// What a part prints: a heading, its parameters, a table, and how the goals stand.

export class Report {
  readonly #print: (text: string) => void

  /** @param print takes one or more lines, without the line feed at their end */
  constructor(print: (text: string) => void = text => console.log(text)) {
    this.#print = print
  }

  heading(title: string): void {
    this.#print(`\n## ${title}\n`)
  }

  /** Parameters, one a line. */
  parameters(values: { readonly [name: string]: string | number }): void {
    for (const [name, value] of Object.entries(values)) this.#print(`- ${name}: ${value}`)
    this.#print('')
  }

  note(text: string): void {
    this.#print(text)
  }

  /** A Markdown table whose columns stand under each other also in a terminal. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = head.map((cell, n) => Math.max(cell.length, ...rows.map(row => row[n]!.length)))
    const line = (cells: readonly string[]) =>
      `| ${cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join(' | ')} |`
    const rule = widths.map((width, n) => (n === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
    this.#print([line(head), line(rule), ...rows.map(line)].join('\n'))
    this.#print('')
  }

  /** A goal beside what was measured. Nobody fails by it: this is a shared machine. */
  goal(what: string, goal: string, measured: string): void {
    this.#print(`${what}: goal ${goal}; measured ${measured}`)
  }
}
