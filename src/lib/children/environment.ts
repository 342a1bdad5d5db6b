/** The variables of this process, without its own flags: they may be secrets, and a Sluice that is started would take them. */
export function inherited(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('SLUICE_')))
}
