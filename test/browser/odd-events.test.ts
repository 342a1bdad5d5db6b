// The page of sluice-hub, before which stand events that nobody would send.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { oddEvent, oddObject } from '../chains/odd-events.ts'
import { Random } from '../faults/random.ts'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { event, eventually, isLive, Live, texts } from './live-support.ts'
import { Visit } from './support.ts'

/** A page is shown so many of the newest when it begins, and then 20 a second. */
const EACH = 45

/** What has stopped the list before. */
const KNOWN = [
  '{"type":"big","data":{"account":{"id":12345678901234567890}}}',
  '{"type":{"id":[12345678901234567890]},"data":{"account":[{"id":12345678901234567890}]}}',
  '{"type":"time","time":{"toString":1}}',
  '{"type":"time","time":{"valueOf":1,"toString":null},"@timestamp":[{"toString":"x"}]}',
]

test('odd events take nothing from those that follow', async t => {
  if (!(await orSkip(t, installChromium))) return
  const random = new Random(t)
  const live = await Live.start(t, 'sluice-hub')
  const visit = await Visit.start(t, 'desktop', live.url)
  const { page } = visit
  await isLive(page)
  for (let round = 0; round < 5; round++) {
    const odd = Array.from({ length: EACH }, () =>
      random.next() < 0.8 ? oddEvent(random) : oddObject(random),
    )
    // What is no event, as half of one, the hub refuses by itself.
    live.process.child.stdin!.write(`${[...KNOWN, ...odd].join('\n')}\n`)
    const isGoodShown = async () => {
      // Of many at once, the page is shown a few.
      live.write({ ...event(round), type: `good.${round}` })
      return (await texts(page, '.line .kind')).includes(`good.${round}`)
    }
    await eventually(`the good one of round ${round}`, isGoodShown, true)
    await page.reload()
    await isLive(page)
    await eventually(`the good one of round ${round}, anew`, isGoodShown, true)
    await lookAtLast(page)
    assert.deepEqual(visit.complaints, [])
  }
})

async function lookAtLast(page: Page): Promise<void> {
  await page.locator('.line .summary').last().click()
  const details = page.getByRole('region', { name: 'Details of the event' })
  await details.getByRole('button', { name: 'JSON', exact: true }).click()
  await details.locator('.raw').waitFor()
  await page.keyboard.press('Escape')
  await details.waitFor({ state: 'detached' })
  // Back to the top, or what comes waits.
  await page.keyboard.press('g')
}
