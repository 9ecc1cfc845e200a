// The administration as an administrator uses it: people, roles, directories, stages, fields, settings, jobs
// and the log; what landed on the server, and that others are told no.
import assert from 'node:assert/strict'
import { axe, desktop, openPage, password, phone, picture, signIn } from './browser.mjs'
import { inOffices, until } from './office.mjs'

const sections = ['users', 'teams', 'roles', 'directories', 'pipelines', 'entities', 'layouts', 'number_series', 'tags', 'currencies', 'company', 'jobs', 'log', 'sign_ins', 'backup']

inOffices('the administration', { people: ['boss', { login: 'sam', name: 'Sam Ost', role: 'sales', team: 'North' }, { login: 'ida', name: 'Ida Berg', role: 'sales', team: 'North' }] }, (test, opened, engine) => {
  let perigee, browser, admin, page
  opened((office) => { ({ perigee, browser, admin, page } = office) })
  const open = async (section, query = '') => { await page.goto(`/admin/${section}${query}`); await page.locator('.work h1').waitFor() }
  const user = async (login) => (await admin.get('records/user', { where: `login == "${login}"` })).records[0]

  test('a person is added, invited by a link that works, and let out with the work handed over', async () => {
    await open('users')
    await page.locator('#add-user-login').fill('new.one')
    await page.locator('#add-user-name').fill('Nina One')
    await page.getByRole('button', { name: 'Add: User' }).click()
    await page.getByLabel('Login: Nina One').waitFor()
    const made = await until(() => user('new.one'))
    await page.locator('tr').filter({ has: page.getByLabel('Login: Nina One') }).getByRole('button', { name: 'Invite link' }).click()
    const link = await page.locator('#invite-link').inputValue()
    assert.deepEqual(await axe(page), [])
    await page.keyboard.press('Escape')
    const own = await openPage(browser, perigee.base)
    await own.goto(link)
    await own.locator('#password').fill(password)
    await own.locator('#again').fill(password)
    await own.locator('button[type=submit]').click()
    await own.waitForFunction(() => !document.querySelector('#password'))
    await own.context().close()
    const sam = await user('sam')
    const deals = await Promise.all(['One', 'Two'].map((name) => admin.create('deal', { name, owner: sam.id })))
    await page.locator('tr').filter({ has: page.getByLabel('Login: Sam Ost') }).getByRole('button', { name: 'Disable' }).click()
    await page.getByText('Deals: 2 records').waitFor()
    await page.locator('#hand-over').click()
    await page.locator('#hand-over').fill('Ida')
    await page.getByRole('option', { name: 'Ida Berg' }).click()
    await page.getByRole('button', { name: 'Do it' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal((await user('sam')).active, false)
    for (const deal of deals) assert.equal((await admin.get(`records/deal/${deal.id}`)).owner.title, 'Ida Berg')
    await page.locator('tr').filter({ has: page.getByLabel('Login: Sam Ost') }).getByRole('button', { name: 'Let in again' }).click()
    await until(async () => (await user('sam')).active !== false)
    assert.ok(made.id)
    assert.deepEqual(page.troubles, [])
  })

  test('a cell of a role is changed and holds at once; the matrix says it in words', async () => {
    await open('roles', '?of=sales')
    const products = async () => { const own = perigee.client(perigee.token('ida')); return (await own.get('meta')).entities.find((entity) => entity.name === 'product').can.create }
    assert.equal(await products(), false)
    await page.getByLabel('Products: creates').selectOption('all')
    await page.locator('.in-words li', { hasText: /^Products: .*creates/ }).waitFor()
    await until(products)
    assert.match((await admin.get('schema/roles')).roles.find((role) => role.name === 'sales').entities.deal.read, /my_team/)
    await page.locator('.in-words li', { hasText: /^Deals: reads \(own team\), creates, changes \(own\)/ }).waitFor()
    assert.deepEqual(page.troubles, [])
  })

  test('a field is hidden from a role in the matrix, another locked; looking as the role shows it, marked, and writes nothing', async () => {
    const deal = await admin.create('deal', { name: 'Seen by a look', amount: { amount: '777.00', currency: 'USD' }, team: (await user('ida')).team.id })
    await open('roles', '?of=sales&fields=deal')
    await page.getByLabel('Amount', { exact: true }).selectOption('hidden')
    await page.locator('.in-words li', { hasText: /^Deals: .*does not see Amount/ }).waitFor()
    await page.getByLabel('Reason of loss', { exact: true }).selectOption('locked')
    await page.locator('.in-words li', { hasText: /^Deals: .*does not see Amount.*does not change Reason of loss/ }).waitFor()
    const own = perigee.client(perigee.token('ida'))
    const fields = (await own.get('meta')).entities.find((entity) => entity.name === 'deal').fields
    assert.deepEqual([fields.some((field) => field.name === 'amount'), fields.find((field) => field.name === 'lost_reason').locked], [false, true])

    await open('users')
    await page.locator('tr').filter({ has: page.getByLabel('Login: Ida Berg') }).getByRole('button', { name: 'Look as' }).click()
    await page.locator('.view-banner', { hasText: 'Ida Berg' }).waitFor()
    await page.goto(`/deal/${deal.id}`)
    await page.locator('h1', { hasText: 'Seen by a look' }).waitFor()
    await page.locator('.view-banner').waitFor()
    assert.equal(await page.getByText('777').count(), 0)
    assert.equal(await page.locator('.nav a', { hasText: 'Administration' }).count(), 0)
    assert.deepEqual(await axe(page), [])
    await page.getByRole('button', { name: 'Edit: Name' }).click()
    await page.locator('#field-name').fill('Changed by a look')
    await page.keyboard.press('Enter')
    await page.getByText('nothing can be changed meanwhile').first().waitFor()
    assert.equal((await admin.get(`records/deal/${deal.id}`)).name, 'Seen by a look')
    await page.getByRole('button', { name: 'Stop looking' }).click()
    await page.locator('.work h1', { hasText: 'Users' }).waitFor()
    assert.equal(await page.locator('.view-banner').count(), 0)
    await open('sign_ins')
    await page.locator('tr', { hasText: 'looked as Ida Berg' }).first().waitFor()
    await admin.expect(200, 'PUT', 'schema/roles/sales', { body: {} })
    page.troubles = page.troubles.filter((text) => !/status of 403/.test(text))
    assert.deepEqual(page.troubles, [])
  })

  test('values of a directory are added, renamed, moved and switched off', async () => {
    await open('directories', '?of=industry')
    for (const [code, label] of [['space', 'Space'], ['rail', 'Rail']]) {
      await page.locator('#add-directory_item-code').fill(code)
      await page.locator('#add-directory_item-label').fill(label)
      await page.getByRole('button', { name: /^Add: / }).click()
      await page.getByLabel(`Code: ${label}`).waitFor()
    }
    await page.getByLabel('Label: Space', { exact: true }).fill('Space flight')
    await page.keyboard.press('Enter')
    await page.getByLabel('Code: Space flight').waitFor()
    await page.getByRole('button', { name: 'Move up: Rail' }).click()
    const items = async () => (await admin.get('records/directory_item', { where: 'directory.name == "industry"', sort: 'position,label', fields: 'code,label' })).records.map((item) => item.code)
    await until(async () => { const codes = await items(); return codes.indexOf('rail') < codes.indexOf('space') })
    assert.deepEqual(page.troubles, [])
  })

  test('a stage gets its days and what must be filled', async () => {
    await open('pipelines')
    const pipeline = (await admin.get('records/pipeline', { where: 'entity == "deal"' })).records[0]
    await open('pipelines', `?of=${pipeline.id}`)
    const row = page.locator('tr').filter({ has: page.getByLabel('Name: Qualified') })
    await row.getByLabel(/Limit|Days|days/).first().fill('9')
    await page.keyboard.press('Enter')
    const stage = async () => (await admin.get('records/stage', { where: `pipeline == "${pipeline.id}" and name == "Qualified"` })).records[0]
    await until(async () => (await stage()).limit_days, 9)
    await page.getByRole('button', { name: 'Needed in this stage: Qualified' }).click()
    await page.getByRole('checkbox', { name: 'Amount', exact: true }).check()
    await until(async () => (await stage()).required_fields?.includes('amount'))
    assert.deepEqual(page.troubles, [])
  })

  test('a field is planned, made, hidden and brought back with its values', async () => {
    await open('entities', '?of=organization')
    await page.getByRole('button', { name: 'New field' }).click()
    await page.locator('#field-en').fill('Parking spaces')
    await page.locator('#field-ru').fill('Парковка')
    await page.locator('#field-code').fill('parking')
    await page.locator('#field-type').selectOption('integer')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('The field organization.parking is added').waitFor()
    assert.deepEqual(await axe(page), [])
    const field = async () => (await admin.get('meta')).entities.find((entity) => entity.name === 'organization').fields.find((item) => item.name === 'parking')
    assert.equal(await field(), undefined, 'a plan does nothing')
    await page.getByRole('button', { name: 'Do it' }).click()
    await page.locator('td', { hasText: 'Parking spaces' }).waitFor()
    assert.equal((await field()).type, 'integer')
    const made = await admin.create('organization', { name: 'Lots', parking: 12 })
    const choose = async (item) => {
      await page.getByRole('button', { name: 'Actions: Parking spaces' }).click()
      await page.getByRole('menuitem', { name: item }).click()
      await page.getByRole('button', { name: 'Do it' }).click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await choose('Hide')
    await page.locator('tr', { hasText: 'Parking spaces' }).getByText('hidden').waitFor()
    assert.equal(await field(), undefined)
    await choose('Bring back')
    await until(field)
    assert.equal((await admin.get(`records/organization/${made.id}`)).parking, 12)
    assert.deepEqual(page.troubles, [])
  })

  test('a kind of record is renamed in two languages, hidden from the navigation and brought back', async () => {
    await open('entities', '?of=product')
    const rename = async (fill) => {
      await page.getByRole('button', { name: 'Rename or hide' }).click()
      await page.getByLabel('Label, English').waitFor()
      await page.waitForFunction(() => !document.querySelector('dialog button[type=submit]').disabled)
      await fill()
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByRole('button', { name: 'Do it' }).click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await rename(async () => {
      for (const [label, text] of [['Label, English', 'Service'], ['Plural, English', 'Services'], ['Label, Russian', 'Услуга'], ['Plural, Russian', 'Услуги']]) await page.getByLabel(label).fill(text)
    })
    await page.locator('.nav a.item', { hasText: 'Services' }).waitFor()
    const russian = (await admin.expect(200, 'GET', 'meta', { headers: { 'Accept-Language': 'ru' } })).entities.find((entity) => entity.name === 'product')
    assert.deepEqual([russian.label, russian.label_plural], ['Услуга', 'Услуги'])
    await rename(() => page.getByRole('checkbox', { name: 'Stands in the navigation' }).uncheck())
    await page.locator('.nav a.item', { hasText: 'Services' }).waitFor({ state: 'detached' })
    await rename(() => page.getByRole('checkbox', { name: 'Stands in the navigation' }).check())
    await page.locator('.nav a.item', { hasText: 'Services' }).waitFor()
    assert.deepEqual(page.troubles, [])
  })

  test('a layout puts fields into sections, one under a condition; the record page follows, undo goes back', async () => {
    const deal = await admin.create('deal', { name: 'Laid out', amount: { amount: '10.00', currency: 'USD' } })
    await open('layouts', '?of=deal')
    const section = (name) => page.getByRole('group', { name, exact: true })
    await page.getByRole('button', { name: 'Add a section' }).click()
    await section('Section 1').getByLabel('Label, English').fill('Money')
    for (const name of ['Expected close', 'Amount']) await section('Money').getByLabel('Add a field').selectOption(name)
    await section('Money').getByRole('button', { name: 'Move up: Amount' }).click()
    await page.getByRole('button', { name: 'Add a section' }).click()
    await section('Section 2').getByLabel('Label, English').fill('Big')
    await section('Big').getByLabel('Only when').fill('amount > 100')
    await section('Big').getByLabel('Add a field').selectOption('Source')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.toast', { hasText: 'Saved' }).waitFor()
    assert.deepEqual((await admin.get('meta')).views.filter((view) => view.page === 'section').map((view) => [view.label, view.fields.show, view.where]), [['Money', ['amount', 'expected_on'], undefined], ['Big', ['source'], 'amount > 100']])
    assert.deepEqual(await axe(page), [])

    const titles = () => page.locator('.field-section .section-title').allTextContents()
    await page.goto(`/deal/${deal.id}`)
    await page.locator('.field-section').first().waitFor()
    assert.deepEqual(await titles(), ['Money', 'Details'])
    assert.deepEqual(await page.locator('.field-section').first().locator('dt').allTextContents().then((all) => all.map((text) => text.trim())), ['Amount', 'Expected close'])
    await admin.patch('deal', deal.id, { amount: { amount: '500.00', currency: 'USD' } })
    await page.locator('.field-section .section-title', { hasText: 'Big' }).waitFor()
    await open('layouts', '?of=deal')
    await page.getByRole('button', { name: "Back to the program's order" }).click()
    await until(async () => (await admin.get('meta')).views.every((view) => view.page !== 'section'))
    await page.locator('.toast', { hasText: 'Saved' }).getByRole('button', { name: /Undo/ }).click()
    await until(async () => (await admin.get('meta')).views.filter((view) => view.page === 'section').length, 2)
    assert.deepEqual(page.troubles, [])
  })

  test('settings of the company are kept; the log says who changed what and takes it back', async () => {
    await open('company')
    await page.locator('#company-company_name').fill('Northwind Ltd')
    await page.keyboard.press('Tab')
    await until(async () => (await admin.get('settings')).company_name, 'Northwind Ltd')
    await open('log')
    const first = page.locator('tbody tr').first()
    await first.getByText('Anna Kern').waitFor()
    await first.getByRole('button', { name: 'Undo' }).click()
    await until(async () => (await admin.get('settings')).company_name !== 'Northwind Ltd')
    assert.deepEqual(page.troubles, [])
  })

  test('who has no right is told so, and the address bar opens nothing', async () => {
    const own = await openPage(browser, perigee.base)
    await signIn(own, 'ida')
    for (const section of ['users', 'roles', 'entities', 'company', 'nothing']) {
      await own.goto(`/admin/${section}`)
      await own.getByText('This part is for administrators').waitFor()
    }
    await own.goto('/admin/jobs')
    await own.getByText('No job has run').waitFor()
    assert.deepEqual(own.troubles, [])
    await own.context().close()
  })

  if (engine === 'sqlite') // what is drawn is the same on the other
    for (const language of ['en', 'ru'])
      for (const theme of ['light', 'dark'])
        for (const [size, viewport] of Object.entries({ 1280: desktop, 390: phone }))
          test(`axe finds nothing: ${language}, ${theme}, ${size} px`, async () => {
            const own = await openPage(browser, perigee.base, { viewport, theme, language })
            await admin.patch('user', (await user('boss')).id, { language })
            await signIn(own)
            for (const section of sections) {
              await own.goto(`/admin/${section}`)
              await own.locator('.work h1').waitFor()
              await own.locator(section === 'backup' || section === 'jobs' ? '.work' : '.work .input, .work td').first().waitFor({ state: 'attached' })
              assert.deepEqual(await axe(own), [], section)
              await picture(own, `admin-${section}-${language}-${theme}-${size}`)
              assert.ok(await own.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${section} scrolls sideways`)
            }
            assert.deepEqual(own.troubles, [])
            await own.context().close()
          })
})
