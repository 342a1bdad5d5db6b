import { pino } from 'pino'

export type { Logger } from 'pino'
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/**
 * Logs to a descriptor: JSON, one line an event, or readable on a terminal. Written at once, so that the last
 * words of a dying process are there.
 *
 * @param among whether others write to the same descriptor, so that each line says whose it is
 */
export async function createLog(
  level: string,
  fd: number,
  { name, readable, among = false }: { name: string; readable: boolean; among?: boolean },
) {
  const options = { level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime }
  if (!readable) {
    const formatters = { level: (label: string) => ({ level: label }) }
    const destination = pino.destination({ fd, sync: true })
    // A disk that is full, a terminal that is gone: nobody is left who could be told.
    destination.on('error', () => {})
    return pino({ ...options, formatters }, destination)
  }
  const { PinoPretty } = await import('pino-pretty')
  const stream = PinoPretty({
    destination: fd,
    sync: true,
    ignore: among ? 'stage' : 'name,stage',
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  })
  return pino(options, stream)
}
