/** Exit codes. A command may define 1 and 2 for itself. */
export const EXIT = { done: 0, misuse: 64, failure: 70, dataLeft: 75 } as const
