// The bell: what somebody does shows by itself, is read and marked, kinds are chosen; the first steps of an
// administrator tick by what there is.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createInstance } from '../support/perigee.mjs'
import { until } from './office.mjs'
import { axe, openBrowser, openPage, password, phone, picture, signIn } from './browser.mjs'

for (const engine of ['sqlite', 'postgres'])
  describe(`notifications on ${engine}`, () => {
    let perigee, browser, admin, page, boss, acme
    before(async () => {
      perigee = createInstance(engine)
      if (!perigee) return
      perigee.cli(['user', 'add', 'boss', '--name', 'Anna Kern', '--role', 'admin', '--password-stdin'], { input: `${password}\n` })
      await perigee.serve()
      const token = perigee.token('boss')
      browser = await openBrowser()
      page = await openPage(browser, perigee.base)
      admin = perigee.client(token)
      await signIn(page)
    })
    after(async () => {
      await browser?.close()
      await perigee?.close()
    })
    const test = (name, body) => it(name, async (context) => (perigee ? body(context) : context.skip('skipped: PostgreSQL is not installed')))
    const step = (id) => page.locator(`.first-run [data-step="${id}"]`)

    test('the first steps tick by what there is, and are put away for good', async () => {
      await page.goto('/')
      await page.locator('.first-run .home-count', { hasText: '0 of 5' }).waitFor()
      assert.deepEqual(await axe(page), [])
      await picture(page, `first-run-${engine}`)
      await step('pipelines').getByRole('button').click()
      await page.waitForURL(/admin\/pipelines/)
      await page.goBack()
      await page.locator('.first-run .home-count', { hasText: '1 of 5' }).waitFor()
      perigee.cli(['user', 'add', 'rita', '--name', 'Rita West', '--role', 'sales'])
      await admin.create('contact', { last_name: 'Moss' })
      await admin.create('deal', { name: 'The first' })
      for (const id of ['people', 'contacts', 'deal']) await page.locator(`.first-run [data-step="${id}"][data-done="true"]`).waitFor()
      await page.locator('.first-run').getByRole('button', { name: 'Put this away' }).click()
      await page.locator('.first-run').waitFor({ state: 'detached' })
      await page.waitForResponse((answer) => answer.url().endsWith('/me/settings') && answer.request().method() === 'PATCH')
      await page.reload()
      await page.locator('.home-grid').first().waitFor()
      assert.equal(await page.locator('.first-run').count(), 0)
    })

    test('what a colleague does comes by itself, and opens what it is about', async () => {
      boss = (await admin.get('records/user', { where: 'login == "boss"' })).records[0]
      const rita = perigee.client(perigee.token('rita'))
      acme = await rita.create('organization', { name: 'Acme Works' })
      await rita.create('comment', { about: { entity: 'organization', id: acme.id }, body: 'Have a look', mentions: [boss.id] })
      await page.locator('.bell-count', { hasText: '1' }).waitFor()
      await page.locator('.bell').click()
      const row = page.locator('.told[data-unread]', { hasText: 'Rita West mentioned you in' })
      await row.getByText('Acme Works').waitFor()
      assert.deepEqual(await axe(page), [])
      await picture(page, `bell-${engine}`)
      await row.getByRole('button').click()
      await page.waitForURL(new RegExp(`/organization/${acme.id}`))
      await page.locator('.bell-count').waitFor({ state: 'detached' })
      assert.deepEqual(page.troubles, [])
    })

    test('a change of definitions that waits comes to who may approve it, and leads there', async () => {
      perigee.cli(['user', 'add', 'dan', '--name', 'Dan Ost', '--role', 'admin'])
      const dan = perigee.client(perigee.token('dan'))
      const propose = async (name) => (await dan.expect(202, 'PUT', `schema/entities/${name}`, { body: { label: name, title: 'name', fields: { name: { type: 'text' } } } })).waiting
      await dan.expect(200, 'PATCH', 'settings', { body: { approve_definitions: true } })
      const [ship] = [await propose('ship'), await propose('raft')]
      await page.locator('.bell-count', { hasText: '2' }).waitFor()
      await page.locator('.bell').click()
      const rows = page.locator('.told[data-unread]', { hasText: 'Dan Ost asks you to approve a change of definitions' })
      await rows.nth(1).waitFor()
      assert.deepEqual(await axe(page), [])
      await picture(page, `bell-approval-${engine}`)
      await rows.nth(1).getByRole('button').click()
      await page.waitForURL(new RegExp(`/admin/waiting\\?change=${ship}$`))
      await page.locator(`#change-${ship}:focus`).waitFor()
      assert.deepEqual(await axe(page), [])
      await picture(page, `waiting-change-${engine}`)
      await page.locator(`#change-${ship}`).getByRole('button', { name: 'Approve' }).click()
      await page.locator(`#change-${ship}`, { hasText: 'approved' }).waitFor()
      await until(async () => (await dan.get('me/notifications')).notifications.map((told) => told.text), [`approved/${ship}`])
      await page.goto('/admin/waiting?change=1')
      await page.locator('.toast', { hasText: 'no longer there' }).waitFor()
      await dan.expect(200, 'PATCH', 'settings', { body: { approve_definitions: false } })
      await admin.expect(200, 'POST', 'me/notifications/read', { body: {} })
      assert.deepEqual(page.troubles, [])
    })

    test('kinds are chosen, everything is marked at once, a phone has a page', async () => {
      const other = await openPage(browser, perigee.base, { viewport: phone, theme: 'dark', language: 'ru' })
      const writer = perigee.client(perigee.token('rita'))
      await writer.create('comment', { about: { entity: 'organization', id: acme.id }, body: 'Again', mentions: [boss.id] })
      await signIn(other)
      await other.locator('.bell-count', { hasText: '1' }).waitFor()
      await other.locator('.bell').click()
      await other.waitForURL(/me\/notifications/)
      await other.locator('.told[data-unread]').waitFor()
      assert.deepEqual(await axe(other), [])
      await picture(other, `bell-phone-ru-${engine}`)
      await other.locator('.told-head .icon').click()
      await other.locator('.told-kinds input').first().uncheck()
      await other.locator('.told[data-unread]').waitFor({ state: 'detached' })
      await other.locator('.bell-count').waitFor({ state: 'detached' })
      await other.locator('.told-kinds input').first().check()
      await other.locator('.told[data-unread]').waitFor()
      await other.locator('.told-head .button:not(.icon)').click()
      await other.locator('.told[data-unread]').waitFor({ state: 'detached' })
      assert.equal((await admin.get('me/notifications')).unread, 0)
      assert.deepEqual(other.troubles, [])
      await other.context().close()
    })
  })
