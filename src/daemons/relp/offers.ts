// What the two sides of a RELP session can do (librelp, doc/relp.md, "OFFERS").
import { version } from '../../lib/version.ts'

/** What this side can do. Version 0 is called experimental in the specification, and is what librelp speaks. */
const OWN = ['relp_version=0', `relp_software=sluice,${version}`, 'commands=syslog'].join('\n')

/** The answer to `open` with these offers: what is agreed, or an error. */
export function answerTo(offers: string): { code: 200 | 500; text: string } {
  const offered = parseOffers(offers)
  // A client of a later version has to speak the lower one of the two.
  if (!/^\d+$/.test(offered.get('relp_version')?.[0] ?? ''))
    return { code: 500, text: 'no relp_version is offered' }
  if (!offered.get('commands')?.includes('syslog'))
    return { code: 500, text: 'the command syslog is not offered' }
  return { code: 200, text: `OK\n${OWN}` }
}

/** Values by the names of what is offered, one a line: `commands=syslog,other`. */
function parseOffers(text: string): Map<string, string[]> {
  const offers = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const sign = line.indexOf('=')
    if (sign > 0) offers.set(line.slice(0, sign), line.slice(sign + 1).split(','))
  }
  return offers
}
