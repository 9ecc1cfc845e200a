// A salesperson's day from end to end: a company and a person met, a deal opened beside them, a call and
// a task written down, the deal moved and won by keys; what landed in the database, and what stays out of reach.
import assert from 'node:assert/strict'
import { axe, openList } from '../browser.mjs'
import { inOffices, until } from '../office.mjs'

const people = ['boss', { login: 'sam', name: 'Sam Ost', role: 'sales', team: 'North' }, { login: 'ida', name: 'Ida Berg', role: 'sales', team: 'South' }]

inOffices('a salesperson', { people, as: 'sam' }, (test, opened) => {
  let admin, page, client
  opened((office) => { ({ admin, page, client } = office) })
  const one = async (entity, where) => (await admin.get(`records/${entity}`, { where })).records[0]

  test('a company and a person are made by keys, and belong to who made them', async () => {
    await openList(page, '/organization', { rows: 0 })
    await page.keyboard.press('c')
    await page.locator('#new-name').fill('Harbour Works')
    await page.keyboard.press('Control+Enter')
    await page.locator('h1', { hasText: 'Harbour Works' }).waitFor()
    await page.goto('/contact/new')
    await page.locator('#new-last_name').fill('Nilsen')
    await page.locator('#new-first_name').fill('Mia')
    await page.locator('#new-organization').fill('Harb')
    await page.getByRole('option', { name: 'Harbour Works' }).click()
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.locator('h1', { hasText: 'Nilsen' }).waitFor()
    const person = await until(() => one('contact', 'last_name == "Nilsen"'))
    assert.deepEqual([person.organization.title, person.owner.title], ['Harbour Works', 'Sam Ost'])
  })

  test('a deal is opened, a call and a task written down, and the day shows what is due', async () => {
    await page.goto('/deal/new')
    await page.locator('#new-name').fill('Cranes for the harbour')
    await page.locator('#new-amount').fill('48000')
    await page.locator('#new-organization').fill('Harb')
    await page.getByRole('option', { name: 'Harbour Works' }).click()
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.locator('h1', { hasText: 'Cranes for the harbour' }).waitFor()
    const deal = await until(() => one('deal', 'name == "Cranes for the harbour"'))
    assert.deepEqual([deal.amount.amount, deal.organization.title, deal.owner.title, deal.stage.title], ['48000.00', 'Harbour Works', 'Sam Ost', 'Prospecting'])
    await page.locator('h1').click()
    await page.keyboard.press('l')
    await page.locator('#compose-subject').fill('Asked for a quote')
    await page.keyboard.press('Control+Enter')
    await page.locator('.event[data-kind=call]', { hasText: 'Asked for a quote' }).waitFor()
    await page.locator('h1').click()
    await page.keyboard.press('t')
    await page.locator('#compose-subject').fill('Send the quote')
    await page.locator('#compose-due_at').fill('2026-01-15T10:30')
    await page.keyboard.press('Control+Enter')
    await page.locator('.ahead .event', { hasText: 'Send the quote' }).waitFor()
    const activities = (await admin.get('records/activity', { where: `about == "${deal.id}"`, sort: 'subject' })).records
    assert.deepEqual(activities.map((item) => [item.kind, item.subject, item.status, item.owner.title]), [['call', 'Asked for a quote', 'done', 'Sam Ost'], ['task', 'Send the quote', 'planned', 'Sam Ost']])
    await page.goto('/')
    await page.locator('.home-section[data-view="overdue_activities"]', { hasText: 'Send the quote' }).waitFor()
    assert.deepEqual(await axe(page), [])
  })

  test('the deal moves on by keys and is won; a mistake is taken back', async () => {
    const deal = await one('deal', 'name == "Cranes for the harbour"')
    await page.goto(`/deal/${deal.id}`)
    await page.locator('.path .now', { hasText: 'Prospecting' }).waitFor()
    await page.keyboard.press('Alt+ArrowRight')
    await page.locator('.path .now', { hasText: 'Qualified' }).waitFor()
    await until(async () => (await one('deal', `id == "${deal.id}"`)).stage.title, 'Qualified')
    await page.keyboard.press('z')
    await until(async () => (await one('deal', `id == "${deal.id}"`)).stage.title, 'Prospecting')
    await page.locator('.path .now', { hasText: 'Prospecting' }).waitFor()
    await page.getByRole('button', { name: 'Won', exact: true }).first().click()
    await until(async () => (await one('deal', `id == "${deal.id}"`)).stage.title, 'Won')
    assert.ok((await one('deal', `id == "${deal.id}"`)).closed_on)
  })

  test('another team\'s records are not there, by list, search or address', async () => {
    const theirs = await (await client('ida')).create('deal', { name: 'Secret of the south' })
    await openList(page, '/deal', { rows: 0 })
    await page.locator('td.first', { hasText: 'Cranes' }).waitFor()
    assert.equal(await page.getByText('Secret of the south').count(), 0)
    await page.goto(`/deal/${theirs.id}`)
    await page.locator('.empty h1').waitFor()
    page.troubles = page.troubles.filter((text) => !/status of 404/.test(text))
    assert.deepEqual(page.troubles, [])
  })
})
