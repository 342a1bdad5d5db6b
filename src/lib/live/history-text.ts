import type { Rate } from './counts.ts'

/** Characters that are written at a time. */
const PIECE = 32 * 1024

/** The event `history` piece by piece: nobody who reads slowly, or leaves, has all of it made. */
export function* historyText(
  from: number,
  slots: readonly Rate[],
  textOf: (slot: Rate) => string,
): Generator<string, undefined> {
  let text = `event: history\ndata: {"step":1000,"from":${from},"slots":[`
  for (const [n, slot] of slots.entries()) {
    text += `${n === 0 ? '' : ','}${textOf(slot)}`
    if (text.length < PIECE) continue
    yield text
    text = ''
  }
  yield `${text}]}\n\n`
}

const texts = new WeakMap<Rate, string>()

/** Of what does not change, and many ask for. */
export function rememberedText(slot: Rate): string {
  const known = texts.get(slot)
  if (known !== undefined) return known
  const text = JSON.stringify(slot)
  texts.set(slot, text)
  return text
}
