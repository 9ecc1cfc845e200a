// Dashboards in a browser: the one of the role opens, figures open into their records, the page is narrowed as a
// whole, widgets are arranged by drag and by keys, kept, removed and brought back, and follow what changes.
import assert from 'node:assert/strict'
import { axe, desktop, phone, picture } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('dashboards', { demo: 60, people: ['boss', 'rest', 'sam'] }, (test, opened, engine) => {
  let admin, page, office
  opened((found) => { office = found; ({ admin, page } = found) })
  const widget = (name, on = page) => on.getByRole('article', { name, exact: true })
  const settled = (on = page) => on.locator('.dashboard[data-settled] .widget').first().waitFor()
  const open = async (path, on = page) => { await on.goto(path); await settled(on) }
  const names = async (on = page) => on.locator('.widget-head h2').allInnerTexts()
  const total = async (entity, where) => (await admin.get(`records/${entity}`, { where, count: 'exact', limit: 1 })).total.value

  test('the one of the role opens from the navigation, and each widget says something', async () => {
    await page.goto('/')
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Dashboards' }).click()
    await page.waitForURL(/\/dashboards\/sales_overview$/)
    await settled()
    await page.getByRole('heading', { name: 'Sales overview', level: 1 }).waitFor()
    assert.equal(await page.locator('.widget').count(), (await admin.expect(200, 'POST', 'dashboards/sales_overview', { body: {} })).widgets.length)
    assert.equal(await page.locator('.widget-problem').count(), 0)
    await page.getByRole('button', { name: 'Dashboard', exact: true }).click()
    await page.getByRole('menuitemradio', { name: 'Marketing overview' }).click()
    await page.waitForURL(/marketing_overview/)
    await page.getByRole('heading', { name: 'Marketing overview', level: 1 }).waitFor()
  })

  test('a figure opens into exactly its records, as the page is narrowed', async () => {
    await open('/dashboards/my_sales?period=all')
    const team = (await admin.get('records/team', { limit: 1 })).records[0]
    await page.getByRole('combobox', { name: 'Team' }).click()
    await page.getByRole('option', { name: team.name }).click()
    await page.waitForURL(/f\.team=/)
    const before = await admin.expect(200, 'POST', 'dashboards/my_sales', { body: { period: 'all', filters: { team: [team.id] } } })
    const won = before.widgets[1].answer.total.values[1]
    const figure = widget('Won deals').locator('.widget-figure .report-figure')
    await until(async () => (await figure.innerText()).replace(/\D/g, '') === String(won))
    await figure.click()
    await page.waitForURL(/\/deal\?where=/)
    assert.equal(await total('deal', new URL(page.url()).searchParams.get('where')), won)
    await page.goBack()
    await settled()
    await page.getByRole('button', { name: `Take away: ${team.name}` }).click()
    await page.waitForURL((url) => !url.search.includes('f.team'))
  })

  test('a ready one is copied, arranged by keys and by drag, changed, kept', async () => {
    await open('/dashboards/my_sales')
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Make a copy of your own' }).click()
    await page.locator('[data-arranging][data-settled]').waitFor()
    const [first, second, third] = await names()
    const grip = (name) => page.getByRole('button', { name: new RegExp(`^${name}: Drag`) }).first()
    await grip(first).focus()
    await page.keyboard.press('ArrowRight')
    await until(async () => (await names())[1] === first)
    await page.getByRole('status').filter({ hasText: `${first}: place 2 of` }).waitFor({ state: 'attached' })
    await page.keyboard.press('Shift+ArrowRight')
    await page.getByRole('status').filter({ hasText: `${first}: 4 of 12 columns` }).waitFor({ state: 'attached' })
    await page.locator('.widget-slot').nth(2).dragTo(page.locator('.widget-slot').nth(0), { sourcePosition: { x: 60, y: 14 }, targetPosition: { x: 60, y: 14 } })
    await until(async () => (await names()).slice(0, 3), [third, second, first])
    await page.getByRole('button', { name: 'Add a widget' }).click()
    await page.getByRole('radio', { name: 'A text' }).check()
    await page.getByRole('dialog').getByLabel('Text', { exact: true }).fill('Call those first who wait longest.')
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
    await page.getByText('Call those first who wait longest.').waitFor()
    await page.getByRole('button', { name: 'Add a widget' }).click()
    await page.getByRole('combobox', { name: 'Report' }).click()
    await page.getByRole('combobox', { name: 'Report' }).fill('lost deals by reason')
    await page.getByRole('option', { name: /Lost deals by reason/ }).click()
    await page.getByLabel('Shown as').selectOption({ label: 'Chart' })
    await page.getByRole('dialog').getByLabel('Period').selectOption({ label: 'All time' })
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
    await widget('Lost deals by reason').locator('.report-pie').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Mine')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/\/dashboards\/\d+$/)
    await settled()
    assert.deepEqual((await names()).slice(0, 3), [third, second, first])
    const kept = (await admin.get('records/dashboard', { where: "name == 'Mine'" })).records[0]
    const at = kept.definition.widgets.at(-1)
    assert.deepEqual([at.report, at.shown, at.period], ['lost_by_reason', 'chart', 'all'])
    assert.equal(kept.definition.widgets.find((one) => one.shown === 'figure' && one.width === 4) !== undefined, true)
  })

  test('it opens first where the person says so, is removed, and comes back', async () => {
    const { id } = (await admin.get('records/dashboard', { where: "name == 'Mine'" })).records[0]
    await open(`/dashboards/${id}`)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitemradio', { name: 'Open this one first' }).or(page.getByRole('menuitemcheckbox', { name: 'Open this one first' })).click()
    await page.goto('/dashboards')
    await page.waitForURL(new RegExp(`/dashboards/${id}$`))
    await settled()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Remove the dashboard' }).click()
    await page.waitForURL(/sales_overview/)
    assert.equal((await admin.get('records/dashboard', { where: "name == 'Mine'" })).records.length, 0)
    await page.getByRole('button', { name: /^Undo/ }).click()
    await page.waitForURL(new RegExp(`/dashboards/${id}$`))
    await settled()
  })

  test('what changes is seen without a reload, and the stale stays until then', async () => {
    await open('/dashboards/sales_overview?period=all')
    const figure = widget('Open deals').locator('.widget-figure .report-figure')
    const shown = async () => Number((await figure.innerText()).replace(/\D/g, ''))
    const before = await shown()
    const stage = (await admin.get('meta')).pipelines.find((one) => one.entity === 'deal').stages.find((one) => one.kind === 'open')
    await admin.create('deal', { name: 'Just now', stage: stage.id })
    await until(shown, before + 1)
  })

  test('the whole screen is an address, and Escape leaves it', async () => {
    await open('/dashboards/sales_overview')
    await page.getByRole('button', { name: 'Full screen' }).click()
    await page.waitForURL(/whole/)
    await page.locator('.nav').waitFor({ state: 'hidden' })
    await page.reload()
    await settled()
    await page.locator('.nav').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Leave full screen' }).click()
    await page.waitForURL((url) => !url.search.includes('whole'))
    await page.locator('.nav').waitFor()
  })

  test('a chart says its figures as a table too, for the eye and for a reader of the screen', async () => {
    await open('/dashboards/sales_overview?period=all')
    const chart = widget('Lost deals by reason')
    const hidden = await chart.locator('table.visually-hidden tbody tr').count()
    assert.ok(hidden > 1)
    await chart.getByRole('button', { name: 'As a table' }).click()
    await until(async () => (await chart.locator('.report-table tbody tr').count()) === hidden)
  })

  test('on paper there is no frame, and a head says what was looked at', async () => {
    await open('/dashboards/sales_overview?period=2026')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await page.locator('.print-head').waitFor()
    assert.match(await page.locator('.print-head').innerText(), /Jan 1 – Dec 31, 2026.*as of .*Anna Kern/s)
    assert.equal(await page.locator('.nav').isVisible(), false)
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--bg').trim()), '#fff')
    if (engine === 'sqlite') await picture(page, 'dashboards-print')
    await page.goto('/reports/rating?period=all')
    await page.locator('.report-table').waitFor()
    assert.equal(await page.locator('.print-head').isVisible(), true)
    assert.equal(await page.locator('.report-tools').isVisible(), false)
    await page.emulateMedia({ media: null, colorScheme: null })
  })

  test('a salesperson keeps own ones and does not share them; an empty one says so', async () => {
    const sam = await office.enter('sam')
    await open('/dashboards', sam)
    await sam.waitForURL(/my_sales$/)
    await sam.goto('/dashboards/new')
    await sam.getByText('Nothing stands here yet').waitFor()
    await sam.getByRole('button', { name: 'Save', exact: true }).click()
    assert.equal(await sam.getByRole('dialog').getByLabel('Seen by').count(), 0)
    await sam.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await sam.waitForURL(/\/dashboards\/\d+$/)
    await sam.getByText('Nothing stands here yet').waitFor()
    assert.deepEqual(sam.troubles, [])
    await sam.context().close()
  })

  for (const [look, viewport, theme, language] of [['desktop', desktop, 'light', 'en'], ['desktop-dark', desktop, 'dark', 'ru'], ['phone', phone, 'light', 'ru'], ['phone-dark', phone, 'dark', 'en']])
    test(`nothing for axe to find: ${look}`, async () => {
      const own = await office.enter('boss', { viewport, theme, language })
      for (const path of ['/dashboards/my_sales?period=all', '/dashboards/sales_overview?period=all', '/dashboards/marketing_overview?period=all', '/dashboards/service_day', '/dashboards/my_sales?period=all&edit', '/dashboards/new', '/reports/lost_by_reason?period=all', '/reports/sales_by_category?period=all']) {
        await own.goto(path)
        await own.locator(path.endsWith('/new') ? '.empty' : path.startsWith('/reports') ? '.report-table' : '.dashboard[data-settled] .widget').first().waitFor()
        assert.deepEqual(await axe(own), [], path)
        if (viewport === phone) assert.equal(await own.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, path)
        if (engine === 'sqlite') await picture(own, `dashboards-${look}-${path.replace(/\W+/g, '_')}`)
      }
      assert.deepEqual(own.troubles, [])
      await own.context().close()
    })

  test('nothing was complained about', () => assert.deepEqual(page.troubles, []))
})
