// Commands that a daemon runs.

export { Child, describeEnd, type End, type Start, startChild } from './child.ts'
export { inherited } from './environment.ts'
export { ErrorLog, LastLines } from './error-log.ts'
export { findCommand, isProgram } from './program.ts'
export { WholeLines } from './whole-lines.ts'
