// The page of sluice-store: its lines, as they come in, whatever is in them.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { root } from '../support/process.ts'
import { HOSTILE, ordinary, picturesque } from './records.ts'
import { onEachSize, Store, Visit } from './support.ts'

onEachSize(
  'live lines come on top, wait while it is paused, and while somebody reads',
  ordinary,
  async (visit, store) => {
    const { page } = visit
    await page.getByRole('switch', { name: 'Live' }).click()
    await page.locator('.watch.live').waitFor()
    const numbered = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({ message: `new ${from + n}`, host: 'web1' }))
    await store.write(...numbered(0, 3))
    await visit.messages(found => found.slice(0, 3).join() === 'new 2,new 1,new 0')

    await page.getByRole('button', { name: 'Pause' }).click()
    await store.write(...numbered(3, 4))
    await page.getByRole('button', { name: '4 new' }).click()
    await visit.messages(found => found[0] === 'new 6')

    await visit.open('new 5')
    await store.write(...numbered(7, 2))
    await page.getByRole('button', { name: '2 new' }).waitFor()
    await page.keyboard.press('Escape')
    await visit.messages(found => found[0] === 'new 8')
    assert.match(page.url(), /live=1/)

    await store.process.stop('SIGKILL')
    await page.getByRole('switch', { name: 'Reconnecting' }).waitFor()
  },
)

onEachSize(
  'what strangers send is text',
  () => [HOSTILE],
  async visit => {
    const { page } = visit
    await visit.open('<script>')
    const { message } = HOSTILE as { message: string }
    const shown = message.replace(
      /[\u0000-\u001f\u202c\u202e]/g,
      c => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    )
    assert.equal(await page.locator('.line .message').innerText(), shown)
    assert.equal(
      await page.locator('.details tr', { hasText: 'hacked=1</script>' }).locator('.value').innerText(),
      shown,
    )
    await page.getByRole('button', { name: 'JSON', exact: true }).click()
    await page.locator('.raw', { hasText: '<script>' }).waitFor()
    assert.equal(await page.locator('.line :is(img, script, b, a:not(.button))').count(), 0)
    assert.equal(await page.evaluate('typeof hacked'), 'undefined')

    await page.getByRole('button', { name: 'Fields' }).click()
    await page.getByRole('button', { name: /^Only this, host: / }).click()
    await visit.messages(found => found.length === 1)
    await visit.search('gnp.exe')
    await page.locator('mark', { hasText: 'gnp.exe' }).waitFor()
    await visit.assertNoSidewaysScroll()
  },
)

onEachSize(
  'a line of 500 kB',
  () => [{ message: `long ${'x'.repeat(500_000)}` }],
  async visit => {
    const [message] = await visit.messages(found => found.length === 1)
    assert.ok(message!.length < 2000)
    await visit.open('long')
    await visit.page.getByRole('button', { name: 'Show all 488 KiB' }).click()
    const value = visit.page.locator('.details tr', { hasText: 'long' }).locator('.value')
    assert.ok((await value.innerText()).length > 500_000)
    await visit.assertNoSidewaysScroll()
  },
)

test('everything is done by keys', async t => {
  if (!(await orSkip(t, installChromium))) return
  const store = await Store.start(t, ordinary())
  const visit = await Visit.start(t, 'desktop', store.url)
  const { page } = visit
  await visit.messages(found => found.length === 30)
  const focused = (text: string) => page.locator('.summary:focus', { hasText: text }).waitFor()
  await page.keyboard.press('j')
  await focused('#29')
  await page.keyboard.press('j')
  await focused('#28')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Details of the record' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('region', { name: 'Details of the record' }).waitFor({ state: 'detached' })
  await page.keyboard.press('k')
  await focused('#29')
  await page.keyboard.press('G')
  await focused('#0')
  await page.keyboard.press('g')
  await focused('#29')
  await page.keyboard.press('l')
  await page.locator('.watch.live').waitFor()
  await page.keyboard.press('p')
  await page.getByRole('switch', { name: 'Paused' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.keyboard.press('/')
  await page.keyboard.type('#5')
  assert.equal(await page.getByRole('combobox').inputValue(), '#5')
})

test('many lines are loaded page by page', async t => {
  if (!(await orSkip(t, installChromium))) return
  const store = await Store.start(t, ordinary(250))
  const visit = await Visit.start(t, 'desktop', store.url)
  await visit.messages(found => found.length >= 100)
  for (let more = true; more; ) {
    await visit.page.keyboard.press('End')
    more = !(await visit.page.getByText('That is all.').isVisible())
  }
  const messages = await visit.messages(found => found.length === 250)
  assert.equal(new Set(messages).size, 250)
})

test('the picture of the README', { skip: !process.env.SLUICE_SCREENSHOT }, async t => {
  const store = await Store.start(t, picturesque(3000))
  const visit = await Visit.start(t, 'desktop', `${store.url}/?q=failed+OR+refused`)
  await visit.messages(found => found.length >= 100)
  await visit.page.locator('.facets li').first().waitFor()
  await visit.page.locator('.u-over').waitFor()
  await visit.page.screenshot({ path: join(root, 'docs/images/store.png') })
})
