// The day's page: what waits for a person, by sections that modules declare; counts lead to lists that hold
// exactly these, tasks are ticked where they stand.
import assert from 'node:assert/strict'
import { axe, desktop, openPage, phone, picture, signIn } from './browser.mjs'
import { inOffices } from './office.mjs'

const DAY = 86400000

inOffices('home', {}, (test, opened, engine) => {
  let perigee, browser, admin, page, boss
  opened(async (office) => {
    ({ perigee, browser, admin, page } = office)
    boss = (await admin.get('records/user', { where: 'login == "boss"' })).records[0]
  })
  const at = (shift) => new Date(Date.now() + shift * DAY).toISOString()
  const section = (name, on = page) => on.locator(`.home-section[data-view="${name}"]`)
  const task = (subject, due, more = {}) => admin.create('activity', { kind: 'task', subject, due_at: due, owner: boss.id, ...more })
  const count = async (name, wanted) => section(name).locator('.home-count', { hasText: new RegExp(`^${wanted}$`) }).waitFor()

  test('an empty database says so, and offers the first record', async () => {
    await page.goto('/')
    await page.locator('.empty').filter({ hasText: 'nothing here yet' }).waitFor()
    assert.equal(await page.locator('.empty a').count(), 1)
  })

  test('each section shows what is the person\'s, the others\' on demand', async () => {
    const { pipelines } = await admin.get('meta')
    const stage = pipelines.find((item) => item.entity === 'deal').stages[0]
    await task('Was due', at(-3))
    await task('Done already', at(-3), { done_at: at(-2) })
    await task('Later', at(5))
    await task('Noted', at(-3), { kind: 'note' })
    await task('Somebody else\'s', at(-4), { owner: null })
    await task('Due now', new Date().toISOString())
    const planned = await admin.create('deal', { name: 'Planned deal', owner: boss.id })
    await admin.create('activity', { kind: 'call', subject: 'Next call', due_at: at(4), owner: boss.id, about: { entity: 'deal', id: planned.id } })
    await admin.create('deal', { name: 'Forgotten deal', owner: boss.id, amount: { amount: '50.00', currency: 'USD' } })
    await admin.create('deal', { name: 'Stuck deal', owner: boss.id, stage: stage.id, stage_since: at(-stage.limit_days - 3) })
    await admin.create('lead', { last_name: 'Fresh', owner: boss.id })
    await page.goto('/')
    await count('overdue_activities', 1)
    await section('overdue_activities').getByText('Was due').waitFor()
    await count('activities_today', 1)
    await section('activities_today').getByText('Due now').waitFor()
    await count('deals_without_step', 2)
    assert.equal(await section('deals_without_step').getByText('Planned deal').count(), 0)
    await count('new_leads', 1)
    await count('stuck_deals', 1)
    await section('stuck_deals').locator('.home-title', { hasText: 'Stuck deal' }).waitFor()
    assert.deepEqual(await axe(page), [])
    await page.locator('.segmented label', { hasText: 'Everybody\'s' }).click()
    await count('overdue_activities', 2)
    assert.match(page.url(), /scope=all/)
  })

  test('the head of a section leads to a list of exactly these', async () => {
    for (const scope of ['', '?scope=all'])
      for (const name of ['overdue_activities', 'activities_today', 'deals_without_step', 'new_leads', 'stuck_deals']) {
        await page.goto(`/${scope}`)
        await section(name).locator('.home-count').waitFor()
        const wanted = Number(await section(name).locator('.home-count').innerText())
        const titles = (await section(name).locator('.home-title').allTextContents()).sort()
        await section(name).locator('h2 a').click()
        await page.locator('.list-foot .count', { hasText: new RegExp(`^${wanted} record`) }).waitFor()
        const listed = (await page.locator('.table td.first').allTextContents()).map((text) => text.trim()).sort()
        assert.deepEqual(listed, titles, name)
      }
  })

  test('a task is ticked in place, lands in the database, and the toast takes it back', async () => {
    const record = await task('Tick me', at(-1))
    await page.goto('/')
    const row = section('overdue_activities').locator('.home-row', { hasText: 'Tick me' })
    await row.getByRole('checkbox', { name: 'Done: Tick me' }).click() // the row goes with it
    await row.waitFor({ state: 'detached' })
    const done = await admin.get(`records/activity/${record.id}`)
    assert.equal(done.status, 'done')
    assert.ok(Math.abs(Date.parse(done.done_at) - Date.now()) < 600000)
    await page.locator('.toast', { hasText: '“Tick me” is done' }).getByRole('button', { name: /Undo/ }).click()
    await row.waitFor()
    const back = await admin.get(`records/activity/${record.id}`)
    assert.deepEqual([back.status, back.done_at], ['planned', null])
  })

  test('what is overdue stands in the order in which it became so, meetings and tasks alike', async () => {
    const records = [await task('First of late ones', at(-90)), await task('Third of late ones', at(-88)),
      await admin.create('activity', { kind: 'meeting', subject: 'Second of late ones', starts_at: at(-89), ends_at: at(-88.9), owner: boss.id })]
    await page.goto('/')
    await section('overdue_activities').getByText('Third of late ones').waitFor()
    const titles = await section('overdue_activities').locator('.home-title').allTextContents()
    assert.deepEqual(titles.slice(0, 3), ['First of late ones', 'Second of late ones', 'Third of late ones'])
    await section('overdue_activities').locator('h2 a').click()
    await page.locator('.table td.first', { hasText: 'Third of late ones' }).waitFor()
    assert.deepEqual((await page.locator('.table td.first').allTextContents()).map((text) => text.trim()).slice(0, 3), titles.slice(0, 3))
    for (const { id } of records) await admin.expect(204, 'DELETE', `records/activity/${id}`)
  })

  test('keys walk over the rows and tick', async () => {
    const record = await task('Tick by key', at(-40))
    await page.goto('/')
    await section('overdue_activities').getByText('Tick by key').waitFor()
    await page.keyboard.press('j')
    await page.waitForFunction(() => document.activeElement?.textContent === 'Tick by key')
    await page.keyboard.press('x')
    await section('overdue_activities').locator('.home-row', { hasText: 'Tick by key' }).waitFor({ state: 'detached' })
    assert.equal((await admin.get(`records/activity/${record.id}`)).status, 'done')
  })

  test('a refused tick is put back with the server\'s words', async () => {
    const record = await task('Refused tick', at(-41))
    await page.goto('/')
    await page.route(`**/api/v1/records/activity/${record.id}`, (route) => route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify({ status: 422, code: 'rule', detail: 'Not before noon' }) }))
    const box = section('overdue_activities').getByRole('checkbox', { name: 'Done: Refused tick' })
    await box.click()
    await page.locator('.toast.bad', { hasText: 'Not before noon' }).waitFor()
    await page.waitForFunction(() => ![...document.querySelectorAll('.home-row')].find((row) => row.textContent.includes('Refused tick')).querySelector('input').checked)
    await page.unroute(`**/api/v1/records/activity/${record.id}`)
    assert.equal((await admin.get(`records/activity/${record.id}`)).status, 'planned')
  })

  test('what others plan appears by itself', async () => {
    await page.goto('/')
    await section('overdue_activities').locator('.home-count').waitFor()
    await page.waitForFunction(() => document.documentElement.dataset.live === 'leader')
    await task('Came by itself', at(-50))
    await section('overdue_activities').getByText('Came by itself').waitFor()
  })

  if (engine === 'sqlite')
    for (const language of ['en', 'ru'])
      for (const theme of ['light', 'dark'])
        for (const [size, viewport] of Object.entries({ 1280: desktop, 390: phone }))
          test(`axe finds nothing: ${language}, ${theme}, ${size} px`, async () => {
            await admin.patch('user', boss.id, { language })
            const own = await openPage(browser, perigee.base, { viewport, theme, language })
            await signIn(own)
            await own.goto('/')
            await section('stuck_deals', own).locator('.home-row').first().waitFor()
            assert.deepEqual(await axe(own), [])
            await picture(own, `home-${language}-${theme}-${size}`)
            assert.ok((await own.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0)
            assert.deepEqual(own.troubles, [])
            await own.context().close()
          })

  test('nothing was said in the console', async () => { assert.deepEqual(page.troubles, []) })
})
