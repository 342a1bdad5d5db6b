// The page of sluice-hub and sluice-count: events as they come.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { Sluice } from '../support/process.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import {
  event,
  eventsFrom,
  eventually,
  figure,
  isLive,
  Live,
  onEachSize,
  texts,
  tops,
} from './live-support.ts'
import { Visit } from './support.ts'

const SHOWN = '.line .kind'

/** Waits until the server counts what was asked for anew. */
async function anew(page: Page): Promise<void> {
  await eventually('the sum', () => figure(page, 'Since opened'), 0)
  await isLive(page)
}

onEachSize('events show up: numbers, colours, the most frequent, the last ones', async (visit, live) => {
  const { page } = visit
  await page.getByText('No event yet').waitFor()
  live.write(...eventsFrom(0, 120))
  await eventually('the sum', () => figure(page, 'Since opened'), 120)
  await eventually('the most frequent', () => tops(page), ['acme: 40', 'globex: 40', 'initech: 40'])
  await eventually('the legend', () => texts(page, '.legend .name'), [
    ...['auth.login', 'mail.sent', 'shop.cart', 'shop.view'],
  ])
  const [first] = await texts(page, '.line .message')
  assert.match(first!, /^app=shop {2}path=\/products\/\d+ {2}browser\.name=/)
  await visit.assertNoSidewaysScroll()

  await page.getByLabel('Colour by').selectOption('data.browser.name')
  await anew(page)
  live.write(...eventsFrom(120, 60))
  await eventually('the other colours', async () => (await texts(page, '.legend .name')).sort(), [
    'Chrome',
    'Firefox',
  ])
  assert.match(page.url(), /by=data\.browser\.name/)
  await page.getByLabel('Top', { exact: true }).selectOption('type')
  await visit.untilUrl(/top=type/)
  await anew(page)
  live.write(...eventsFrom(180, 40))
  await eventually('the other list', async () => (await tops(page)).map(text => text.split(':')[0]).sort(), [
    ...['auth.login', 'mail.sent', 'shop.cart', 'shop.view'],
  ])
})

test('an event of a datagram is seen', async t => {
  if (!(await orSkip(t, installChromium))) return
  const chain = 'udp-json --listen 127.0.0.1:0 | hub --http 127.0.0.1:0'
  const run = new Sluice(t, 'sluice', ['run', chain])
  await run.ready()
  const { msg } = await run.log(/^the page is at /)
  const visit = await Visit.start(t, 'desktop', msg.slice('the page is at '.length))
  await isLive(visit.page)
  await visit.page.getByText('No event yet').waitFor()
  const hint = await visit.page.locator('.empty pre').first().innerText()
  const seen = visit.page.evaluate(`new Promise(resolve => {
    const look = () => document.querySelector('.line') ? requestAnimationFrame(() => resolve(Date.now())) : undefined
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true })
  })`) as Promise<number>
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  const sent = Date.now()
  socket.send(JSON.stringify(event(0)), await run.port(), '127.0.0.1')
  t.diagnostic(`it was seen ${(await seen) - sent} ms after it was sent`)
  // What an empty page says to type, wherever there is Bash.
  const shell = spawn('bash', ['-c', hint.replace('5170', String(await run.port()))], { stdio: 'inherit' })
  assert.deepEqual(await once(shell, 'exit'), [0, null])
  await visit.page.locator('.line', { hasText: 'hello' }).waitFor()
})

onEachSize('only what one wants: topics, a query, a value that one clicks', async (visit, live) => {
  const { page } = visit
  live.write(...eventsFrom(0, 8))
  await eventually('all', async () => (await texts(page, SHOWN)).length, 8)
  await page.getByLabel('Add a topic').fill('shop.*')
  await page.keyboard.press('Enter')
  await eventually('shop', async () => [...new Set(await texts(page, SHOWN))].sort(), [
    'shop.cart',
    'shop.view',
  ])
  await page.getByLabel('Add a topic').fill('mail.sent')
  await page.keyboard.press('Enter')
  await eventually('shop and mail', async () => (await texts(page, SHOWN)).length, 6)
  assert.match(page.url(), /\?topic=shop\.\*&topic=mail\.sent$/)
  await page.getByRole('button', { name: 'Remove the topic shop.*' }).click()
  await eventually('mail', async () => [...new Set(await texts(page, SHOWN))], ['mail.sent'])
  await page.getByRole('button', { name: 'Remove the topic mail.sent' }).click()

  await eventually('the list', async () => (await tops(page)).length, 3)
  await page.locator('.tops').getByRole('button', { name: /^acme/ }).click()
  await eventually('acme', async () => [...new Set(await texts(page, '.line .top-value'))], ['acme'])
  assert.equal(await page.getByLabel('Only events that match').inputValue(), 'data.account:acme')
  await anew(page)
  live.write(...eventsFrom(8, 6))
  await eventually('the sum', () => figure(page, 'Since opened'), 2)
  await page.getByLabel('Only events that match').fill('data.account:acme "not closed')
  await page.keyboard.press('Enter')
  await page.getByText('no closing quote').waitFor()
  await page.getByRole('button', { name: 'Clear the query' }).click()
  await eventually('all', async () => (await texts(page, SHOWN)).length, 14)
  await page.goBack()
  await page.goBack()
  await eventually('acme again', async () => [...new Set(await texts(page, '.line .top-value'))], ['acme'])
})

onEachSize('a pause holds everything, an event is shown whole', async (visit, live) => {
  const { page } = visit
  live.write(...eventsFrom(0, 4))
  await eventually('all', async () => (await texts(page, SHOWN)).length, 4)
  await eventually('the sum', () => figure(page, 'Since opened'), 4)
  await eventually('the list', async () => (await tops(page)).length, 3)
  const held = await tops(page)
  await page.getByRole('button', { name: 'Live. Pause' }).click()
  await page.locator('.watch.paused').waitFor()
  live.write(...eventsFrom(4, 3))
  await page.getByRole('button', { name: '3 new' }).waitFor()
  assert.equal((await texts(page, SHOWN)).length, 4)
  assert.equal(await figure(page, 'Since opened'), 4)
  // Also what is drawn anew meanwhile.
  await page
    .locator('.legend')
    .getByRole('button', { name: /^mail\.sent/ })
    .click()
  await page.getByLabel('Top', { exact: true }).focus()
  assert.deepEqual(await tops(page), held)
  await page.getByRole('button', { name: '3 new' }).click()
  await eventually('all', async () => (await texts(page, SHOWN)).length, 7)
  await eventually('the sum', () => figure(page, 'Since opened'), 7)

  await page.locator('.summary', { hasText: '/products/6' }).click()
  const details = page.getByRole('region', { name: 'Details of the event' })
  assert.equal(
    await details.locator('tr', { hasText: 'data.path' }).locator('.value').innerText(),
    '/products/6',
  )
  live.write(...eventsFrom(7, 2))
  await page.getByRole('button', { name: '2 new' }).waitFor()
  await details.getByRole('button', { name: 'JSON', exact: true }).click()
  assert.equal(JSON.parse(await details.locator('.raw').innerText()).data.path, '/products/6')
  await details.getByRole('button', { name: 'Copy the event as JSON' }).click()
  await details.getByRole('button', { name: 'copied' }).waitFor()
  await details.getByRole('button', { name: 'Fields' }).click()
  await visit.assertNoSidewaysScroll()
  await details.getByRole('button', { name: 'Not this, data.account: acme' }).click()
  assert.equal(await page.getByLabel('Only events that match').inputValue(), '-data.account:acme')
  // The details are closed, and what comes is shown again.
  await anew(page)
  live.write(
    { type: 'shop.view', data: { account: 'acme' } },
    { type: 'shop.view', data: { account: 'other' } },
  )
  const accounts = () => texts(page, '.line .top-value')
  await eventually('the other one', async () => (await accounts()).includes('other'), true)
  assert.equal((await accounts()).includes('acme'), false)
})

onEachSize('it comes back after the hub was away', async (visit, live, t) => {
  const { page } = visit
  live.write(...eventsFrom(0, 4))
  await eventually('all', async () => (await texts(page, SHOWN)).length, 4)
  await live.process.stop('SIGKILL')
  await page.locator('.watch.reconnecting').waitFor()
  await page.getByText('The hub cannot be reached. Trying again …').waitFor()
  const again = await Live.start(t, 'sluice-hub', [], live.port)
  await isLive(page)
  again.write(...eventsFrom(4, 3))
  await eventually('what was there, and what is new', async () => (await texts(page, SHOWN)).length, 7)
})

test('what is half written is not asked for, and what is no field stops the chart alone', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  const { page } = await Visit.start(t, 'desktop', live.url)
  await isLive(page)
  live.write(...eventsFrom(0, 2), { type: 'add to cart', data: { account: 'acme' } })
  await eventually('all', async () => (await texts(page, SHOWN)).length, 3)
  const focused = () => page.evaluate('document.activeElement.id')
  const topic = page.getByLabel('Add a topic')
  await topic.fill('sho')
  await page.keyboard.press('Escape')
  assert.equal(await topic.inputValue(), '')
  assert.equal(new URL(page.url()).search, '')
  // As it is published.
  await topic.fill('add to cart')
  await page.keyboard.press('Enter')
  await eventually('its events', () => texts(page, SHOWN), ['add to cart'])
  assert.equal(new URL(page.url()).search, '?topic=add_to_cart')
  await page.getByRole('button', { name: 'Remove the topic add_to_cart' }).click()
  await eventually('all again', async () => (await texts(page, SHOWN)).length, 3)
  assert.equal(await focused(), 'topic')

  const colour = page.getByLabel('Colour by')
  await colour.selectOption('Other field …')
  await colour.fill('bro')
  await page.keyboard.press('Escape')
  assert.equal(await colour.inputValue(), 'type')
  await colour.selectOption('Other field …')
  await colour.fill('no:field')
  await page.keyboard.press('Enter')
  await page.getByText('"no:field" is not the name of a field').waitFor()
  live.write(event(3))
  await eventually('one more', async () => (await texts(page, SHOWN)).length, 4)
  await page.getByRole('button', { name: 'Use the usual fields' }).click()
  await isLive(page)
  live.write(event(4))
  await eventually('and one more', async () => (await texts(page, SHOWN)).length, 5)
})

test('a value of the list is asked for in all places where it was counted', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  const { page } = await Visit.start(t, 'desktop', `${live.url}/?top=type`)
  await isLive(page)
  live.write({ type: 'view', data: { type: 'button' } }, { data: { type: 'view' } }, { type: 'cart' })
  await eventually('the list', () => tops(page), ['view: 2', 'cart: 1'])
  const view = page.locator('.tops').getByRole('button', { name: /^view/ })
  await view.click()
  const asked = () => page.getByLabel('Only events that match').inputValue()
  await eventually('what is asked', asked, '(type:view OR data.type:view)')
  await eventually('both', async () => (await texts(page, SHOWN)).length, 2)
  live.write({ type: 'view' }, { type: 'cart' }, { type: 'x'.repeat(101) })
  await eventually('the list', () => tops(page), ['view: 1'])
  await view.click()
  await eventually('nothing', asked, '')
  await eventually('all', async () => (await texts(page, SHOWN)).length, 6)
  // Of a value that was cut, the rest is not known.
  live.write({ type: 'x'.repeat(101) })
  await page.locator('.tops li button:disabled').waitFor()
})

test('who is on a row of the list stays there when its place changes', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  const { page } = await Visit.start(t, 'desktop', live.url)
  // As browsers are that have not got it yet: to move a row, it is taken out for a moment.
  await page.addInitScript('delete Element.prototype.moveBefore')
  await page.reload()
  await isLive(page)
  const of = (account: string, count: number) =>
    live.write(...Array.from({ length: count }, () => ({ type: 'x', data: { account } })))
  for (const [account, count] of [
    ['a', 5],
    ['b', 4],
    ['c', 3],
    ['d', 2],
  ] as const)
    of(account, count)
  await eventually('the list', () => tops(page), ['a: 5', 'b: 4', 'c: 3', 'd: 2'])
  const focused = () => page.evaluate('document.activeElement.getAttribute("aria-label")')
  // One that goes up, one that goes down, one between two that change places.
  for (const [order, account, more] of [
    ['dabc', 'd', ['d']],
    ['bdca', 'd', ['b', 'c']],
    ['dabc', 'b', ['a', 'd']],
  ] as const) {
    await page
      .locator('.tops')
      .getByRole('button', { name: new RegExp(`^${account}:`) })
      .focus()
    for (const [n, one] of more.entries()) of(one, 40 - 2 * n)
    await eventually('another order', async () => (await tops(page)).map(text => text[0]).join(''), order)
    assert.match(String(await focused()), new RegExp(`^${account}:`))
  }
  // The one in its place gets it, of one that is there no more.
  for (let n = 0; n < 12; n++) of(`z${n}`, 100 - n)
  await eventually('others', async () => (await tops(page)).every(text => text.startsWith('z')), true)
  assert.match(String(await focused()), /^z/)
})

test('a connection through which nothing comes any more is noticed, and what was missed is there', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  const proxy = await TcpProxy.open(t, live.port)
  const { page } = await Visit.start(t, 'desktop', `http://127.0.0.1:${proxy.port}`)
  await isLive(page)
  live.write(...eventsFrom(0, 4))
  await eventually('all', async () => (await texts(page, SHOWN)).length, 4)
  await eventually('the sum', () => figure(page, 'Since opened'), 4)
  // It may be there for a quarter of a second only.
  const isNoticed = page.evaluate(`new Promise(resolve => {
    const look = () => document.querySelector('.watch.reconnecting') && resolve()
    new MutationObserver(look).observe(document.body, { attributes: true, childList: true, subtree: true })
  })`)
  proxy.cutHalfOpen('server')
  live.write(...eventsFrom(4, 3))
  await isNoticed
  await isLive(page)
  await eventually('what came meanwhile', async () => (await texts(page, SHOWN)).length, 7)
  await eventually('the sum of all', () => figure(page, 'Since opened'), 7)
})

test('bug: the seventh tab got no connection to the hub', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  live.write(...eventsFrom(0, 4))
  const { page, context } = await Visit.start(t, 'desktop', live.url)
  await isLive(page)
  for (let n = 1; n < 8; n++) {
    const other = await context.newPage()
    await other.goto(live.url)
    await isLive(other)
    await eventually('all', async () => (await texts(other, SHOWN)).length, 4)
  }
})

test('what strangers send is text, and bounded', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  const visit = await Visit.start(t, 'phone', live.url)
  const { page } = visit
  await isLive(page)
  const evil = '<img src=x onerror=hacked=1>\u202egnp.exe\u0000'
  const one = {
    type: evil,
    __proto: 1,
    [evil]: evil,
    data: { account: evil, constructor: 'x' },
    message: 'y'.repeat(500_000),
  }
  live.write(one)
  await page.locator('.line').waitFor()
  const shown = evil.replace('\u202e', '⟨U+202E⟩').replace('\u0000', '⟨U+0000⟩')
  assert.equal(await page.locator('.line .kind').innerText(), shown)
  await eventually('the legend', () => texts(page, '.legend .name'), [shown])
  await eventually('the list', () => texts(page, '.tops .name'), [shown])
  await page.locator('.summary').click()
  await page.getByRole('region', { name: 'Details of the event' }).getByText('Show all 488 KiB').waitFor()
  await visit.assertNoSidewaysScroll()
  await page.keyboard.press('Escape')

  const many = (n: number) => ({ type: `type-${n}`, data: { account: `a${n}`, [`field${n}`]: n } })
  for (let n = 0; n < 10_000; n += 500)
    live.write(...Array.from({ length: 500 }, (_, each) => many(n + each)))
  await eventually('the sum', () => figure(page, 'Since opened'), 10_001)
  assert.ok((await page.locator('.legend li').count()) <= 9)
  assert.ok((await page.locator('.tops li').count()) <= 12)
  assert.ok((await page.locator('.line').count()) <= 100)
  assert.ok((await page.getByLabel('Colour by').locator('option').count()) <= 210)
  assert.equal(await page.locator('img, .line b').count(), 0)
  assert.equal(await page.evaluate('typeof hacked'), 'undefined')
})

test('everything is done by keys', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  live.write(...eventsFrom(0, 12))
  const { page } = await Visit.start(t, 'desktop', live.url)
  await isLive(page)
  await eventually('all', async () => (await texts(page, SHOWN)).length, 12)
  const focused = (text: string) => page.locator('.summary:focus', { hasText: text }).waitFor()
  await page.keyboard.press('j')
  await focused('/products/11')
  await page.keyboard.press('ArrowDown')
  await focused('/products/10')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Details of the event' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('region', { name: 'Details of the event' }).waitFor({ state: 'detached' })
  await page.keyboard.press('G')
  await focused('/products/0')
  // As on any button.
  await page.keyboard.press('Space')
  await page.getByRole('region', { name: 'Details of the event' }).waitFor()
  await page.keyboard.press('Space')
  await page.getByRole('region', { name: 'Details of the event' }).waitFor({ state: 'detached' })
  // In the frame after it is closed, the event gets the focus back.
  await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.press('Space')
  await page.locator('.watch.paused').waitFor()
  await page.keyboard.press('Space')
  await isLive(page)
  await page.keyboard.press('/')
  await page.keyboard.type('type:shop.view')
  await page.keyboard.press('Enter')
  await eventually('views', async () => [...new Set(await texts(page, SHOWN))], ['shop.view'])
  await page.keyboard.press('Escape')
  await page.keyboard.press('t')
  await page.keyboard.type('shop.*')
  await page.keyboard.press('Enter')
  await page.waitForURL(/topic=shop/)
  await page.keyboard.press('Escape')
  await page.keyboard.press('s')
  await page.getByText(/^\d+ events per second, \d+ since opened$/).waitFor({ state: 'attached' })
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  // As long as it is there, nothing else takes the focus.
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await eventually('a column', async () => Number.isFinite(await figure(page, 'Average')), true)
  // The columns of the chart, and the table for those who do not see it.
  await page.getByRole('group', { name: /^Chart/ }).focus()
  await page.keyboard.press('ArrowLeft')
  await page.locator('.pointed', { hasText: /\d\d:\d\d:\d\d/ }).waitFor()
  const said = page.locator('.live-chart [role=status]', { hasText: /^\d\d:\d\d:\d\d: [\d.]+ per second$/ })
  await said.waitFor({ state: 'attached' })
  await page.keyboard.press('Escape')
  await said.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Table' }).press('Enter')
  await page.getByRole('table', { name: /^Events per second/ }).waitFor()
  // Whatever one comes to by Tab has a name, and can be seen to be there.
  await page.locator('body').focus()
  const names: string[] = []
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press('Tab')
    names.push(String(await page.evaluate(NAME_OF_FOCUSED)))
    if (names.at(-1) === 'end') break
  }
  assert.ok(!names.includes(''), JSON.stringify(names))
})

test('bug: a mouse that rests on the chart had a screen reader tell every second', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-hub')
  const { page } = await Visit.start(t, 'desktop', live.url)
  await isLive(page)
  live.write(...eventsFrom(0, 40))
  await eventually('a column', async () => Number.isFinite(await figure(page, 'Average')), true)
  const { x, y, width } = (await page.getByRole('group', { name: /^Chart/ }).boundingBox())!
  await page.evaluate(LISTEN)
  await page.mouse.move(x + width - 40, y + 50)
  const pointed = page.locator('.pointed', { hasText: /\d\d:\d\d:\d\d/ })
  await pointed.waitFor()
  const first = await pointed.textContent()
  await eventually('another column', async () => (await pointed.textContent()) !== first, true)
  assert.deepEqual(await page.evaluate('told'), [])
})

/** What a screen reader tells from now on. */
const LISTEN = `(() => {
  told = []
  new MutationObserver(changes => {
    for (const { target } of changes) {
      const region = (target.closest ? target : target.parentElement).closest('[aria-live=polite], [role=status]')
      if (region?.textContent) told.push(region.textContent)
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true })
})()`

const NAME_OF_FOCUSED = `(() => {
  const one = document.activeElement
  if (!one || one === document.body) return 'end'
  if (getComputedStyle(one).outlineStyle === 'none') return ''
  return (one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.textContent || '').trim()
})()`

onEachSize('values are hidden and shown, light and dark', async (visit, live, _t, size) => {
  const { page } = visit
  live.write(...eventsFrom(0, 40))
  await eventually('the legend', async () => (await texts(page, '.legend .name')).length, 4)
  const item = page.locator('.legend').getByRole('button', { name: /^mail\.sent/ })
  await item.click()
  assert.equal(await item.getAttribute('aria-pressed'), 'false')
  if (size === 'desktop') {
    await item.click({ modifiers: ['Alt'] })
    await eventually('only this', () => page.locator('.legend [aria-pressed=true]').count(), 1)
  }
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    assert.deepEqual(await page.evaluate(POOR_CONTRAST), [], scheme)
  }
  if (size === 'phone') assert.deepEqual(await page.evaluate(SMALL_TARGETS), [])
})

/** Texts whose colour is too near to that of their ground (WCAG 2.2, 1.4.3). */
const POOR_CONTRAST = `(() => {
  const luminance = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(Number).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = one => {
    for (let at = one; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor
      if (!/, 0\\)$|transparent/.test(colour)) return colour
    }
    return 'rgb(255, 255, 255)'
  }
  const poor = []
  for (const one of document.querySelectorAll('body *')) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim() !== '')
    if (!own || !one.checkVisibility() || one.closest('.visually-hidden, .skip, datalist, noscript, :disabled')) continue
    const [a, b] = [luminance(getComputedStyle(one).color), luminance(ground(one))].sort((x, y) => y - x)
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(one.textContent + ' ' + getComputedStyle(one).color)
  }
  return poor
})()`

/** What a finger does not hit: below 44 pixels; lines of events are as high as they need be. */
const SMALL_TARGETS = `[...document.querySelectorAll('button, select, input')]
  .filter(one => one.checkVisibility() && !one.closest('.skip, dialog, .status'))
  .filter(one => one.getBoundingClientRect().height < 43.5)
  .map(one => one.outerHTML.slice(0, 90) + ' ' + one.getBoundingClientRect().height)`

test('who has the token of an account sees its events, and nobody else’s', async t => {
  if (!(await orSkip(t, installChromium))) return
  const tokens = join(await mkdtemp(join(tmpdir(), 'sluice-tokens-')), 'accounts')
  t.after(() => rm(dirname(tokens), { recursive: true }))
  await writeFile(tokens, `${'a'.repeat(40)} acme\n${'b'.repeat(40)} initech\n`, { mode: 0o600 })
  const live = await Live.start(t, 'sluice-hub', ['--account-tokens', tokens])
  live.write(...eventsFrom(0, 30))
  const visit = await Visit.start(t, 'phone', live.url)
  const { page } = visit
  await page.locator('input[type=password]').fill('b'.repeat(40))
  await page.keyboard.press('Enter')
  await isLive(page)
  await eventually('its events', async () => [...new Set(await texts(page, '.line .top-value'))], ['initech'])
  live.write(...eventsFrom(30, 30))
  await eventually('its list', () => tops(page), ['initech: 10'])
  await page.getByText('account initech').waitFor()
})
