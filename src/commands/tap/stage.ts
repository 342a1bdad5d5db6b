import { basename, dirname, join } from 'node:path'
import { nameOf } from '../../lib/asking/answer.ts'
import { askDoor, whyNoAnswer } from '../../lib/asking/ask.ts'
import { type Credentials, checkDoors, type Door, findDoors, parseDoor } from '../../lib/asking/doors.ts'
import { checkKnown, socketFolders } from '../../lib/asking/folders.ts'
import { askAll, type Running, readRunning } from '../../lib/asking/running.ts'
import { Misuse } from '../../lib/errors.ts'

/** A stage whose records are to be shown. */
export interface TappedStage {
  /** As it is called: `edge`, `chain/store`. */
  name: string
  /** Where it is asked: of copies, all of them. */
  doors: readonly Door[]
  path: string
}

/** Finds the stage that was meant. Throws Misuse that says what there is instead, and an Error when nobody answers. */
export async function findStage(
  word: string,
  wanted: string | undefined,
  credentials: Credentials,
  env: NodeJS.ProcessEnv,
): Promise<TappedStage> {
  const [place, part] = splitWord(word)
  if (part !== undefined && wanted !== undefined && part !== wanted)
    throw new Misuse(`${word} and --stage ${wanted}: one of them`)
  const door = doorOf(place, env)
  checkDoors([door], credentials)
  const running = await ask(door, credentials, place, env)
  return choose(running, door, part ?? wanted)
}

/** A name has no slash and no colon, so that what is behind a slash is a stage. */
function splitWord(word: string): [place: string, stage: string | undefined] {
  if (isAddress(word)) return [word, undefined]
  const [place = '', stage] = word.split(/\/(.*)/s)
  return [place, stage]
}

function isAddress(word: string): boolean {
  return word.includes(':') || word.endsWith('.sock') || /^[./]/.test(word)
}

function doorOf(place: string, env: NodeJS.ProcessEnv): Door {
  if (isAddress(place)) return parseDoor(place)
  const folders = socketFolders(env)
  checkKnown(folders)
  return findDoors(folders, [place])[0]!
}

async function ask(
  door: Door,
  credentials: Credentials,
  place: string,
  env: NodeJS.ProcessEnv,
): Promise<Running> {
  try {
    return readRunning(door.address, await askDoor(door, '/status', credentials), Date.now())
  } catch (error) {
    const { why, nobody } = whyNoAnswer(error)
    const others = nobody && !isAddress(place) ? await othersThan(place, env) : ''
    throw new Error(`${door.address}: ${why}${others}`)
  }
}

/** What there is, for who has mistyped a name, or means a stage of a chain. */
async function othersThan(place: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { running, silent } = await askAll(findDoors(socketFolders(env)), {})
  const named = running.flatMap(one => [
    ...one.stages.map(stage => nameOf(one, stage)),
    ...one.copies.map(copy => `${one.name}/${stageOf(copy.name, one.name)}`),
  ])
  const busy = silent.filter(({ isDead }) => !isDead).map(({ address }) => basename(address, '.sock'))
  const names = [...new Set([...named, ...busy])]
  if (names.length === 0) return ''
  const meant = names.filter(name => name.slice(name.indexOf('/') + 1) === place)
  if (meant.length > 0) return `; write ${meant.slice(0, 5).join(' or ')}`
  const sorted = [
    ...names.filter(name => name.includes(place)),
    ...names.filter(name => !name.includes(place)),
  ]
  return `; there are ${sorted.slice(0, 20).join(', ')}${sorted.length > 20 ? ', …' : ''}`
}

function choose(running: Running, door: Door, wanted: string | undefined): TappedStage {
  const { name, stages, copies } = running
  const own = stages.map(stage => stage.name)
  const copied = new Set(copies.map(copy => stageOf(copy.name, name)).filter(stage => stage !== undefined))
  const all = [...own, ...copied]
  const alone = all.length === 1 ? all[0] : undefined
  const stage = wanted ?? alone
  if (stage === undefined)
    throw new Misuse(`${name} is a chain; write ${all.map(one => `${name}/${one}`).join(' or ')}`)
  if (own.includes(stage))
    return stage === name
      ? { name, doors: [door], path: '/tap' }
      : { name: `${name}/${stage}`, doors: [door], path: `/${stage}/tap` }
  if (!copied.has(stage)) throw new Misuse(`${name} has no stage "${stage}"; there are ${all.join(', ')}`)
  const { request } = door
  if (!('socketPath' in request))
    throw new Misuse(`${name}/${stage} has copies, which have no address; look at it on its own host`)
  const folder = dirname(request.socketPath)
  const doors = copies
    .filter(copy => stageOf(copy.name, name) === stage)
    .map(copy => parseDoor(join(folder, `${copy.name}.sock`)))
  return { name: `${name}/${stage}`, doors, path: '/tap' }
}

/** Of a copy, which is called NAME.STAGE.N. */
function stageOf(copy: string, name: string): string | undefined {
  if (!copy.startsWith(`${name}.`)) return undefined
  return copy.slice(name.length + 1).replace(/\.\d+$/, '')
}
