// What a query of docs/store.md means, whoever answers it: the index of the store, or match.ts.

export type Operator = '<' | '<=' | '=' | '>=' | '>'

export type Query =
  | { kind: 'all' }
  | { kind: 'and'; parts: readonly Query[] }
  | { kind: 'or'; parts: readonly Query[] }
  | { kind: 'not'; part: Query }
  /** These words side by side (folded as fold() does); the last one only begins so when `prefix`. */
  | { kind: 'words'; words: readonly string[]; prefix: boolean }
  /**
   * A field's value (any element of a list), case folded; `prefix`: begins so. `field` is canonical (see fields.ts). Of
   * `message`: it has these words side by side.
   */
  | { kind: 'is'; field: string; value: string; prefix: boolean }
  | { kind: 'has'; field: string }
  /** Severity by rank, 0 emerg .. 7 debug. */
  | { kind: 'rank'; operator: Operator; rank: number }
  | { kind: 'number'; field: string; operator: Operator; value: number }
  /** Time of the event, epoch ms. */
  | { kind: 'time'; operator: Operator; at: number }
