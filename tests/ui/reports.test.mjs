// Reports in a browser: found by what they are about, a figure opens into exactly its records, the period and
// what narrows stand in the address, what is left out and what words mean is said.
import assert from 'node:assert/strict'
import { axe, desktop, phone, picture } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('reports', { demo: 60 }, (test, opened, engine) => {
  let admin, page
  opened((office) => { ({ admin, page } = office) })
  const rows = () => page.locator('.report-table tbody tr')
  const total = async (entity, where) => (await admin.get(`records/${entity}`, { where, count: 'exact', limit: 1 })).total.value

  test('all reports stand in groups, and lead to one', async () => {
    await page.goto('/')
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Reports' }).click()
    await page.getByRole('heading', { name: 'Sales', exact: true }).waitFor()
    const { reports } = await admin.get('reports')
    assert.equal(await page.locator('.reports-card').count(), reports.length)
    await page.getByRole('link', { name: 'Pipeline by stage' }).click()
    await page.getByRole('heading', { name: 'Pipeline by stage' }).waitFor()
    await rows().first().waitFor()
  })

  test('a figure opens into exactly the records behind it', async () => {
    await page.goto('/reports/pipeline_by_stage')
    const row = rows().first()
    const figure = row.locator('td.figure').first()
    await figure.waitFor()
    const shown = Number((await figure.innerText()).replace(/\D/g, ''))
    await figure.getByRole('button').click()
    await page.waitForURL(/\/deal\?where=/)
    const where = new URL(page.url()).searchParams.get('where')
    assert.equal(await total('deal', where), shown)
    await page.getByRole('grid').getByRole('row').nth(1).waitFor()
    await page.goBack()
    await rows().first().waitFor()
  })

  test('a row narrows the report, and the chip takes that away', async () => {
    await page.goto('/reports/rating?period=all')
    await rows().nth(1).waitFor()
    const count = await rows().count()
    const name = await rows().first().locator('th').innerText()
    await rows().first().getByRole('button', { name, exact: true }).click()
    await until(async () => (await rows().count()) === 1)
    assert.match(decodeURIComponent(page.url()), /f\.owner=/)
    await page.getByRole('button', { name: `Take away: ${name}` }).click()
    await until(async () => (await rows().count()) === count)
  })

  test('the period and the comparison are chosen, and stand in the address', async () => {
    await page.goto('/reports/revenue_by_month')
    await page.locator('.report-chart .report-was').first().waitFor({ state: 'attached' })
    await page.getByTitle('Period').click()
    await page.getByRole('menuitemradio', { name: 'Last year' }).click()
    await page.waitForURL(/period=last_year/)
    await until(async () => (await rows().count()) === 12)
    await page.getByTitle('Compare').click()
    await page.getByRole('menuitemradio', { name: 'No comparison' }).click()
    await until(async () => (await page.locator('.report-was').count()) === 0)
    await page.getByTitle('Period').click()
    await page.getByRole('menuitemradio', { name: 'From … until …' }).click()
    await page.getByLabel('From').fill('2026-02-01')
    await page.getByLabel('Until').fill('2026-03-31')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.waitForURL(/2026-02-01\.\.2026-03-31/)
    await until(async () => (await rows().count()) === 2)
    assert.match(await page.locator('.report-at').innerText(), /^Feb 1 – Mar 31, 2026/)
  })

  test('what is left out opens, and words say what they mean', async () => {
    const stage = (await admin.get('meta')).pipelines.find((one) => one.entity === 'deal').stages.find((one) => one.kind === 'won')
    const deal = await admin.create('deal', { name: 'No day', stage: stage.id, amount: { amount: '7.00', currency: 'USD' } })
    await admin.expect(200, 'PATCH', `records/deal/${deal.id}`, { body: { closed_on: null } })
    await page.goto('/reports/revenue_by_month')
    await page.getByRole('link', { name: /1 record has no date.*Won deals/ }).click()
    await page.getByText('No day', { exact: true }).waitFor()
    await page.goto('/reports/rating')
    await page.getByText('What is counted').click()
    await page.getByText('Won by won and lost.', { exact: false }).waitFor()
    assert.match(await page.locator('.report-meaning').innerText(), /deals_won \/ deals_closed/)
  })

  test('a reader sets a number of a what-if: the figures follow, and it stands in the address', async () => {
    const ask = async (inputs) => { const body = await admin.expect(200, 'POST', 'reports/potential_profit', { body: { period: 'all', inputs } }); return Number(body.total.values[0].amount) }
    const [plain, discounted] = [await ask({}), await ask({ what_if_discount: '12.5' })]
    assert.ok(discounted < plain, `${discounted} of ${plain}`)
    const shown = async () => Number((await page.locator('.report-table tfoot td.figure').first().innerText()).replace(/[^\d.]/g, ''))
    await page.goto('/reports/potential_profit?period=all')
    const discount = page.getByLabel('Further discount, %')
    await discount.waitFor()
    await until(shown, plain)
    await discount.fill('12,5')
    await discount.press('Enter')
    await page.waitForURL(/i\.what_if_discount=12\.5/)
    await until(shown, discounted)
    await page.reload()
    await until(shown, discounted)
    assert.equal(await discount.inputValue(), '12.5')
    await discount.fill('')
    await discount.press('Enter')
    await page.waitForURL((url) => !url.search.includes('what_if'))
    await until(shown, plain)
    assert.deepEqual(await axe(page), [])
  })

  test('a figure to be looked at before it is believed is marked', async () => {
    const boss = (await admin.get('records/user', { where: 'login == "boss"' })).records[0]
    await admin.create('activity', { kind: 'call', subject: 'Empty call', status: 'done', owner: boss.id, due_at: new Date().toISOString(), done_at: new Date().toISOString(), duration_seconds: 0 })
    await page.goto('/reports/activity_and_results?period=today')
    await page.locator('.report-level[data-level=flag]').first().waitFor()
  })

  test('a wrong report or period says so', async () => {
    await page.goto('/reports/no_such')
    await page.getByRole('alert').filter({ hasText: 'no report “no_such”' }).waitFor()
    await page.goto('/reports/rating?period=last_moon')
    await page.getByRole('alert').filter({ hasText: '“last_moon” is no period' }).waitFor()
  })

  /** What the builder shows, once it is the answer to the last step. */
  const preview = () => page.locator('.builder-preview[data-settled]')
  const take = async (box, name) => {
    await page.getByRole('combobox', { name: box }).click()
    await page.getByRole('combobox', { name: box }).fill(name)
    await page.getByRole('option', { name }).first().waitFor()
    await page.getByRole('option', { name }).first().click()
    await page.locator('.builder-chosen').getByText(name, { exact: true }).waitFor()
  }
  const heads = async () => (await preview().locator('thead th').allInnerTexts()).map((text) => text.trim())

  test('a report is built by pointing, seen while it is built, kept, and found by others', async () => {
    await page.goto('/reports')
    await page.getByRole('link', { name: 'New report' }).click()
    await page.getByText('Take a figure').waitFor()
    await take('Add a figure', 'Won revenue')
    await preview().locator('tfoot td.figure').first().waitFor()
    await take('Add a figure', 'Win rate of closed deals')
    await take('Add rows by', 'Team')
    await take('Add columns by', 'Year')
    await page.getByLabel('Period', { exact: true }).selectOption({ label: 'All time' })
    await preview().locator('table.pivot thead tr:nth-child(2) th').first().waitFor()
    const answer = await admin.expect(200, 'POST', 'reports/new', { body: { definition: { measures: ['revenue', 'win_rate'], rows: ['team'], columns: ['year'], period: 'all' }, subtotals: true } })
    await until(async () => (await preview().locator('tbody tr').count()) === answer.subtotals.rows.length)
    assert.equal((await heads()).length, 1 + (answer.subtotals.columns.length + 1) * 3)
    await page.getByLabel('Drawn as').selectOption({ label: 'Parts of a whole' })
    await preview().locator('table.pivot').waitFor()
    await page.getByRole('button', { name: 'Change: Won revenue' }).click()
    await page.getByRole('menuitem', { name: 'Later' }).click()
    await preview().getByRole('alert').filter({ hasText: 'shares and averages do not add up' }).waitFor()
    await page.getByLabel('Drawn as').selectOption({ label: 'Heat map' })
    await preview().locator('td[data-heat]').first().waitFor()
    await page.getByLabel('Number the rows').check()
    await preview().locator('.report-number').first().waitFor()
    await page.getByText('Colours', { exact: true }).click()
    const span = page.getByRole('group', { name: 'Win rate of closed deals' })
    await span.getByLabel('Bad up to').fill('20')
    await span.getByLabel('Good from').fill('60')
    await span.getByLabel('Good from').blur()
    await preview().locator('.report-level').first().waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Teams by year')
    await page.getByRole('dialog').getByLabel('Seen by').selectOption({ label: 'Everybody' })
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/\/reports\/\d+$/)
    await page.getByText('Draft', { exact: true }).waitFor()
    const kept = (await admin.get('reports')).reports.find((one) => one.label === 'Teams by year')
    assert.deepEqual([kept.measures, kept.rows, kept.columns, kept.colors, kept.numbers, kept.chart], [['win_rate', 'revenue'], ['team'], ['year'], { win_rate: '0.2..0.6' }, true, 'heat'])
    const [record] = (await admin.get('records/report', { where: "name == 'Teams by year'" })).records
    assert.equal(record.shared, 'everyone')
  })

  test('the end of a cross table opens into exactly its records, and a file holds it', async () => {
    const { id } = (await admin.get('records/report', { where: "name == 'Teams by year'" })).records[0]
    const body = { definition: { measures: ['deals_won'], rows: ['team'], columns: ['year'], period: 'all' } }
    await admin.expect(200, 'PATCH', `records/report/${id}`, { body })
    const { subtotals } = await admin.expect(200, 'POST', `reports/${id}`, { body: { subtotals: true } })
    await page.goto(`/reports/${id}`)
    const end = page.locator('.report-table.pivot tbody tr').first().locator('td').last()
    await end.getByRole('button').waitFor()
    await end.getByRole('button').click()
    await page.waitForURL(/\/deal\?where=/)
    assert.equal(await total('deal', new URL(page.url()).searchParams.get('where')), subtotals.rows[0].values[0])
    await page.goto(`/reports/${id}`)
    await page.locator('.report-table.pivot').waitFor()
    await page.getByRole('button', { name: 'Export' }).click()
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Export as XLSX' }).click()])
    assert.equal(file.suggestedFilename(), 'Teams by year.xlsx')
    for (const [form, what] of [['Turned round', '.report-table:not(.pivot)'], ['Cards', '.figure-card[data-total]'], ['Table', '.report-table tbody td']]) {
      await page.getByTitle('Laid out').click()
      await page.getByRole('menuitemradio', { name: form, exact: true }).click()
      await page.locator(what).first().waitFor()
    }
    await page.getByRole('button', { name: 'Edit' }).click()
    await preview().locator('table.pivot').waitFor()
    await page.getByRole('button', { name: 'Change: Year' }).click()
    await page.getByRole('menuitem', { name: 'To rows' }).click()
    await preview().locator('.report-table:not(.pivot) tbody td:nth-child(2)').first().waitFor()
  })

  for (const [look, size] of [['desktop', desktop], ['phone', phone]])
    test(`nothing for axe to find: ${look}`, async () => {
      await page.setViewportSize(size.viewport ?? size)
      for (const path of ['/reports', '/reports/revenue_by_month', '/reports/rating?period=all', '/reports/sales_by_category?period=all', '/reports/pipeline_by_stage', '/reports/rating?period=all&as=cards', '/reports/new?from=rating']) {
        await page.goto(path)
        await page.locator(path.includes('from=') ? '.builder-preview[data-settled] .report-table' : '.report-table, .reports-card, .figure-card').first().waitFor()
        assert.deepEqual(await axe(page), [], path)
        if (engine === 'sqlite') await picture(page, `reports-${look}-${path.replace(/\W+/g, '_')}`)
      }
    })
})
