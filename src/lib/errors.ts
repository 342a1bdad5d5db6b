import { getSystemErrorMessage, inspect } from 'node:util'

/** The user asked for something that cannot be: one line that says what to type instead; exit code 64. */
export class Misuse extends Error {
  override name = 'Misuse'
}

/** The process cannot go on, whatever it retries: one line for the log; exit code 70, and a supervisor restarts it. */
export class Fatal extends Error {
  override name = 'Fatal'
}

/** The same for a process with several stages: which of them it is. What is a bug stays as it is. */
export function ofStage(name: string, error: unknown): unknown {
  if (error instanceof Fatal) return new Fatal(`${name}: ${error.message}`)
  return error instanceof Misuse ? new Misuse(`${name}: ${error.message}`) : error
}

/** The message of whatever was thrown, with the causes that Node and its libraries hide behind `cause` and `errors`. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error))
    return typeof error === 'string' ? error : inspect(error, { breakLength: Infinity })
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join('; ')
  const cause = error.cause instanceof Error && error.cause !== error ? `: ${messageOf(error.cause)}` : ''
  return (error.message || error.name) + cause
}

/** The `code` of a system error (`EADDRINUSE`, `ENOENT`, …), if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** A system error in words alone (`permission denied`), without its code, call and path; any other as `messageOf`. */
export function systemMessageOf(error: unknown): string {
  const errno = (error as { errno?: unknown } | null)?.errno
  return typeof errno === 'number' && errno < 0 ? getSystemErrorMessage(errno) : messageOf(error)
}
