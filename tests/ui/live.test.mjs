// What others do appears by itself: in lists and records, over one stream for all tabs; who wrote the
// same field meanwhile is asked about, field by field.
import assert from 'node:assert/strict'
import { axe, openList, openPage, picture, signIn } from './browser.mjs'
import { inOffices } from './office.mjs'

inOffices('live', { engines: ['sqlite'] }, (test, opened) => {
  let perigee, browser, admin, page
  opened((office) => { ({ perigee, browser, admin, page } = office) })
  const leader = (tab) => tab.evaluate(() => document.documentElement.dataset.live === 'leader')

  test('a record that somebody makes, changes or trashes comes, changes and goes in the list', async () => {
    await admin.create('organization', { name: 'First of all' })
    await openList(page, '/organization')
    await page.waitForFunction(() => document.documentElement.dataset.live === 'leader')
    const made = await admin.create('organization', { name: 'Came by itself' })
    await page.locator('td.first', { hasText: 'Came by itself' }).waitFor()
    await page.locator('.list-foot .count', { hasText: '2 records' }).waitFor()
    await admin.patch('organization', made.id, { name: 'Changed by itself' })
    await page.locator('td.first', { hasText: 'Changed by itself' }).waitFor()
    await admin.expect(204, 'DELETE', `records/organization/${made.id}`)
    await page.locator('td.first', { hasText: 'Changed by itself' }).waitFor({ state: 'detached' })
  })

  test('several tabs share one stream, and another takes over where the first ended', async () => {
    const [record] = (await admin.get('records/organization', { limit: 1 })).records
    const second = await page.context().newPage()
    const streams = []
    second.on('request', (request) => { if (request.url().includes('/live')) streams.push(request.url()) })
    await second.goto(`/organization/${record.id}`)
    await second.locator('h1', { hasText: 'First of all' }).waitFor()
    assert.equal(await leader(second), false)
    await admin.patch('organization', record.id, { name: 'Seen in both tabs' })
    await second.locator('h1', { hasText: 'Seen in both tabs' }).waitFor()
    assert.deepEqual(streams, [])
    await page.goto('about:blank')
    await second.waitForFunction(() => document.documentElement.dataset.live === 'leader')
    await admin.patch('organization', record.id, { name: 'Seen by the new leader' })
    await second.locator('h1', { hasText: 'Seen by the new leader' }).waitFor()
    assert.equal(streams.length, 1)
    assert.match(streams[0], /after=\d+/)
    await second.close()
    await page.goto('/organization')
  })

  test('what falls between the end of one leader and the stream of the next is not missed', async () => {
    const record = await admin.create('organization', { name: 'Before both leaders' })
    const first = await openPage(browser, perigee.base)
    await signIn(first)
    await first.waitForFunction(() => document.documentElement.dataset.live === 'leader')
    const second = await first.context().newPage()
    await second.route('**/api/v1/live*', async (route) => {
      await admin.patch('organization', record.id, { name: 'Written between two leaders' })
      await route.continue()
    })
    await second.goto(`/organization/${record.id}`)
    await second.locator('h1', { hasText: 'Before both leaders' }).waitFor()
    await first.close()
    await second.locator('h1', { hasText: 'Written between two leaders' }).waitFor()
    await second.context().close()
  })

  /** Holds the stream back, so that this browser does not know what others write. */
  async function deafPage() {
    const own = await openPage(browser, perigee.base)
    await own.route('**/api/v1/live*', (route) => route.abort())
    await signIn(own)
    return own
  }

  test('another field changed meanwhile is kept, and the write goes on', async () => {
    const own = await deafPage()
    const made = await admin.create('organization', { name: 'Two people', website: 'one.example' })
    await own.goto(`/organization/${made.id}`)
    await own.getByRole('button', { name: 'Edit: Name' }).click()
    await admin.patch('organization', made.id, { employees: 77 })
    await own.locator('#field-name').fill('Two people, one record')
    await own.keyboard.press('Enter')
    await own.locator('.toast', { hasText: '“Name” changed' }).waitFor()
    const now = await admin.get(`records/organization/${made.id}`)
    assert.deepEqual([now.name, now.employees], ['Two people, one record', 77])
    assert.equal(await own.locator('dialog').count(), 0)
    await own.context().close()
  })

  for (const [choice, wished, expected] of [['your value', 'Mine wins', 'Mine wins'], ['by Rita West', 'Mine loses', 'Theirs']])
    test(`the same field changed meanwhile opens a choice: ${choice}`, async () => {
      const own = await deafPage()
      const made = await admin.create('organization', { name: 'Before both' })
      await own.goto(`/organization/${made.id}`)
      await own.getByRole('button', { name: 'Edit: Name' }).click()
      await admin.patch('organization', made.id, { name: 'Theirs', employees: 5 })
      await own.locator('#field-name').fill(wished)
      await own.keyboard.press('Enter')
      const dialog = own.getByRole('dialog', { name: 'Changed meanwhile' })
      await dialog.getByText('Rita West changed this record').waitFor()
      assert.deepEqual(await axe(own), [])
      await picture(own, 'conflict-en-light-1280')
      await dialog.locator('fieldset', { hasText: 'Name' }).locator('label', { hasText: choice }).click()
      await dialog.getByRole('button', { name: 'Save' }).click()
      await dialog.waitFor({ state: 'detached' })
      await own.locator('h1', { hasText: expected }).waitFor()
      const now = await admin.get(`records/organization/${made.id}`)
      assert.deepEqual([now.name, now.employees], [expected, 5])
      await own.context().close()
    })
})
