import type { Ranges } from './characters.ts'

/** A pattern as it was read. */
export type Node =
  | { type: 'set'; ranges: Ranges }
  | { type: 'sequence'; items: Node[] }
  | { type: 'choice'; items: Node[] }
  | { type: 'repeat'; item: Node; min: number; max: number; lazy: boolean }
  /** `name` is undefined where the group is not to be remembered by a name, and `captures` false where not at all. */
  | { type: 'group'; item: Node; captures: boolean; name: string | undefined }
  | { type: 'assertion'; what: 'start' | 'end' | 'boundary' | 'inside' }
