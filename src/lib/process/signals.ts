/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** Resolves when the promise does, or when the signal is aborted. Nothing of it stays with the signal. */
export function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => resolve()
    if (signal.aborted) return done()
    signal.addEventListener('abort', done, { once: true })
    promise.then(done, reject).finally(() => signal.removeEventListener('abort', done))
  })
}
