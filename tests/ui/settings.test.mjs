// What a person chooses is theirs on every browser: the server keeps it, this browser's copy only paints first.
import assert from 'node:assert/strict'
import { openList, openPage, signIn } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('settings of a person', { engines: ['sqlite'], people: ['boss', 'sam'], demo: 40, page: false }, (test, opened) => {
  let perigee, browser, admin
  opened((office) => { ({ perigee, browser, admin } = office) })
  const kept = (page, what) => page.waitForResponse((response) => response.url().endsWith('/me/settings') && response.request().method() === 'PATCH' && JSON.stringify(response.request().postDataJSON()).includes(what))

  test('theme, row height and columns chosen here are there in another browser, and nobody else\'s', async () => {
    const here = await openPage(browser, perigee.base)
    await signIn(here)
    await openList(here, '/deal')
    await here.locator('.person').click()
    const sent = kept(here, 'dark')
    await here.getByRole('menuitemradio', { name: 'Dark' }).click()
    await here.keyboard.press('Escape')
    await sent
    const columns = kept(here, 'columns')
    await here.getByRole('button', { name: 'Columns' }).click()
    await here.getByRole('checkbox', { name: 'Stage', exact: true }).uncheck()
    await columns
    const own = await admin.get('me/settings')
    assert.equal(own.theme, 'dark')
    assert.ok(!own.lists.deal.columns.split(',').includes('stage'), own.lists.deal.columns)

    const there = await openPage(browser, perigee.base)
    await signIn(there)
    await openList(there, '/deal')
    assert.equal(await there.evaluate(() => document.documentElement.dataset.theme), 'dark')
    assert.equal(await there.locator('th', { hasText: 'Stage' }).count(), 0)
    await there.locator('th', { hasText: 'Amount' }).waitFor()

    const sam = await openPage(browser, perigee.base)
    await signIn(sam, 'sam')
    await openList(sam, '/deal', { rows: 0 })
    assert.equal(await sam.evaluate(() => document.documentElement.dataset.theme), 'light')
    for (const page of [here, there, sam]) { assert.deepEqual(page.troubles, []); await page.context().close() }
  })

  test('the navigation goes back to the view one was in', async () => {
    const [me] = (await admin.get('records/user', { where: 'login == "boss"' })).records
    const view = await admin.create('saved_view', { name: 'Big ones', entity: 'deal', filter: 'amount > 1000', owner: me.id })
    const page = await openPage(browser, perigee.base)
    await signIn(page)
    await openList(page, '/deal', { rows: 0 })
    const sent = kept(page, view.id)
    await page.locator('.tab-list a', { hasText: 'Big ones' }).click()
    await sent
    await page.locator('.nav a.item', { hasText: 'Contacts' }).click()
    await page.waitForURL(/\/contact/)
    await page.locator('.nav a.item', { hasText: 'Deals' }).click()
    await page.waitForURL(new RegExp(`/deal\\?view=${view.id}`))
    assert.equal((await admin.get('me/settings')).lists.deal.view, view.id)
    assert.deepEqual(page.troubles, [])
    await page.context().close()
  })

  test('what was chosen as the page went is there on the next one, also where the answer never came', async () => {
    const page = await openPage(browser, perigee.base)
    await signIn(page, 'sam')
    await page.locator('.nav').waitFor()
    const own = () => perigee.client(perigee.token('sam')).get('me/settings')
    const before = (await own()).nav
    await page.route('**/me/settings', (route) => (route.request().method() === 'PATCH' ? route.abort() : route.continue()))
    await page.locator('.nav-toggle').click()
    await page.locator(`.app[data-nav=${before === 'collapsed' ? 'open' : 'collapsed'}]`).waitFor()
    await page.reload()
    await page.locator(`.app[data-nav=${before === 'collapsed' ? 'open' : 'collapsed'}]`).waitFor()
    await page.unroute('**/me/settings')
    await page.locator('.nav-toggle').focus()
    await page.reload()
    await until(async () => (await own()).nav !== before)
    await page.context().close()
  })

  test('a server that cannot keep it now gets it with the next choice', async () => {
    const page = await openPage(browser, perigee.base)
    await signIn(page)
    await openList(page, '/deal', { rows: 0 })
    await page.route('**/me/settings', (route) => (route.request().method() === 'PATCH' ? route.abort() : route.continue()))
    const lost = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/me/settings'))
    await page.locator('.person').click()
    await page.getByRole('menuitemradio', { name: 'Light' }).click()
    await lost
    await page.unroute('**/me/settings')
    const sent = kept(page, 'collapsed')
    await page.keyboard.press('Control+\\')
    await sent
    const own = await admin.get('me/settings')
    assert.deepEqual([own.theme, own.nav], ['light', 'collapsed'])
    await page.context().close()
  })
})
