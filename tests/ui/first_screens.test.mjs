// The first screens as people use them: first sign-in by the one-time link, a list, a record read,
// edited, undone, created and deleted, in both languages and themes, on a desk and on a phone.
import assert from 'node:assert/strict'
import { createInstance } from '../support/perigee.mjs'
import { axe, desktop, openPage, password, phone, picture, signIn } from './browser.mjs'
import { inOffices } from './office.mjs'

inOffices('first screens', { engines: ['sqlite'], people: ['boss'], demo: 120, page: false }, (test, opened) => {
  let perigee, browser, admin
  opened((office) => { ({ perigee, browser, admin } = office) })

  test('the first administrator signs in by the one-time link', async (t) => {
    const made = createInstance('sqlite')
    t.after(() => made.close())
    await made.serve()
    const path = made.initOutput.match(/\/welcome\S+/)?.[0]
    assert.ok(path, `init prints a link:\n${made.initOutput}`)
    const page = await openPage(browser, made.base)
    await page.goto(path)
    await page.locator('#login:not([readonly])').fill('first.admin')
    await page.locator('#password').fill(password)
    await page.locator('#again').fill(password)
    await picture(page, 'welcome-light-1280')
    await page.locator('button[type=submit]').click()
    await page.locator('.nav').waitFor()
    assert.match(await page.locator('.empty').innerText(), /nothing here yet/)
    assert.deepEqual(page.troubles, [])
    await page.context().close()
  })

  test('a wrong password says so and nothing else', async () => {
    const page = await openPage(browser, perigee.base)
    await page.goto('/')
    await page.locator('#login').fill('boss')
    await page.locator('#password').fill('wrong')
    await page.locator('button[type=submit]').click()
    await page.locator('[role=alert]').waitFor()
    assert.equal(await page.locator('.nav').count(), 0)
    await page.context().close()
  })

  test('a list is searched and sorted, and its address keeps that', async () => {
    const page = await openPage(browser, perigee.base)
    await signIn(page)
    await page.goto('/organization')
    await page.locator('.table tbody tr a').first().waitFor()
    await page.locator('#list-search').fill('northwind')
    await page.waitForURL(/search=northwind/)
    await page.waitForFunction(() => document.querySelectorAll('tbody td.first a').length > 0 && [...document.querySelectorAll('tbody td.first')].every((cell) => /northwind/i.test(cell.textContent)))
    await page.goto('/deal?sort=-amount')
    await page.locator('th[aria-sort=descending]').waitFor()
    assert.deepEqual(page.troubles, [])
    await page.context().close()
  })

  test('a field is edited with Enter, refused with a reason, and undone with Z', async () => {
    const page = await openPage(browser, perigee.base)
    const [deal] = (await admin.get('records/deal', { limit: 1, fields: 'name' })).records
    await signIn(page)
    await page.goto(`/deal/${deal.id}`)
    await page.getByRole('button', { name: 'Edit: Name' }).click()
    await page.locator('#field-name').fill('Renamed in a test')
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: 'Renamed in a test' }).waitFor()
    await page.locator('.toast').waitFor()
    assert.equal((await admin.get(`records/deal/${deal.id}`)).name, 'Renamed in a test')
    await page.locator('main').click({ position: { x: 5, y: 5 } })
    await page.keyboard.press('z')
    await page.locator('h1', { hasText: deal.name }).waitFor()
    assert.equal((await admin.get(`records/deal/${deal.id}`)).name, deal.name)
    await page.getByRole('button', { name: 'Edit: Name' }).click()
    await page.locator('#field-name').fill('')
    await page.keyboard.press('Enter')
    await page.locator('#field-name-error').waitFor()
    assert.equal((await admin.get(`records/deal/${deal.id}`)).name, deal.name)
    assert.deepEqual(page.troubles, [])
    await page.context().close()
  })

  test('a stage is moved by a click and the history says who did it', async () => {
    const page = await openPage(browser, perigee.base)
    const created = await admin.create('deal', { name: 'To be moved', amount: { amount: '1200.00', currency: 'USD' } })
    await signIn(page)
    await page.goto(`/deal/${created.id}`)
    await page.locator('.path button', { hasText: 'Proposal' }).click()
    await page.locator('.path .now', { hasText: 'Proposal' }).waitFor()
    await page.locator('.event', { hasText: 'Anna Kern' }).first().waitFor()
    assert.equal((await admin.get(`records/deal/${created.id}`)).stage.title, 'Proposal')
    await page.context().close()
  })

  test('a record is created, shown, deleted and brought back', async () => {
    const page = await openPage(browser, perigee.base)
    await signIn(page)
    await page.goto('/contact/new')
    await page.locator('button[type=submit]').click()
    await page.locator('#new-last_name-error').waitFor()
    await page.locator('#new-last_name').fill('Testova')
    await page.locator('#new-first_name').fill('Vera')
    await page.locator('#new-emails').fill('vera@example.com')
    await page.locator('button[type=submit]').click()
    await page.locator('h1', { hasText: 'Vera Testova' }).waitFor()
    const id = page.url().split('/').pop()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.waitForURL(/\/contact$/)
    assert.ok((await admin.get(`records/contact/${id}`, { fields: 'deleted_at' })).deleted_at)
    await page.locator('.toast button', { hasText: 'Undo' }).last().click()
    await page.waitForURL(new RegExp(`/contact/${id}`))
    assert.equal((await admin.get(`records/contact/${id}`)).last_name, 'Testova')
    assert.deepEqual(page.troubles, [])
    await page.context().close()
  })

  test('what somebody else changes appears without a reload', async () => {
    const page = await openPage(browser, perigee.base)
    const created = await admin.create('organization', { name: 'Before the change' })
    await signIn(page)
    await page.goto(`/organization/${created.id}`)
    await page.locator('h1', { hasText: 'Before the change' }).waitFor()
    await admin.expect(200, 'PATCH', `records/organization/${created.id}`, { body: { name: 'After the change' } })
    await page.locator('h1', { hasText: 'After the change' }).waitFor()
    await page.context().close()
  })

  test('a phone shows no keys, the history first, and the present stage in sight', async () => {
    const page = await openPage(browser, perigee.base, { viewport: phone })
    await signIn(page)
    await page.goto('/deal')
    await page.locator('.line-row a').first().waitFor()
    assert.equal(await page.locator('.top kbd').first().isVisible(), false)
    const [lost] = (await admin.get('records/deal', { limit: 1, where: 'stage.kind == "lost"' })).records
    await page.goto(`/deal/${lost.id}`)
    await page.locator('.event').first().waitFor()
    const stage = await page.locator('.path .now').boundingBox()
    assert.ok(stage.x >= 0 && stage.x + stage.width <= phone.width, JSON.stringify(stage))
    if (await page.locator('.children').count())
      assert.ok((await page.locator('.timeline').boundingBox()).y < (await page.locator('.children').first().boundingBox()).y)
    await page.context().close()
  })

  for (const language of ['en', 'ru'])
    for (const theme of ['light', 'dark'])
      for (const [size, viewport] of Object.entries({ 1280: desktop, 390: phone }))
        test(`axe finds nothing: ${language}, ${theme}, ${size} px`, async () => {
          const page = await openPage(browser, perigee.base, { viewport, theme, language })
          const [deal] = (await admin.get('records/deal', { limit: 1, where: 'amount ~= nil' })).records
          await page.goto('/')
          await page.locator('#login').waitFor()
          assert.deepEqual(await axe(page), [], 'sign-in')
          await picture(page, `sign-in-${language}-${theme}-${size}`)
          await admin.expect(200, 'PATCH', `records/user/${(await admin.get('records/user', { where: 'login == "boss"' })).records[0].id}`, { body: { language } })
          await signIn(page)
          const pages = { list: ['/deal', '.table td.first a, .line-row a'], contacts: ['/contact', '.table td.first a, .line-row a'], record: [`/deal/${deal.id}`, '.event'], create: ['/deal/new', '.form-grid'], missing: ['/nothing', '.empty h1'], unknown: ['/deal/99', '.empty h1'] }
          for (const [name, [path, shown]] of Object.entries(pages)) {
            await page.goto(path)
            await page.locator(shown).first().waitFor({ state: 'attached' })
            assert.deepEqual(await axe(page), [], `${name} ${language} ${theme} ${size}`)
            await picture(page, `${name}-${language}-${theme}-${size}`)
          }
          const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          assert.ok(sideways <= 0, `the page scrolls sideways by ${sideways} px`)
          assert.deepEqual(page.troubles, [])
          await page.context().close()
        })
})
