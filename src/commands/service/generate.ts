import { dirname, join } from 'node:path'
import { Fatal } from '../../lib/errors.ts'
import { launcher } from '../../lib/launcher.ts'

// node-linux fills in the template, and no more is asked of it: what it would do next is wrong for us (docs/services.md).

const TEMPLATES = join(dirname(dirname(launcher)), 'systemd/node-linux')

/**
 * One at a time: what it fills in is a global variable, and of two at once both were the second one.
 *
 * @param text the unit, as it is to be
 */
export async function generateUnit(name: string, text: string): Promise<string> {
  const { default: Generator } = await import('node-linux/lib/systemd.js')
  const template = join(TEMPLATES, 'service')
  const unit = await generated(new Generator({ name, description: name, template, wrappercode: text }))
  if (unit !== text) throw new Fatal(`${name}: the unit did not become what it should be`)
  return unit
}

/** @param words of the command line behind Node, quoted for a shell */
export async function generateInitScript(name: string, description: string, words: string): Promise<string> {
  const { default: Generator } = await import('node-linux/lib/systemv.js')
  const template = join(TEMPLATES, 'init-script')
  const whose = { user: 'sluice', group: 'sluice' }
  return generated(new Generator({ name, description, template, wrappercode: words, ...whose }))
}

function generated(generator: { generate(done: (text: string) => void): void }): Promise<string> {
  return new Promise(resolve => generator.generate(resolve))
}
