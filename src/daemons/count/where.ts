// --store, as it is written.

export interface StoreOptions {
  store: string
  remember: number
}

export type Where =
  /** Without a path: the file in the state folder. */
  { kind: 'sqlite'; path: string | undefined }

/** Throws RangeError that says what to write. */
export function parseStore(written: string): Where {
  const [, path] = /^sqlite:(?:\/\/)?(.*)$/s.exec(written) ?? []
  if (path !== undefined) return { kind: 'sqlite', path: path || undefined }
  throw new RangeError(`"${written}" is no store; write for example sqlite:///var/lib/sluice/count.sqlite`)
}

export function checkStore(written: string): void {
  parseStore(written)
}
