import { type Answer, readAnswer } from '../../lib/asking/answer.ts'
import { askDoor, whyNoAnswer } from '../../lib/asking/ask.ts'
import type { Credentials, Door } from '../../lib/asking/doors.ts'
import { type Look, rankOf, type Unanswered } from './look.ts'

/** Asks all of them at once: then it is known which of them are sources. */
export function lookRound(doors: readonly Door[], credentials: Credentials): Promise<Look> {
  return look([doors], credentials)
}

/** Asks all of them again, sources first and sinks last. */
export function lookInOrder(doors: readonly Door[], known: Look, credentials: Credentials): Promise<Look> {
  const ranks = new Map(known.answers.map(answer => [answer.address, rankOf(answer)]))
  return look(
    [0, 1, 2].map(rank => doors.filter(({ address }) => (ranks.get(address) ?? 0) === rank)),
    credentials,
  )
}

/** One group of them after the other. */
async function look(groups: readonly (readonly Door[])[], credentials: Credentials): Promise<Look> {
  const from = Date.now()
  const all: (Answer | Unanswered)[] = []
  for (const doors of groups) all.push(...(await Promise.all(doors.map(door => ask(door, credentials)))))
  const answers = all.filter(said => 'stages' in said)
  return {
    from,
    to: Date.now(),
    // One may have been asked at two doors.
    answers: [...new Map(answers.map(answer => [`${answer.name} ${answer.life}`, answer])).values()],
    unanswered: all.filter(said => 'why' in said),
  }
}

async function ask(door: Door, credentials: Credentials): Promise<Answer | Unanswered> {
  const { address, named } = door
  try {
    return readAnswer(address, await askDoor(door, '/status', credentials), Date.now())
  } catch (error) {
    const { why, nobody } = whyNoAnswer(error)
    return { address, why, expected: named || !nobody }
  }
}
