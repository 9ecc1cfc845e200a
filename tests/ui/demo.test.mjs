// Demonstration data in by one click from the first steps, and out by one: nothing of one's own goes with it,
// and what one's own records refer to stays and is named.
import assert from 'node:assert/strict'
import { axe } from './browser.mjs'
import { inOffices } from './office.mjs'

inOffices('demonstration data', {}, (test, opened) => {
  let admin, page, office
  opened((opened) => { office = opened; ({ admin, page } = office); page.setDefaultTimeout(180000) }) // a whole company is made, and undone record by record
  const count = async (entity) => (await admin.query({ from: entity, measures: { n: 'count()' } })).rows[0].n
  const remove = () => page.locator('.demo-note').getByRole('button', { name: 'Take it out' })

  test('one click in the first steps makes it', async () => {
    await admin.create('organization', { name: 'My own customer' })
    await page.goto('/')
    await page.getByText('Or look around first').waitFor()
    assert.deepEqual(await axe(page), [])
    await page.getByRole('button', { name: 'Add demonstration data' }).click()
    await remove().waitFor()
    assert.ok(await count('deal') > 50)
    assert.deepEqual(await axe(page), [])
  })

  test('one click takes out exactly it', async () => {
    await remove().click()
    await page.locator('.demo-note').waitFor({ state: 'detached' })
    assert.equal(await count('deal'), 0)
    assert.deepEqual((await admin.get('records/organization', { fields: 'name' })).records.map((one) => one.name), ['My own customer'])
    await page.getByText('Or look around first').waitFor()
  })

  test('what one built upon stays and is named, with a way to it', async () => {
    await page.getByRole('button', { name: 'Add demonstration data' }).click()
    await remove().waitFor()
    const [customer] = (await admin.get('records/organization', { where: 'name ~= "My own customer"', sort: 'id', limit: 1 })).records
    await admin.create('contact', { last_name: 'Built upon it', organization: customer.id })
    await remove().click()
    const note = page.locator('.demo-note', { hasText: 'but for what you use' })
    await note.getByRole('link', { name: customer.name }).waitFor()
    assert.match(await note.innerText(), /1 record stays/)
    assert.deepEqual(await axe(page), [])
    await note.getByRole('link', { name: customer.name }).click()
    await page.locator('h1', { hasText: customer.name }).waitFor()
    assert.equal(await count('deal'), 0)
    await page.goto('/')
    await page.locator('.home-grid, .empty').first().waitFor()
    assert.equal(await page.locator('.demo-note').count(), 0)
    assert.deepEqual(page.troubles, [])
  })

  test('who is no administrator is not offered it', async () => {
    office.perigee.cli(['user', 'add', 'sam', '--name', 'Sam Ost', '--role', 'sales', '--password-stdin'], { input: 'correct horse battery staple 42\n' })
    const own = await office.enter('sam')
    await own.goto('/')
    await own.locator('.home-grid, .empty').first().waitFor()
    assert.equal(await own.getByText('Or look around first').count(), 0)
    await own.context().close()
  })
})
