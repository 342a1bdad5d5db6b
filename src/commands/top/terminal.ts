// A screen of its own on the terminal, which has everything back afterwards, however it ends.
import { emitKeypressEvents, type Interface } from 'node:readline'
import { styleText } from 'node:util'
import type { Line, Span } from './line.ts'
import type { Press } from './state.ts'

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'

/** Signals that end a program, and would leave the terminal as it is. */
const DEADLY = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const

/** Milliseconds in which what comes after Esc belongs to it: a terminal writes the sequence of a key at once. */
const ESCAPE = 50

/** Nothing is done with Alt here: Esc and a key, written at once, are these two. */
export function apart(key: Press): Press[] {
  const { sequence = '' } = key
  if (sequence.length !== 2 || sequence[0] !== '\u001b' || sequence[1] === '\u001b') return [key]
  return [{ name: 'escape' }, { ...key, sequence: sequence[1] }]
}

export class Terminal {
  #isEntered = false
  #last: string[] = []
  #redraw = () => {}

  /**
   * Takes the terminal.
   * @param pressed called for each key
   * @param redraw called when all has to be drawn again
   */
  enter(pressed: (key: Press) => void, redraw: () => void | Promise<void>): void {
    this.#take()
    // Of an interface it takes nothing else.
    emitKeypressEvents(process.stdin, { escapeCodeTimeout: ESCAPE } as unknown as Interface)
    process.stdin.on('keypress', (_text: string | undefined, key: Press) => {
      // In raw mode the terminal does not do that itself.
      if (key.ctrl && key.name === 'z') this.#suspend()
      else for (const one of apart(key)) pressed(one)
    })
    process.stdin.resume()
    this.#redraw = () => {
      this.#last = []
      void redraw()
    }
    process.stdout.on('resize', () => this.#redraw())
    process.on('SIGTSTP', this.#suspend).on('SIGCONT', this.#resume)
    // Also when it fails: what is said then has to be seen.
    process.on('exit', () => this.leave()).on('uncaughtExceptionMonitor', () => this.leave())
    for (const signal of DEADLY)
      process.once(signal, () => {
        this.leave()
        // Whoever started it should see what it died of.
        process.kill(process.pid, signal)
      })
  }

  /** Once is enough. */
  leave(): void {
    if (!this.#isEntered) return
    this.#isEntered = false
    // First: whoever sees the shell again may type.
    if (process.stdin.isTTY) process.stdin.setRawMode(false)
    process.stdout.write(LEAVE)
    process.stdin.pause()
  }

  get size(): { width: number; height: number } {
    const { columns = 80, rows = 24 } = process.stdout
    return { width: Math.max(20, columns), height: Math.max(4, rows) }
  }

  /** Writes the lines that have changed. */
  draw(lines: readonly Line[]): void {
    if (!this.#isEntered) return
    const { width } = this.size
    const drawn = lines.map(line => render(line, width))
    // Erased before it is written: behind the last column there is nothing, and the last one itself would go.
    const changed = drawn.flatMap((line, n) =>
      line === this.#last[n] ? [] : [`\u001b[${n + 1};1H\u001b[2K${line}`],
    )
    const isNew = this.#last.length === 0
    this.#last = drawn
    if (changed.length > 0) process.stdout.write(`${isNew ? '\u001b[2J' : ''}${changed.join('')}`)
  }

  #take(): void {
    this.#isEntered = true
    this.#last = []
    process.stdout.write(ENTER)
    if (process.stdin.isTTY) process.stdin.setRawMode(true)
    process.stdin.resume()
  }

  /**
   * Stops all of the job, as the terminal does: the shell waits for npm, where that has started this. (Not SIGSTOP, by which a job that
   * has no shell would be stopped as well, and nobody could go on with it.)
   */
  readonly #suspend = (): void => {
    this.leave()
    process.off('SIGTSTP', this.#suspend)
    process.kill(0, 'SIGTSTP')
    process.on('SIGTSTP', this.#suspend)
    this.#resume()
  }

  readonly #resume = (): void => {
    this.#take()
    this.#redraw()
  }
}

/** Of at most so many characters; every one of them has the width of one cell. */
export function render(line: Line, width: number): string {
  let left = width
  let rendered = ''
  for (const span of line) {
    const [style, text] = typeof span === 'string' ? [undefined, span] : span
    const part = text.slice(0, left)
    left -= part.length
    rendered += style && part !== '' ? paint(style, part) : part
  }
  return rendered
}

function paint(style: Exclude<Span, string>[0], text: string): string {
  // Without colours, what is marked and the head still are.
  if (style === 'inverse' && process.stdout.isTTY) return `\u001b[7m${text}\u001b[27m`
  return styleText(style, text, { stream: process.stdout })
}
