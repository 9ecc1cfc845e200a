// Every state has an address: what one filtered, sorted, grouped, opened or chose stands in it, so that a
// reload - and whoever is sent the address - sees the same.
import assert from 'node:assert/strict'
import { openList } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('addresses', { engines: ['sqlite'], demo: 60 }, (test, opened) => {
  let admin, page, deal
  opened(async (office) => {
    ({ admin, page } = office)
    deal = (await admin.get('records/deal', { where: "stage.kind == 'open'", limit: 1 })).records[0]
  })
  /** What `seen` tells before a reload it tells after it, at the same address. */
  const survives = async (seen) => {
    const told = await until(seen)
    const address = page.url()
    await page.reload()
    await until(seen, told)
    assert.equal(page.url(), address)
  }
  const texts = (selector) => async () => { const found = await page.locator(selector).allInnerTexts(); return found.length ? found : null }

  test('a list: filter, words, order, groups and columns', async () => {
    await openList(page, `/deal?where=${encodeURIComponent('amount > 1000')}&sort=-amount&columns=name,amount,stage`)
    await survives(async () => { const rows = await page.locator('.table tbody tr td.first').allInnerTexts(); return rows.length > 5 && [rows.slice(0, 5), await page.locator('.chip-body').allInnerTexts(), await page.locator('th').allInnerTexts(), await page.locator('th[aria-sort=descending]').count()] })
    const count = () => page.locator('.list-foot .count').innerText()
    const all = await count()
    await page.locator('#list-search').fill('fleet')
    await page.waitForURL(/search=fleet/)
    await until(async () => (await count()) !== all)
    await survives(async () => (await count()) + (await page.locator('#list-search').inputValue()))
    await page.goto('/deal?group=stage')
    await survives(texts('.group-row'))
  })

  test('words narrow groups too', async () => {
    await openList(page, '/deal?search=fleet')
    const found = await page.locator('.list-foot .count').innerText()
    await page.goto('/deal?search=fleet&group=stage')
    await page.locator('.list-foot .count', { hasText: found }).waitFor()
    await page.locator('td.first a').first().waitFor()
    const names = await page.locator('td.first a').allInnerTexts()
    assert.ok(names.length > 0 && names.every((name) => /fleet/i.test(name)), names.join('\n'))
  })

  test('what stands beside a list and a board', async () => {
    await openList(page, '/deal')
    await page.keyboard.press('j')
    await page.keyboard.press('Space')
    await page.waitForURL(/peek=\d+/)
    await survives(async () => (await page.locator('.peek h2').allInnerTexts())[0] || null)
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => !url.search.includes('peek'))
    await page.goto('/deal?as=board')
    await page.locator('.card-title').first().focus()
    await page.keyboard.press('p')
    await page.waitForURL(/peek=\d+/)
    await survives(async () => (await page.locator('.peek h2').allInnerTexts())[0] || null)
  })

  test('a board, and a calendar with its span and day', async () => {
    await page.goto('/deal')
    await page.getByRole('button', { name: 'Board' }).click()
    await page.waitForURL(/as=board/)
    await survives(texts('.column-count'))
    await page.goto('/activity?as=calendar')
    await page.getByRole('radio', { name: 'Month' }).check()
    await page.waitForURL(/span=month/)
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await page.waitForURL(/on=/)
    await survives(texts('.calendar-title, main h2'))
  })

  test('a record: the part of its history, the past it is shown in, what is opened beside it', async () => {
    await page.goto(`/deal/${deal.id}`)
    await page.locator('.kinds button').nth(2).click()
    await page.waitForURL(/\?.*=/)
    await survives(async () => (await page.locator('.kinds [aria-pressed=true]').allInnerTexts()).join() || null)
    await page.goto(`/deal/${deal.id}`)
    await page.locator('h1').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('As it was')
    await page.locator('.palette-item', { hasText: 'As it was' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/as_of=/)
    await survives(async () => (await page.locator('.as-of').count()) || null)
  })

  test('a new record: all of its fields', async () => {
    await page.goto('/contact/new')
    const fields = async () => page.locator('.create-form .field').count()
    await until(async () => (await fields()) > 0)
    const few = await fields()
    await page.getByRole('button', { name: 'All fields' }).click()
    await until(async () => (await fields()) > few)
    await survives(fields)
  })

  test('a report: its period, what it stands beside, what narrows it', async () => {
    await page.goto('/reports/rating?period=all')
    await page.locator('.report-table tbody tr').nth(1).waitFor()
    const name = await page.locator('.report-table tbody th').first().innerText()
    await page.locator('.report-table tbody tr').first().getByRole('button', { name, exact: true }).click()
    await page.waitForURL(/f\.owner=/)
    await survives(async () => (await page.locator('.report-tools .chip').count()) === 1 && [await page.locator('.report-tools').innerText(), await page.locator('.report-table').innerText()])
  })

  test('the administration: which part of a section is looked at; the day of everybody', async () => {
    for (const [section, label] of [['directories', 'Directory'], ['entities', 'Kind of record'], ['roles', 'Role']]) {
      await page.goto(`/admin/${section}`)
      const choice = page.getByLabel(label, { exact: true }).first()
      await choice.waitFor()
      await choice.selectOption({ index: 1 })
      await page.waitForURL(/of=/)
      await survives(async () => (await choice.inputValue()) || null)
    }
    await page.goto('/admin/log')
    const lines = async () => { const found = await page.locator('.grid-rows tbody tr').allInnerTexts(); return found.length ? found : null }
    await until(lines)
    await page.getByRole('searchbox', { name: 'Filter' }).fill('demo')
    await page.waitForURL(/words=demo/)
    await survives(async () => { const found = await lines(); return found?.every((line) => line.includes('demo')) ? found : null })
    await page.goto('/')
    await page.getByRole('radio', { name: 'Everybody\'s' }).check()
    await page.waitForURL(/scope=all/)
    await survives(async () => (await page.getByRole('radio', { name: 'Everybody\'s' }).isChecked()) || null)
    assert.deepEqual(page.troubles, [])
  })
})
