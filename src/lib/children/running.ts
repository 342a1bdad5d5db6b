/** Process groups of the commands that this process runs now. */
export const running = new Set<number>()
