// An event as a message of ZeroMQ: with its topic before it in one frame, or in a frame of its own.
import { looksLikeMsgpack } from '../msgpack/looks-like.ts'

const SPACE = 0x20
const OBJECT = 0x7b
/** Bytes of a topic that are kept: it may be anything. */
const MOST_TOPIC = 1024
/** The parts of a message: what it is about, where it says so, and what it holds. */
export interface Parted {
  topic: string | undefined
  payloads: readonly Buffer[]
}

/**
 * Takes a message apart, whoever sent it: frames behind the first one are events; in a single frame the topic ends at the first space.
 * One that begins as an event has no topic, and one without a space is a text.
 */
export function partMessage([first, ...others]: readonly Buffer[]): Parted {
  if (!first) return { topic: undefined, payloads: [] }
  if (others.length > 0) return { topic: first.toString(), payloads: others }
  const end = first.indexOf(SPACE)
  if (end < 0 || looksLikeMsgpack(first) || (first[0] === OBJECT && isJson(first)))
    return { topic: undefined, payloads: [first] }
  return { topic: first.toString('utf8', 0, end), payloads: [first.subarray(end + 1)] }
}

/** Of a topic, what records keep of it. */
export function shortTopic(topic: string | undefined): string | undefined {
  if (topic === undefined || topic.length <= MOST_TOPIC) return topic
  return Buffer.from(topic).toString('utf8', 0, MOST_TOPIC)
}

/** A topic may begin with a brace too. */
function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}
