// The page of sluice-count: how counts went, against an oracle.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { orSkip } from '../servers/available.ts'
import { installChromium } from '../servers/chromium.ts'
import { root } from '../support/process.ts'
import { eventually, figure, isLive, Live, picturesque, texts, tops, traffic } from './live-support.ts'
import { type Fields, SIZES, type Size, Visit } from './support.ts'

const ZONE = 'Europe/Berlin'
const FLAGS = [
  ...['--timezone', ZONE, '--key', '{account}/{type}', '--key', '{account}/all'],
  ...['--sum', '{account}/revenue = {data.amount}', '--distinct', '{account}/visitors = {data.visitor}'],
]
const MINUTE = 60_000
const HOUR = 60 * MINUTE

interface Sale {
  at: number
  account: string
  amount: number
  visitor: string
}

/** Of the last hours, and of the same time the day before. */
function sales(now: number): Sale[] {
  const sale = (n: number, hours: number): Sale => ({
    at: now - Math.floor(((n * 7919) % 1000) * 0.02 * HOUR) - hours * HOUR,
    account: n % 3 ? 'acme' : 'a/b',
    amount: (n % 40) + 0.25,
    visitor: `v${n % 17}`,
  })
  const numbers = Array.from({ length: 300 }, (_, n) => n)
  return [...numbers.map(n => sale(n, 1)), ...numbers.slice(0, 100).map(n => sale(n, 25))]
}

const eventOf = ({ at, account, amount, visitor }: Sale): Fields => ({
  ...{ type: 'order', time: new Date(at).toISOString(), data: { account, amount, visitor } },
})

/** How a clock on the wall of the zone shows the beginning of the step. */
const wall = (at: number, step: number) =>
  new Date(Math.floor(at / step) * step).toLocaleString('sv-SE', { timeZone: ZONE }).slice(0, 16)

function grouped(all: readonly Sale[], step: number, figure: (part: Sale[]) => number): [string, string][] {
  const parts = Map.groupBy(all, ({ at }) => wall(at, step))
  return [...parts]
    .map(([time, part]): [string, string] => [time, String(figure(part))])
    .sort()
    .reverse()
}

/** The rows of the table that have something. */
async function rows(visit: Visit): Promise<[string, string][]> {
  const cells = await visit.page
    .locator('.chart-table tbody tr')
    .evaluateAll(all => all.map(row => [...row.children].map(cell => cell.textContent)))
  return cells
    .filter(([, count]) => count !== '0')
    .map(([time, count]) => [time!, count!.replaceAll(',', '')])
}

const total = (visit: Pick<Visit, 'page'>) => texts(visit.page, '.past-legend li b')

async function startCounter(t: TestContext, size: Size, events: readonly Fields[], search: string) {
  const live = await Live.start(t, 'sluice-count', FLAGS)
  live.write(...events)
  const visit = await Visit.start(t, size, `${live.url}/${search}`)
  return { live, visit }
}

for (const size of Object.keys(SIZES) as Size[])
  test(`the chart shows what was counted (${size})`, async t => {
    if (!(await orSkip(t, installChromium))) return
    const now = Date.now()
    const all = sales(now)
    const { visit } = await startCounter(t, size, all.map(eventOf), '')
    const { page } = visit
    await isLive(page)
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByText('Choose up to 6 keys').waitFor()
    const acme = all.filter(({ account }) => account === 'acme')
    const today = acme.filter(({ at }) => at > now - 24 * HOUR)
    await page.locator('.keys').getByRole('button', { name: 'acme/order' }).click()
    await page.locator('.u-over').waitFor()
    await eventually('the sum', () => total(visit), [String(today.length)])
    await visit.assertNoSidewaysScroll()
    await page.getByRole('button', { name: 'Table' }).click()
    await eventually(
      'the quarters of the hours',
      () => rows(visit),
      grouped(today, 15 * MINUTE, part => part.length),
    )

    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByText(`before ${acme.length - today.length}`).waitFor()
    await page.getByRole('button', { name: 'Take acme/order out of the chart' }).click()
    await page.locator('.keys').getByRole('button', { name: 'acme/visitors' }).click()
    const visitors = (part: Sale[]) => new Set(part.map(({ visitor }) => visitor)).size
    await eventually('visitors, by the hour', () => rows(visit), grouped(today, HOUR, visitors))
    await page.getByRole('button', { name: 'Week' }).click()
    await page.locator('.keys').getByRole('button', { name: 'acme/visitors' }).click()
    await page.locator('.keys').getByRole('button', { name: 'acme/revenue' }).click()
    const revenue = (part: Sale[]) => part.reduce((sum, { amount }) => sum + amount, 0)
    await eventually('the revenue of a week', () => rows(visit), grouped(acme, HOUR, revenue))

    // A key whose account has a slash in it, found by how it begins.
    await page.getByLabel('Find keys by how they begin').fill('a%2F')
    await eventually('the keys', () => texts(page, '.keys .name'), [
      ...['acme/revenue', 'a%2Fb/all', 'a%2Fb/order', 'a%2Fb/revenue', 'a%2Fb/visitors'],
    ])
    await page.locator('.keys').getByRole('button', { name: 'a%2Fb/order' }).click()
    await eventually('both', async () => (await total(visit))[1], String(all.length - acme.length))
    assert.match(page.url(), /\?view=history&key=acme\/revenue&key=a%252Fb\/order&range=week&compare=1$/)
    const other = await Visit.start(t, size, page.url())
    await eventually('the same by a link', () => total(other), await total(visit))
    await page.getByRole('button', { name: 'Earlier' }).click()
    await eventually('the week before', () => total(visit), ['0', '0'])
    await visit.assertNoSidewaysScroll()
  })

test('a time of one’s own is that of the clock by which is counted, and what was counted meanwhile comes', async t => {
  if (!(await orSkip(t, installChromium))) return
  const at = Date.now() - 30 * MINUTE
  const sale = { at, account: 'acme', amount: 1, visitor: 'v' }
  const { live, visit } = await startCounter(t, 'desktop', [], '?view=history&key=acme/order&range=hour')
  const { page } = visit
  await page.getByText('Nothing is counted yet').waitFor({ state: 'detached' })
  await eventually('nothing', () => total(visit), ['0'])
  live.write(eventOf(sale))
  await eventually('one', () => total(visit), ['1'])
  await page.getByRole('button', { name: 'From … to' }).click()
  const input = (time: number) => wall(time, MINUTE).replace(' ', 'T')
  await page.getByLabel('From', { exact: true }).fill(input(at))
  await page.getByLabel('To', { exact: true }).fill(input(at + 2 * MINUTE))
  await page.getByRole('button', { name: 'Show' }).click()
  await eventually('its minute', () => total(visit), ['1'])
  await page.getByRole('button', { name: 'Table' }).click()
  await eventually('the minutes', () => rows(visit), [[wall(at, MINUTE), '1']])
  await page.getByRole('group', { name: /^Chart/ }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Table' }).press('Enter')
  await page.locator('.u-over').waitFor()
  await page.getByRole('group', { name: /^Chart/ }).focus()
  for (const key of ['ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key)
  await page.locator('.past-legend b', { hasText: wall(at, MINUTE) }).waitFor()
})

test('what a key counts is known once it is there', async t => {
  if (!(await orSkip(t, installChromium))) return
  const search = '?view=history&key=acme/visitors&range=hour'
  const { live, visit } = await startCounter(t, 'desktop', [], search)
  const { page } = visit
  await eventually('nothing', () => total(visit), ['0'])
  const now = Date.now()
  const visits = [2, 4].map(minutes => ({
    at: now - minutes * MINUTE,
    ...{ account: 'acme', amount: 1, visitor: 'v' },
  }))
  live.write(...visits.map(eventOf))
  const look = async () => {
    for (const name of ['Day', 'Hour']) await page.getByRole('button', { name, exact: true }).click()
    return await total(visit)
  }
  // The same one twice, and not the sum of both.
  await eventually('one visitor', look, ['1'])
})

test('what comes steadily is neither more nor less than the time before', async t => {
  if (!(await orSkip(t, installChromium))) return
  const now = Date.now()
  const steady = Array.from({ length: 24 * 63 }, (_, n) => ({
    at: now - n * HOUR,
    account: 'acme',
    amount: 1,
    visitor: 'v',
  }))
  const search = '?view=history&key=acme/order&compare=1'
  const { visit } = await startCounter(t, 'desktop', steady.map(eventOf), search)
  const { page } = visit
  for (const [name, points] of [
    ['Week', 168],
    ['Month', 30],
  ] as const) {
    await page.getByRole('button', { name, exact: true }).click()
    const words = () => page.locator('.past-legend li .quiet').last().textContent()
    const same = async () => /^before [\d,]+ \(±0 %\)$/.test((await words()) ?? '')
    await eventually(`a ${name} and the one before`, same, true)
    await page.getByRole('button', { name: 'Table' }).click()
    const rows = page.locator('.chart-table tbody tr')
    // Or a few less or more, where the clock was set meanwhile.
    await eventually('its points', async () => Math.abs((await rows.count()) - points) <= 2, true)
    assert.match((await rows.first().textContent()) ?? '', / so far/)
    await page.getByRole('button', { name: 'Table' }).click()
  }
})

test('a counter without keys says how to count', async t => {
  if (!(await orSkip(t, installChromium))) return
  const { visit } = await startCounter(t, 'phone', [], '?view=history')
  await visit.page.getByText('Nothing is counted yet').waitFor()
  await visit.page.getByText('{account}/visitors').waitFor()
  await visit.assertNoSidewaysScroll()
})

/** The time between two looks at what was counted. */
const LOOK = 15_000

test('keys that come later are listed, and what takes long is waited for', async t => {
  if (!(await orSkip(t, installChromium))) return
  const live = await Live.start(t, 'sluice-count', FLAGS)
  const { page } = await Visit.start(t, 'desktop', live.url)
  await isLive(page)
  await page.clock.install()
  const answers: (() => void)[] = []
  let asked = 0
  const isBusy = () => asked++ === 0
  await page.route('**/api/v1/keys?*', route =>
    isBusy() ? route.fulfill({ status: 503, json: { error: { message: 'busy' } } }) : route.continue(),
  )
  await page.route('**/api/v1/series/**', route => {
    answers.push(() => void route.continue())
  })
  await page.getByRole('button', { name: 'History' }).click()
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Nothing is counted yet').waitFor()
  const now = Date.now()
  live.write(eventOf({ at: now - MINUTE, account: 'acme', amount: 1, visitor: 'v' }))
  const keys = async () => {
    await page.clock.fastForward(LOOK)
    return (await texts(page, '.keys .name')).includes('acme/order')
  }
  await eventually('its keys', keys, true)
  await page.locator('.keys').getByRole('button', { name: 'acme/order' }).click()
  await page.clock.fastForward(3 * LOOK)
  await eventually('one request', async () => answers.length, 1)
  answers[0]!()
  await eventually('the answer', () => total({ page }), ['1'])
  await page.clock.fastForward(LOOK)
  await eventually('the next one', async () => answers.length, 2)
  answers[1]!()
})

const PICTURES = { skip: !process.env.SLUICE_SCREENSHOT }

test('the pictures of docs/dashboard.md', PICTURES, async t => {
  const picture = (name: string) => join(root, 'docs/images', `dashboard-${name}.png`)
  const hub = await Live.start(t, 'sluice-hub', ['--name', 'shop'])
  const stop = traffic(hub, 180)
  t.after(stop)
  const open = async (size: Size, dark: boolean, url: string) => {
    const visit = await Visit.start(t, size, url)
    await visit.page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
    return visit
  }
  const counter = await Live.start(t, 'sluice-count', ['--name', 'shop', ...FLAGS])
  counter.write(...picturesque(70_000))
  // A chart of two minutes wants two minutes.
  await new Promise(resolve => setTimeout(resolve, 125_000))
  for (const [size, dark, name] of [
    ['desktop', false, 'light'],
    ['desktop', true, 'dark'],
    ['phone', false, 'phone'],
  ] as const) {
    const visit = await Visit.start(t, size, hub.url)
    await visit.page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
    await visit.page.locator('.line').nth(20).waitFor()
    const isFull = async () =>
      (await figure(visit.page, 'Since opened')) > 1000 && (await tops(visit.page)).length > 8
    await eventually('a page full of figures', isFull, true)
    await visit.page.screenshot({ path: picture(name) })
    if (name !== 'light') continue
    await visit.page.locator('.summary').nth(2).click()
    await visit.page.getByRole('region', { name: 'Details of the event' }).waitFor()
    await visit.page.screenshot({ path: picture('event') })
  }
  const week = '?view=history&range=week&key=acme/all&key=initech/all&key=globex/all&compare=1'
  for (const [size, dark, name, search] of [
    ['desktop', false, 'history', week],
    ['desktop', true, 'history-dark', '?view=history&range=month&key=acme/revenue&compare=1'],
    ['phone', true, 'history-phone', week],
  ] as const) {
    const visit = await open(size, dark, `${counter.url}/${search}`)
    await visit.page.locator('.u-over').waitFor()
    await visit.page.screenshot({ path: picture(name) })
  }
  const quiet = await Live.start(t, 'sluice-hub')
  const visit = await open('desktop', false, quiet.url)
  await visit.page.getByText('No event yet').waitFor()
  await visit.page.screenshot({ path: picture('empty') })
})
