// An administrator from an empty database on: a person let in by a link, a field made for a kind of record,
// what a role may with it, a table read in, and a look with that person's eyes; what landed in the database.
import assert from 'node:assert/strict'
import { openPage, password } from '../browser.mjs'
import { inOffices, until } from '../office.mjs'

inOffices('an administrator', { people: ['boss'] }, (test, opened) => {
  let perigee, browser, admin, page
  opened((office) => { ({ perigee, browser, admin, page } = office) })
  const open = async (section, query = '') => { await page.goto(`/admin/${section}${query}`); await page.locator('.work h1').waitFor() }
  const one = async (entity, where) => (await admin.get(`records/${entity}`, { where })).records[0]

  test('a person is added with a role, and comes in by the link', async () => {
    await open('users')
    await page.locator('#add-user-login').fill('nina')
    await page.locator('#add-user-name').fill('Nina One')
    await page.getByRole('button', { name: 'Add: User' }).click()
    const row = page.locator('tr').filter({ has: page.getByLabel('Login: Nina One') })
    const role = page.locator(`#cell-${(await until(() => one('user', 'login == "nina"'))).id}-role`)
    await role.selectOption((await one('role', 'name == "sales"')).id)
    await until(async () => (await one('user', 'login == "nina"')).role?.title, 'sales')
    await row.getByRole('button', { name: 'Invite link' }).click()
    const link = await page.locator('#invite-link').inputValue()
    await page.keyboard.press('Escape')
    const own = await openPage(browser, perigee.base)
    await own.goto(link)
    await own.locator('#password').fill(password)
    await own.locator('#again').fill(password)
    await own.locator('button[type=submit]').click()
    await own.locator('.nav').waitFor()
    assert.deepEqual(own.troubles, [])
    await own.context().close()
  })

  test('a field is planned and made, a role only reads it, and a table fills it', async () => {
    await open('entities', '?of=organization')
    await page.getByRole('button', { name: 'New field' }).click()
    await page.locator('#field-en').fill('Berth')
    await page.locator('#field-code').fill('berth')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Do it' }).click()
    await until(async () => (await admin.get('meta')).entities.find((entity) => entity.name === 'organization').fields.some((field) => field.name === 'berth'))
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await open('roles', '?of=sales&fields=organization')
    await page.getByLabel('Berth', { exact: true }).selectOption('locked')
    await page.locator('.in-words li', { hasText: /^Organizations: .*does not change Berth/ }).waitFor()
    const { fields } = (await perigee.client(perigee.token('nina')).get('meta')).entities.find((entity) => entity.name === 'organization')
    assert.equal(fields.find((field) => field.name === 'berth').locked, true)
    await page.goto('/organization/import')
    await page.locator('input[type=file]').setInputFiles({ name: 'berths.csv', mimeType: 'text/csv', buffer: Buffer.from('Name,Berth\nPilot AG,B7\nTug Ltd,C1\n') })
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('button', { name: 'Import 2 rows' }).click()
    await page.getByText('2 records created').waitFor()
    assert.deepEqual((await admin.get('records/organization', { sort: 'name', fields: 'name,berth' })).records.map((item) => [item.name, item.berth]), [['Pilot AG', 'B7'], ['Tug Ltd', 'C1']])
  })

  test('the log names who did it; a look as that person is marked and changes nothing', async () => {
    await open('log')
    await page.locator('.grid-rows tr', { hasText: 'Anna Kern' }).first().waitFor()
    await open('users')
    await page.locator('tr').filter({ has: page.getByLabel('Login: Nina One') }).getByRole('button', { name: 'Look as' }).click()
    await page.locator('.view-banner', { hasText: 'Nina One' }).waitFor()
    assert.equal(await page.locator('.nav').getByText('Administration').count(), 0)
    await page.getByRole('button', { name: 'Stop looking' }).click()
    await page.locator('.work h1', { hasText: 'Users' }).waitFor()
    const looks = (await admin.get('sign-ins')).records.filter((row) => row.outcome === 'view')
    assert.deepEqual(looks.map((row) => [row.user.title, row.whom.title]), [['Anna Kern', 'Nina One']])
    assert.deepEqual(page.troubles, [])
  })
})
