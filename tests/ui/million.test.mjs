// A list of a million rows: browsers clamp tall elements, so the bar is scaled, small steps stay small,
// the end is one request away and the middle a bounded number. The rows come from a stand-in for the
// route, which pages by cursors as the server does.
import assert from 'node:assert/strict'
import { openList } from './browser.mjs'
import { inOffices } from './office.mjs'

const ROWS = 1_000_000
const name = (index) => `Row ${String(index).padStart(7, '0')}`

/** Rows in the order of their names, or from the end; a cursor is the place where a page goes on. */
function answer(url) {
  const asked = url.searchParams
  const backwards = asked.get('sort').startsWith('-name')
  const from = Number(asked.get('after') ?? 0)
  const to = Math.min(from + Number(asked.get('limit')), ROWS)
  const records = []
  for (let at = from; at < to; at++) {
    const index = backwards ? ROWS - 1 - at : at
    records.push({ id: String(index + 1), version: 1, ...(asked.get('fields') === 'id' ? {} : { name: name(index) }) })
  }
  const counts = { capped: { value: 10000, exact: false }, exact: { value: ROWS, exact: true } }
  return { records, next: to < ROWS ? String(to) : null, ...(asked.get('count') ? { total: counts[asked.get('count')] } : {}) }
}

inOffices('a million rows', { engines: ['sqlite'], people: ['boss'] }, (test, opened) => {
  let page
  const requests = []
  opened(async (office) => {
    ({ page } = office)
    await page.route('**/api/v1/records/organization?*', (route) => {
      const url = new URL(route.request().url())
      requests.push(url.search)
      return route.fulfill({ json: answer(url) })
    })
    await openList(page, '/organization?sort=name&columns=name')
    await page.locator('.list-foot .count', { hasText: '1,000,000 records' }).waitFor()
  })
  const shows = (index) => page.locator('td.first', { hasText: name(index) }).waitFor()
  const box = () => page.locator('.list-scroll')
  /** The first row below the head, by its text. */
  const top = () => page.evaluate(() => {
    const head = document.querySelector('.table th').getBoundingClientRect().bottom
    const cell = [...document.querySelectorAll('td.first a')].find((link) => link.getBoundingClientRect().bottom > head + 4)
    return cell?.textContent ?? null
  })

  test('keeps the page small and its height below what browsers clamp', async () => {
    assert.ok((await page.locator('.table tbody tr').count()) < 80)
    const height = await box().evaluate((element) => element.scrollHeight)
    assert.ok(height > 10_000_000 && height < 20_000_000, `${height} px`)
  })

  test('End shows the last row with a request or two, Home the first', async () => {
    requests.length = 0
    await page.keyboard.press('End')
    await shows(ROWS - 1)
    assert.ok(requests.length <= 3, requests.join('\n'))
    await page.locator('tr[data-current=true]', { hasText: name(ROWS - 1) }).waitFor()
    await page.keyboard.press('k')
    await page.locator('tr[data-current=true]', { hasText: name(ROWS - 2) }).waitFor()
    await page.keyboard.press('Home')
    await page.locator('tr[data-current=true]', { hasText: name(0) }).waitFor()
  })

  test('a turn of the wheel moves by as many pixels as it says', async () => {
    await box().hover()
    await page.mouse.wheel(0, 360)
    await page.waitForFunction((wanted) => {
      const head = document.querySelector('.table th').getBoundingClientRect().bottom
      return [...document.querySelectorAll('td.first a')].find((link) => link.getBoundingClientRect().bottom > head + 4)?.textContent === wanted
    }, name(10))
    await page.mouse.wheel(0, -360)
    await page.waitForFunction((wanted) => document.querySelector('td.first a')?.textContent === wanted, name(0))
  })

  test('dragging the thumb far away shows rows of that place, whatever it takes a bounded number of requests', async () => {
    requests.length = 0
    await box().evaluate((element) => { element.scrollTop = element.scrollHeight * 0.03 })
    await page.waitForFunction(() => [...document.querySelectorAll('td.first a')].some((link) => /Row 00[23]\d{4}/.test(link.textContent)))
    assert.ok(requests.length < 45, `${requests.length} requests`)
    const shown = await top()
    assert.match(shown, /^Row 00(29|30)/)
    await page.mouse.wheel(0, 72)
    await page.waitForFunction((old) => {
      const head = document.querySelector('.table th').getBoundingClientRect().bottom
      return [...document.querySelectorAll('td.first a')].find((link) => link.getBoundingClientRect().bottom > head + 4)?.textContent > old
    }, shown)
    const after = await top()
    assert.ok(Number(after.slice(4)) - Number(shown.slice(4)) <= 3, `${shown} to ${after}`)
    assert.deepEqual(page.troubles, [])
  })
})
