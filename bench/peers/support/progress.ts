// It takes long: says on standard error what is going on, with the minutes since the start.

export function progress(text: string): void {
  const minutes = performance.now() / 60_000
  console.error(`${minutes.toFixed(1).padStart(6)} min  ${text}`)
}
