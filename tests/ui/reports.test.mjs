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
    await page.locator('.list-foot, .foot-count, [data-total]').first().waitFor().catch(() => {})
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
    await page.locator('.report-chart rect.report-was').first().waitFor({ state: 'attached' })
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

  test('a wrong report or period says so', async () => {
    await page.goto('/reports/no_such')
    await page.getByRole('alert').filter({ hasText: 'no report “no_such”' }).waitFor()
    await page.goto('/reports/rating?period=last_moon')
    await page.getByRole('alert').filter({ hasText: '“last_moon” is no period' }).waitFor()
  })

  for (const [look, size] of [['desktop', desktop], ['phone', phone]])
    test(`nothing for axe to find: ${look}`, async () => {
      await page.setViewportSize(size.viewport ?? size)
      for (const path of ['/reports', '/reports/revenue_by_month', '/reports/rating?period=all', '/reports/sales_by_category']) {
        await page.goto(path)
        await page.locator('.report-table, .reports-card').first().waitFor()
        assert.deepEqual(await axe(page), [], path)
        if (engine === 'sqlite') await picture(page, `reports-${look}-${path.replace(/\W+/g, '_')}`)
      }
    })
})
