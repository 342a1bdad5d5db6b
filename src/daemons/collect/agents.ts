import { Cache } from './cache.ts'
import { copyOf } from './copy.ts'

/** What a User-Agent says. */
export interface Agent {
  browser?: Program
  system?: Program
  bot: boolean
}

export interface Program {
  name: string
  version?: string
}

/** What is behind so many characters is not looked at: real ones have 400 at most, and expressions take time. */
const LONGEST = 1024
const KEPT = 10_000

/** Reads a User-Agent. */
export type ReadAgent = (text: string) => Agent

/** Imports the two libraries that know; what they find is kept, because it takes 50 µs. */
export async function createAgents(): Promise<ReadAgent> {
  const [{ parse }, { isbot }] = await Promise.all([import('bowser'), import('isbot')])
  const kept = new Cache<string, Agent>(KEPT)
  const read = (text: string): Agent => {
    // Every browser says something.
    if (text.trim() === '') return { bot: true }
    const { browser, os, platform } = parse(text)
    return {
      ...programOf('browser', browser.name, browser.version),
      // "NT 10.0", which is called 10.
      ...programOf('system', os.name, os.name === 'Windows' ? (os.versionName ?? os.version) : os.version),
      bot: platform.type === 'bot' || isbot(text),
    }
  }
  return whole => {
    const text = whole.length > LONGEST ? copyOf(whole.slice(0, LONGEST)) : whole
    let agent = kept.get(text)
    if (!agent) {
      agent = read(text)
      kept.set(text, agent)
    }
    return agent
  }
}

function programOf(key: 'browser' | 'system', name?: string, version?: string): { [key: string]: Program } {
  if (!name) return {}
  return { [key]: version ? { name, version } : { name } }
}
