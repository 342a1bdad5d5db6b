import { printable } from '../../lib/text/printable.ts'
import { type Finding, LEVELS, type Level } from './finding.ts'

export type Paint = (colour: 'red' | 'yellow' | 'green' | 'bold', text: string) => string

const COLOURS = { wrong: 'red', warning: 'yellow', unknown: 'yellow', well: 'green' } as const

/** For a person: what is wrong comes first, and below each what to type. */
export function layOut(findings: readonly Finding[], looked: readonly string[], paint: Paint): string[] {
  const ordered = LEVELS.flatMap(level => findings.filter(finding => finding.level === level))
  const width = ordered.reduce((most, { check }) => Math.max(most, check.length), 0)
  const lines = ordered.flatMap(({ level, check, about, what, fix }) => {
    const head = `${paint(COLOURS[level], level.padEnd(7))}  ${check.padEnd(width)}`
    const subject = about === 'this host' ? '' : `${about}: `
    return [
      `${head}  ${printable(subject + what)}`,
      ...(fix ? [`${' '.repeat(9)}${paint('bold', `fix: ${printable(fix)}`)}`] : []),
    ]
  })
  return [...lines, ...(lines.length > 0 ? [''] : []), verdict(findings, looked)]
}

function verdict(findings: readonly Finding[], looked: readonly string[]): string {
  const count = (level: Level) => findings.filter(finding => finding.level === level).length
  const [wrong, warnings, unknown] = [count('wrong'), count('warning'), count('unknown')]
  const parts = [
    wrong > 0 ? (wrong === 1 ? '1 thing is wrong' : `${wrong} things are wrong`) : '',
    warnings > 0 ? (warnings === 1 ? '1 warning' : `${warnings} warnings`) : '',
    unknown > 0 ? (unknown === 1 ? '1 thing cannot be told' : `${unknown} things cannot be told`) : '',
  ].filter(Boolean)
  const at =
    looked.length === 0 ? 'no daemon runs or is described here' : `looked at ${printable(looked.join(', '))}`
  return `${parts.join(', ') || 'all is well'}; ${at}`
}
