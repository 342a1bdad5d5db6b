// A hook for tests, which kill the process between any two steps and look at what is left. It does nothing unless the
// variable SLUICE_FAULT names a point, and the how-manieth time it is passed: `after-commit:3`.

export const FAULT_POINTS = [
  'create-before-rename',
  'create-after-rename',
  'before-append',
  'after-delete',
  'after-insert',
  'before-commit',
  'after-commit',
  'after-mark',
  'before-checkpoint',
  'after-checkpoint',
  'reserve-before-give-up',
  'reserve-after-give-up',
  'reserve-before-make',
  'reserve-half-made',
  'reserve-after-make',
  'recover-begin',
  'recover-built-half',
  'recover-built',
  'recover-report',
  'recover-ready',
  'recover-moved-one',
  'recover-moved-all',
  'recover-done',
] as const

export type FaultPoint = (typeof FAULT_POINTS)[number]

const [point, times = '1'] = process.env.SLUICE_FAULT?.split(':') ?? []
let left = Number(times)

export function faultPoint(name: FaultPoint): void {
  if (name === point && --left === 0) process.kill(process.pid, 'SIGKILL')
}
