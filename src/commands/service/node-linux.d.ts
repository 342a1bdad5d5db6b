// As far as it is used here. It has no types of its own.

interface Config {
  name: string
  description: string
  template: string
  wrappercode: string
  user?: string
  group?: string
}

declare class Generator {
  constructor(config: Config)
  readonly templateRoot: string
  generate(done: (text: string) => void): void
}

declare module 'node-linux/lib/systemd.js' {
  export default Generator
}

declare module 'node-linux/lib/systemv.js' {
  export default Generator
}
