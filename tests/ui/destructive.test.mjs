// Nothing destructive lacks an undo: each act that takes something away, taken back as a person would. Beside
// those of their own tests: merges (duplicates), imports (import), demonstration data (demo), fates of stages
// (admin), conversion (extensions), files and comments (record).
import assert from 'node:assert/strict'
import { openList } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('what is taken away comes back', {}, (test, opened) => {
  let admin, page
  opened((office) => { ({ admin, page } = office) })
  /** A toast comes once the server has answered, and stays for eight seconds. */
  const takeBack = (text) => page.locator('.toast', { hasText: text }).last().getByRole('button', { name: /Undo/ }).click()
  const told = (text) => page.locator('.toast', { hasText: text }).last().waitFor()
  const isThere = (entity, id) => async () => (await admin.get(`records/${entity}/${id}`, { fields: 'deleted_at' })).deleted_at === null
  const goesAndComes = async (entity, id, act, said) => {
    await act()
    await told(said)
    assert.equal(await isThere(entity, id)(), false)
    await takeBack(said)
    await until(isThere(entity, id))
  }

  test('a record, from its page', async () => {
    const { id } = await admin.create('organization', { name: 'Paged away' })
    await page.goto(`/organization/${id}`)
    await page.locator('h1', { hasText: 'Paged away' }).waitFor()
    await goesAndComes('organization', id, () => page.getByRole('button', { name: 'Delete' }).first().click(), 'moved to the trash')
  })

  test('many records, from the list', async () => {
    const ids = []
    const others = async () => (await admin.get('records/organization', { where: 'not starts_with(name, "Bulk")', fields: 'name' })).records.length
    const before = await others()
    for (const name of ['Bulk one', 'Bulk two', 'Bulk three']) ids.push((await admin.create('organization', { name })).id)
    await openList(page, '/organization?search=Bulk')
    await page.locator('#main').focus()
    await page.keyboard.press('Control+a')
    await page.locator('.bulk').getByRole('button', { name: 'Delete' }).click()
    await told('3 records moved to the trash')
    assert.deepEqual((await admin.get('records/organization', { where: 'starts_with(name, "Bulk")' })).records, [])
    assert.equal(await others(), before, 'all that is found is chosen, and nothing else')
    await takeBack('3 records moved to the trash')
    for (const id of ids) await until(isThere('organization', id))
  })

  test('a card, from the board', async () => {
    const { id } = await admin.create('deal', { name: 'Carded away', amount: { amount: '10.00', currency: 'USD' } })
    await page.goto('/deal?as=board')
    await page.locator('.card', { hasText: 'Carded away' }).hover()
    await page.getByRole('button', { name: 'Actions: Carded away' }).click()
    await goesAndComes('deal', id, () => page.getByRole('menuitem', { name: 'Delete' }).click(), 'moved to the trash')
  })

  test('an activity, from the timeline', async () => {
    const about = await admin.create('organization', { name: 'With a task' })
    const { id } = await admin.create('activity', { kind: 'task', subject: 'To be taken away', about: { entity: 'organization', id: about.id } })
    await page.goto(`/organization/${about.id}`)
    await page.locator('.event', { hasText: 'To be taken away' }).first().waitFor()
    await page.getByRole('button', { name: 'Actions: To be taken away' }).click()
    await goesAndComes('activity', id, () => page.getByRole('menuitem', { name: 'Delete' }).click(), 'moved to the trash')
  })

  test('a saved view, from its tab', async () => {
    const { id } = await admin.expect(201, 'POST', 'records/saved_view', { body: { name: 'Mine to drop', entity: 'organization', shared: true } })
    const boss = (await admin.get('records/user', { where: 'login == "boss"' })).records[0]
    await admin.patch('saved_view', id, { owner: boss.id })
    await page.goto(`/organization?view=${id}`)
    await page.locator('.tab-list [aria-current]', { hasText: 'Mine to drop' }).waitFor()
    await page.locator('.tabs').getByRole('button', { name: 'View', exact: true }).click()
    await goesAndComes('saved_view', id, () => page.getByRole('menuitem', { name: 'Delete' }).click(), 'moved to the trash')
  })

  test('a row of the administration', async () => {
    const { id } = await admin.create('tag', { name: 'Swept' })
    await page.goto('/admin/tags')
    await goesAndComes('tag', id, () => page.getByRole('button', { name: 'Delete: Swept' }).click(), 'moved to the trash')
  })

  test('a card that was moved on the board', async () => {
    const { id } = await admin.create('deal', { name: 'Moved and back' })
    const before = (await admin.get(`records/deal/${id}`)).stage.id
    await page.goto('/deal?as=board&search=Moved')
    await page.locator('.card-title', { hasText: 'Moved and back' }).focus()
    await page.keyboard.press('Alt+ArrowRight')
    await told('Moved and back')
    assert.notEqual((await admin.get(`records/deal/${id}`)).stage.id, before)
    await takeBack('Moved and back')
    await until(async () => (await admin.get(`records/deal/${id}`)).stage.id, before)
  })

  test('a person taken out of a record', async () => {
    const person = await admin.create('contact', { last_name: 'Linked', first_name: 'Lena' })
    const { id } = await admin.create('deal', { name: 'With a person', contacts: [{ id: person.id }] })
    await page.goto(`/deal/${id}`)
    await page.getByRole('button', { name: 'Remove: Lena Linked' }).click()
    await told('changed')
    const linked = async () => (await admin.get(`records/deal/${id}`)).contacts.map((link) => link.id)
    await until(linked, [])
    await takeBack('changed')
    await until(linked, [person.id])
  })

  test('what a role may do, and a setting of the company', async () => {
    await page.goto('/admin/roles?of=sales')
    const cell = page.locator('.grid-rows tbody tr', { hasText: 'Products' }).locator('select').first()
    const had = await cell.inputValue()
    await cell.selectOption('none')
    await told('Saved')
    await takeBack('Saved')
    await until(async () => page.locator('.grid-rows tbody tr', { hasText: 'Products' }).locator('select').first().inputValue(), had)
    await page.goto('/admin/company')
    await page.locator('#company-company_name').fill('Renamed by mistake')
    await page.keyboard.press('Tab')
    await until(async () => (await admin.get('settings')).company_name, 'Renamed by mistake')
    await takeBack('changed')
    await until(async () => (await admin.get('settings')).company_name !== 'Renamed by mistake')
  })

  test('the secret address of a calendar, which cannot be brought back, is asked about', async () => {
    await page.goto('/deal')
    await page.locator('.person').click()
    await page.getByRole('menuitem', { name: 'Settings' }).click()
    const feed = page.getByRole('group', { name: 'Calendar feed' })
    await feed.getByRole('button', { name: 'Make an address' }).click()
    const address = await feed.getByRole('textbox').inputValue()
    await feed.getByRole('button', { name: 'End the address' }).click()
    await feed.getByRole('alert').waitFor()
    assert.equal((await fetch(address)).status, 200)
    await feed.getByRole('button', { name: 'Yes, do it' }).click()
    await feed.getByRole('button', { name: 'Make an address' }).waitFor()
    assert.equal((await fetch(address)).status, 404)
    await page.keyboard.press('Escape')
  })

  test('a field that people made: hidden, and back with its values', async () => {
    await admin.expect(200, 'PUT', 'schema/entities/organization/fields/berth', { body: { type: 'text', label: { en: 'Berth' } } })
    const { id } = await admin.create('organization', { name: 'Berthed', berth: 'C-12' })
    await page.goto('/admin/entities?of=organization')
    await page.getByRole('button', { name: 'Actions: Berth' }).click()
    await page.getByRole('menuitem', { name: 'Hide' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Do it' }).click()
    await told('Saved')
    assert.ok(!('berth' in (await admin.get(`records/organization/${id}`))))
    await takeBack('Saved')
    await until(async () => (await admin.get(`records/organization/${id}`)).berth, 'C-12')
    assert.deepEqual(page.troubles, [])
  })
})
