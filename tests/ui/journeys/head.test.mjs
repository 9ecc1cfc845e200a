// A head of sales: sees the whole team's board, hands deals from one person to another, keeps a view that
// the team shares, and takes a mistake back; what landed in the database.
import assert from 'node:assert/strict'
import { openList } from '../browser.mjs'
import { inOffices, until } from '../office.mjs'

const people = ['boss', { login: 'hana', name: 'Hana Voss', role: 'head', team: 'North' }, { login: 'sam', name: 'Sam Ost', role: 'sales', team: 'North' }, { login: 'ida', name: 'Ida Berg', role: 'sales', team: 'North' }]

inOffices('a head', { people, as: 'hana' }, (test, opened) => {
  let admin, page, enter, users
  const deals = []
  opened(async (office) => {
    ({ admin, page, enter } = office)
    users = Object.fromEntries((await admin.all('user')).map((user) => [user.login, user]))
    for (const [name, amount] of [['Bridge', '1000.00'], ['Tunnel', '2500.00'], ['Tower', '4000.00']])
      deals.push(await admin.create('deal', { name, amount: { amount, currency: 'USD' }, owner: users.sam.id, team: users.sam.team.id }))
  })
  const total = async (where) => (await admin.get('records/deal', { where, count: 'exact', limit: 1 })).total.value

  test('the board shows the team\'s deals with their sum, and a card is moved by keys', async () => {
    await page.goto('/deal?as=board')
    const column = page.locator('.board .column').first()
    await column.locator('.column-count', { hasText: /^3$/ }).waitFor()
    await column.getByText('$7,500', { exact: true }).waitFor()
    await page.locator('.card .card-title', { hasText: 'Tower' }).focus()
    await page.keyboard.press('Alt+ArrowRight')
    await until(async () => (await admin.get(`records/deal/${deals[2].id}`)).stage.title, 'Qualified')
  })

  test('deals change hands many at once, and as one come back', async () => {
    await openList(page, '/deal?sort=name')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByRole('toolbar', { name: '2 selected' }).waitFor()
    await page.keyboard.press('a')
    await page.getByRole('combobox', { name: 'Assign to' }).fill('Ida')
    await page.getByRole('option', { name: 'Ida Berg' }).click()
    await page.locator('.toast', { hasText: '2 records changed: Owner' }).waitFor()
    assert.equal(await total('owner.login == "ida"'), 2)
    await page.locator('.toast', { hasText: '2 records' }).getByRole('button', { name: 'Undo' }).click()
    await until(() => total('owner.login == "sam"'), 3)
  })

  test('a view is kept for everybody, and a salesperson finds it', async () => {
    await openList(page, `/deal?where=${encodeURIComponent('amount >= 2000')}&sort=-amount`)
    await page.getByRole('button', { name: 'Save as a view…' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Worth a call')
    await page.getByRole('checkbox', { name: 'Everybody sees' }).check()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/\/deal\?view=\d+$/)
    const [kept] = (await admin.get('records/saved_view', { where: 'name == "Worth a call"' })).records
    assert.deepEqual([kept.filter, kept.shared, kept.owner.title], ['amount >= 2000', true, 'Hana Voss'])
    const own = await enter('sam')
    await openList(own, '/deal')
    await own.locator('.tab-list a', { hasText: 'Worth a call' }).click()
    await own.locator('.list-foot .count', { hasText: '2 records' }).waitFor()
    assert.deepEqual([...page.troubles, ...own.troubles], [])
    await own.context().close()
  })
})
