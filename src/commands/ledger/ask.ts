import { get } from 'node:http'
import { codeOf, messageOf } from '../../lib/errors.ts'
import { type Answer, readAnswer } from './answer.ts'
import { type Look, rankOf, type Unanswered } from './look.ts'
import type { Door } from './where.ts'

/** A daemon answers in milliseconds, unless it is stopped or the machine is very busy. */
const PATIENCE = 3_000
/** Bytes of an answer. */
const MOST = 16 * 2 ** 20

/** Asks all of them at once: then it is known which of them are sources. */
export function lookRound(doors: readonly Door[]): Promise<Look> {
  return look([doors])
}

/** Asks all of them again, sources first and sinks last. */
export function lookInOrder(doors: readonly Door[], known: Look): Promise<Look> {
  const ranks = new Map(known.answers.map(answer => [answer.address, rankOf(answer)]))
  return look([0, 1, 2].map(rank => doors.filter(({ address }) => (ranks.get(address) ?? 0) === rank)))
}

/** One group of them after the other. */
async function look(groups: readonly (readonly Door[])[]): Promise<Look> {
  const from = Date.now()
  const all: (Answer | Unanswered)[] = []
  for (const doors of groups) all.push(...(await Promise.all(doors.map(ask))))
  const answers = all.filter(said => 'stages' in said)
  return {
    from,
    to: Date.now(),
    // One may have been asked at two doors.
    answers: [...new Map(answers.map(answer => [`${answer.name} ${answer.life}`, answer])).values()],
    unanswered: all.filter(said => 'why' in said),
  }
}

async function ask(door: Door): Promise<Answer | Unanswered> {
  const { address, named } = door
  try {
    return readAnswer(address, await fetchStatus(door), Date.now())
  } catch (error) {
    const code = codeOf(error) ?? ''
    const nobody = ['ECONNREFUSED', 'ENOENT'].includes(code)
    const slow = code === 'ABORT_ERR' || (error as Error).name === 'TimeoutError'
    const why = nobody ? 'nobody answers' : slow ? `no answer within ${PATIENCE / 1000} s` : messageOf(error)
    return { address, why, expected: named || !nobody }
  }
}

async function fetchStatus({ request }: Door): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ ...request, agent: false, signal: AbortSignal.timeout(PATIENCE) }, response => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        if (size > MOST) response.destroy(new Error('what answers there is no daemon of Sluice'))
        else parts.push(part)
      })
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(parts).toString()
        if (response.statusCode === 200) resolve(body)
        else reject(new Error(`HTTP ${response.statusCode}: ${body.split('\n')[0]!.slice(0, 200)}`))
      })
    }).on('error', reject)
  })
}
