// A line of the screen: texts, some of them in a style.
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'inverse'
export type Span = string | readonly [style: Style, text: string]
export type Line = readonly Span[]
