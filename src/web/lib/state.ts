// A value that components watch. All that the page knows is in a few of these; components only show them.
import { useLayoutEffect, useReducer } from 'preact/hooks'

export class State<T> {
  #value: T
  readonly #watchers = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  set value(value: T) {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** Replaces some of the keys of an object. */
  change(part: Partial<T>): void {
    this.value = { ...this.#value, ...part }
  }

  /** Calls `watcher` after every change, until the function that is returned is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }
}

/** The value of a state; the component is rendered again when it changes. */
export function useValue<T>(state: State<T>): T {
  const [, render] = useReducer((count: number, _: undefined) => count + 1, 0)
  const shown = state.value
  useLayoutEffect(() => {
    const changed = () => render(undefined)
    // It may have changed after it was rendered and before anybody watched.
    if (!Object.is(shown, state.value)) changed()
    return state.watch(changed)
  }, [state])
  return shown
}
