// The page of sluice-store: finding records.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { ordinary } from './records.ts'
import { onEachSize, type Point, Store, Visit } from './support.ts'

onEachSize('searches and marks', ordinary, async visit => {
  await visit.messages(messages => messages.length === 30)
  await visit.search('"failed password" 10.0.0.7')
  const messages = await visit.messages(found => found.length === 10)
  assert.ok(messages[0]!.endsWith('#27'), 'the newest is the first')
  assert.deepEqual(
    await visit.page.locator('.line mark').allInnerTexts(),
    Array(10).fill(['Failed password', '10.0.0.7']).flat(),
  )
  assert.equal(new URL(visit.page.url()).searchParams.get('q'), '"failed password" 10.0.0.7')
  assert.equal(await visit.page.title(), '"failed password" 10.0.0.7 · Sluice')
  await visit.assertNoSidewaysScroll()
})

onEachSize('only this, not this', ordinary, async (visit, _store, _t, size) => {
  const { page } = visit
  await visit.open('#29')
  await visit.assertNoSidewaysScroll()
  await page.getByRole('button', { name: 'Only this, host: web1' }).click()
  await visit.messages(found => found.length === 15)
  await visit.open('#29')
  await page.getByRole('button', { name: 'Not this, structured_data.origin.ip: 192.0.2.1' }).click()
  await page.getByText('No record matches').waitFor()
  assert.equal(
    await page.getByRole('combobox').inputValue(),
    'host:web1 -structured_data.origin.ip:192.0.2.1',
  )
  await page.goBack()
  await visit.messages(found => found.length === 15)

  if (size === 'phone') await page.getByRole('button', { name: 'Filters' }).click()
  const filters = page.getByRole('complementary', { name: 'Filters' })
  await filters.getByRole('button', { name: 'Not nginx' }).click()
  await visit.messages(found => found.length === 10)
  await filters.getByRole('button', { name: /^web1/, pressed: true }).click()
  await visit.messages(found => found.length === 20)
  assert.equal(await page.getByRole('combobox').inputValue(), '-program:nginx')
})

onEachSize('a brush over the histogram shows that time, a double click more of it', ordinary, async visit => {
  const { page } = visit
  await page.getByRole('button', { name: '1 h', exact: true }).click()
  await visit.messages(found => found.length === 30)
  // The lines are there before the bars: until then, those of the whole day are under the mouse.
  await page.getByText('a bar is 1 minute').waitFor({ state: 'attached' })
  const bars = page.locator('.u-over')
  const at = async (part: number): Promise<Point> => {
    const { x, y, width, height } = (await bars.boundingBox())!
    return [x + width * part, y + height / 2]
  }
  await visit.drag(await at(0.75), await at(0.9))
  const { searchParams } = await visit.untilUrl(/from=\d{4}.*to=/)
  const length = Date.parse(searchParams.get('to')!) - Date.parse(searchParams.get('from')!)
  assert.ok(length > 7 * 60_000 && length < 11 * 60_000, `${length} ms`)
  await visit.messages(found => found.length >= 7 && found.length <= 11)

  await page.mouse.dblclick(...(await at(0.5)))
  await visit.messages(found => found.length > 11)
})

test('the histogram takes keys, and has a table for those who do not see it', async t => {
  if (!(await orSkip(t, installChromium))) return
  const store = await Store.start(t, ordinary())
  const { page, ...visit } = await Visit.start(t, 'desktop', `${store.url}/?from=-1h`)
  await page.locator('.u-over').waitFor()
  await page.getByRole('group', { name: /^Chart/ }).focus()
  await page.keyboard.press('End')
  for (const key of ['ArrowLeft', 'ArrowLeft', 'Shift+ArrowLeft', 'Enter']) await page.keyboard.press(key)
  await page.waitForURL(/from=\d{4}.*to=/)
  assert.ok(
    (await page
      .getByRole('table', { name: /^Records over time/ })
      .getByRole('row')
      .count()) > 1,
  )
  assert.deepEqual(visit.complaints, [])
})

onEachSize(
  'a link reproduces the view, and one goes back and forward',
  ordinary,
  async (visit, _store, t, size) => {
    const { page } = visit
    await page.getByRole('button', { name: '1 h', exact: true }).click()
    await visit.search('host:web1')
    await visit.messages(found => found.length === 15)
    await visit.open('#21')
    const url = page.url()
    const other = await Visit.start(t, size, url)
    await other.page.getByRole('region', { name: 'Details of the record' }).getByText('#21').waitFor()
    await other.messages(found => found.length === 15)
    assert.equal(await other.page.getByRole('combobox').inputValue(), 'host:web1')
    await other.page.getByRole('button', { name: '1 h', exact: true, pressed: true }).waitFor()

    await page.goBack()
    await visit.messages(found => found.length === 30)
    assert.equal(await page.getByRole('combobox').inputValue(), '')
    await page.goForward()
    await page.getByRole('region', { name: 'Details of the record' }).getByText('#21').waitFor()
    // The record among what its host said at that time.
    await page.getByRole('link', { name: 'Surroundings' }).click()
    await visit.untilUrl(/record=.*|from=\d{4}/)
    await page.getByRole('region', { name: 'Details of the record' }).getByText('#21').waitFor()
    await visit.messages(found => found.length === 1)
  },
)

onEachSize('completes fields and values by keys', ordinary, async visit => {
  const { page } = visit
  await visit.messages(found => found.length === 30)
  const box = page.getByRole('combobox')
  await box.pressSequentially('failed ho')
  await page.getByRole('option', { name: 'host:' }).waitFor()
  await page.keyboard.press('ArrowDown')
  assert.equal(await page.getByRole('option', { selected: true }).innerText(), 'host:')
  await page.keyboard.press('Enter')
  assert.equal(await box.inputValue(), 'failed host:')
  await page.getByRole('option', { name: /^web1/ }).waitFor()
  await page.keyboard.type('web1')
  await page.keyboard.press('Backspace')
  await page.getByRole('option', { name: /^web1/ }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  assert.match(await box.inputValue(), /^failed host:web[12] $/)
  assert.equal(await page.getByRole('option').count(), 0)
  await visit.messages(found => found.length === 5)
})

onEachSize('says what is wrong with a query at its place, and keeps the lines', ordinary, async visit => {
  const { page } = visit
  await visit.search('host:web1')
  await visit.messages(found => found.length === 15)
  await visit.search('host:web1 "not closed')
  await page.getByText('no closing quote').waitFor()
  assert.equal(await page.locator('.wrong').innerText(), '"not closed')
  assert.equal(await page.getByRole('combobox').getAttribute('aria-invalid'), 'true')
  assert.equal(await page.locator('.line').count(), 15)
  await visit.assertNoSidewaysScroll()
  await visit.search('host:web1 "closed"')
  await page.locator('.wrong').waitFor({ state: 'detached' })
})

onEachSize(
  'an empty store teaches, and so does a search without a match',
  () => [],
  async (visit, store) => {
    const { page } = visit
    await page.getByText('logger -n 127.0.0.1 -P 5514 -d hello').waitFor()
    await page.locator('.empty').getByRole('button', { name: 'Live' }).click()
    await page.locator('.watch.live').waitFor()
    const yesterday = new Date(Date.now() - 30 * 3_600_000).toISOString()
    await store.write({ message: 'hello' }, { '@timestamp': yesterday, message: 'older' })
    await visit.messages(found => found.includes('hello'))
    await visit.search('older host:*')
    await page.getByText('No record matches').waitFor()
    await visit.search('older')
    await page.getByRole('button', { name: 'Search the last 7 days' }).click()
    await visit.messages(found => found[0] === 'older')
    await visit.assertNoSidewaysScroll()
  },
)
