// The calendar as people use it: what has times, by day, week, month and list; moved, pulled and drawn with
// the mouse and by keys, people side by side; the zone and the first day of the week are the settings'.
import assert from 'node:assert/strict'
import { axe, desktop, openPage, phone, picture, signIn } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('calendar', {}, (test, opened, engine) => {
  let perigee, browser, admin, page, boss, rest
  opened(async (office) => {
    ({ perigee, browser, admin, page } = office)
    const users = (await admin.get('records/user')).records
    boss = users.find((user) => user.login === 'boss')
    rest = users.find((user) => user.login === 'rest')
  })
  const meeting = (subject, starts, ends, more = {}) => admin.create('activity', { kind: 'meeting', subject, starts_at: starts, ...(ends ? { ends_at: ends } : {}), owner: boss.id, ...more })
  const event = (subject, on = page) => on.locator('.event-box', { hasText: subject })
  const read = (record) => admin.get(`records/activity/${record.id}`)
  const open = async (query, on = page) => {
    await on.goto(`/activity?as=calendar&${query}`)
    await on.locator('.calendar-body').waitFor()
  }
  /** Until the database says so: the event is drawn before it does. */
  const landed = async (record, wanted) => {
    let now
    await until(async () => { now = await read(record); return Object.fromEntries(Object.keys(wanted).map((name) => [name, now[name]])) }, wanted)
    return now
  }
  const column = (day) => page.locator(`.hours-column[data-day="${day}"]`)
  const drag = async (from, by) => {
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(from.x + by.x / 2, from.y + by.y / 2, { steps: 3 })
    await page.mouse.move(from.x + by.x, from.y + by.y, { steps: 3 })
    await page.mouse.up()
  }
  const middle = async (locator) => { const box = await locator.boundingBox(); return { x: box.x + box.width / 2, y: box.y + 10, box } }
  const HOUR = 48

  test('a week shows what has times in it, from the day that settings say, and the next one by a step', async () => {
    await meeting('In this week', '2026-11-18T10:00:00Z', '2026-11-18T11:00:00Z')
    await admin.create('activity', { kind: 'task', subject: 'Due in it', due_at: '2026-11-19T12:00:00Z', owner: boss.id })
    await admin.create('activity', { kind: 'note', subject: 'Only a note', due_at: '2026-11-19T13:00:00Z', owner: boss.id })
    await meeting('Next week', '2026-11-24T10:00:00Z', '2026-11-24T11:00:00Z')
    await open('on=2026-11-18')
    await event('In this week').waitFor()
    assert.equal(await column('2026-11-18').locator('.event-box').count(), 1)
    await column('2026-11-19').locator('.event-box', { hasText: 'Due in it' }).waitFor()
    assert.equal(await event('Only a note').count(), 0)
    assert.equal(await event('Next week').count(), 0)
    const first = await page.locator('.hours-column').first().getAttribute('data-day')
    const { company } = await admin.get('meta')
    assert.equal(new Date(`${first}T00:00:00Z`).getUTCDay(), company.week_start % 7)
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await event('Next week').waitFor()
    assert.match(page.url(), /on=2026-11-25/)
    await page.reload()
    await event('Next week').waitFor()
  })

  test('an event is dragged to another day and hour, and the toast takes it back', async () => {
    const record = await meeting('Dragged away', '2026-12-01T09:00:00Z', '2026-12-01T10:30:00Z')
    await open('on=2026-12-01')
    const from = await middle(event('Dragged away'))
    const to = await column('2026-12-03').boundingBox()
    await drag(from, { x: to.x + to.width / 2 - from.x, y: 2 * HOUR })
    await landed(record, { starts_at: '2026-12-03T11:00:00Z', ends_at: '2026-12-03T12:30:00Z' })
    await column('2026-12-03').locator('.event-box', { hasText: 'Dragged away' }).waitFor()
    assert.match(page.url(), /as=calendar/)
    await page.locator('.toast').getByRole('button', { name: /Undo/ }).first().click()
    await landed(record, { starts_at: '2026-12-01T09:00:00Z', ends_at: '2026-12-01T10:30:00Z' })
    await column('2026-12-01').locator('.event-box', { hasText: 'Dragged away' }).waitFor()
  })

  test('its end is pulled; what is only due is moved by its due time', async () => {
    const record = await meeting('Pulled longer', '2026-12-08T09:00:00Z', '2026-12-08T10:00:00Z')
    const task = await admin.create('activity', { kind: 'task', subject: 'Due by then', due_at: '2026-12-09T09:00:00Z', owner: boss.id })
    await open('on=2026-12-08')
    const { x, box } = await middle(event('Pulled longer'))
    await drag({ x, y: box.y + box.height - 3 }, { x: 0, y: HOUR })
    await landed(record, { starts_at: '2026-12-08T09:00:00Z', ends_at: '2026-12-08T11:00:00Z' })
    await drag(await middle(event('Due by then')), { x: 0, y: HOUR / 2 })
    const now = await landed(task, { due_at: '2026-12-09T09:30:00Z' })
    assert.deepEqual([now.starts_at, now.ends_at], [null, null])
  })

  test('an empty time is drawn over and becomes a new one', async () => {
    await open('on=2026-12-15')
    const box = await column('2026-12-16').boundingBox()
    await drag({ x: box.x + 30, y: box.y + 10 * HOUR + 2 }, { x: 0, y: 1.5 * HOUR - 8 })
    const dialog = page.getByRole('dialog')
    await dialog.getByText('10:00').waitFor()
    assert.deepEqual(await axe(page), [])
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.locator('.field-error').waitFor()
    await dialog.getByLabel('Subject').fill('Drawn by hand')
    await dialog.getByLabel('Kind').selectOption({ label: 'Meeting' })
    await dialog.getByRole('button', { name: 'Create' }).click()
    await column('2026-12-16').locator('.event-box', { hasText: 'Drawn by hand' }).waitFor()
    const [made] = (await admin.get('records/activity', { where: 'subject == "Drawn by hand"' })).records
    assert.deepEqual([made.starts_at, made.ends_at, made.kind], ['2026-12-16T10:00:00Z', '2026-12-16T11:30:00Z', 'meeting'])
  })

  test('a refused change is put back and says why; Escape gives a drag up', async () => {
    const record = await meeting('Not to be moved', '2026-12-22T09:00:00Z', '2026-12-22T10:00:00Z')
    await open('on=2026-12-22')
    await page.route(`**/api/v1/records/activity/${record.id}`, (route) => route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify({ status: 422, code: 'rule', detail: 'The room is taken' }) }))
    const from = await middle(event('Not to be moved'))
    await drag(from, { x: 0, y: HOUR })
    await page.locator('.toast.bad', { hasText: 'The room is taken' }).waitFor()
    await page.waitForFunction(([text, y]) => Math.abs([...document.querySelectorAll('.event-box')].find((item) => item.textContent.includes(text)).getBoundingClientRect().y - y) < 2, ['Not to be moved', from.box.y])
    await page.unroute(`**/api/v1/records/activity/${record.id}`)
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(from.x, from.y + 2 * HOUR, { steps: 4 })
    await page.locator('.event-box[data-moving]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.event-box[data-moving]').waitFor({ state: 'detached' })
    await page.mouse.up()
    assert.equal((await read(record)).version, record.version)
  })

  test('where somebody else moved it meanwhile, the person chooses', async () => {
    const record = await meeting('Moved by two', '2026-12-29T09:00:00Z', '2026-12-29T10:00:00Z')
    const own = await openPage(browser, perigee.base)
    await own.route('**/api/v1/live*', (route) => route.abort())
    await signIn(own)
    await open('on=2026-12-29', own)
    await event('Moved by two', own).waitFor()
    await admin.patch('activity', record.id, { starts_at: '2026-12-29T14:00:00Z', ends_at: '2026-12-29T15:00:00Z' })
    await event('Moved by two', own).locator('a').focus()
    await own.keyboard.press('Alt+ArrowDown')
    const dialog = own.getByRole('dialog', { name: 'Changed meanwhile' })
    await dialog.locator('fieldset').nth(1).waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await landed(record, { starts_at: '2026-12-29T09:15:00Z', ends_at: '2026-12-29T10:15:00Z' })
    await own.context().close()
  })

  test('keys walk over the events, move and stretch them, and change what is shown', async () => {
    const record = await meeting('Moved by keys', '2027-01-05T09:00:00Z', '2027-01-05T10:00:00Z')
    await open('on=2027-01-05')
    await event('Moved by keys').waitFor()
    await page.keyboard.press('j')
    await page.waitForFunction(() => document.activeElement?.textContent.includes('Moved by keys'))
    await page.keyboard.press('Alt+ArrowDown')
    await landed(record, { starts_at: '2027-01-05T09:15:00Z', ends_at: '2027-01-05T10:15:00Z' })
    await page.keyboard.press('Alt+Shift+ArrowDown')
    await landed(record, { starts_at: '2027-01-05T09:15:00Z', ends_at: '2027-01-05T10:30:00Z' })
    await page.keyboard.press('3')
    await page.locator('.month').waitFor()
    assert.match(page.url(), /span=month/)
    await page.keyboard.press('4')
    await page.locator('.agenda-row', { hasText: 'Moved by keys' }).waitFor()
  })

  test('a month: an event goes to another day and keeps its time; a full day leads to itself', async () => {
    const record = await meeting('Across the month', '2027-02-02T14:00:00Z', '2027-02-02T15:00:00Z')
    for (let index = 0; index < 5; index++) await meeting(`Crowd ${index}`, `2027-02-17T${10 + index}:00:00Z`)
    await open('span=month&on=2027-02-10')
    const from = await middle(event('Across the month'))
    const to = await page.locator('.month-day[data-day="2027-02-11"]').boundingBox()
    await drag(from, { x: to.x + 30 - from.x, y: to.y + 60 - from.y })
    await landed(record, { starts_at: '2027-02-11T14:00:00Z', ends_at: '2027-02-11T15:00:00Z' })
    await page.getByRole('button', { name: '3 more' }).click()
    await page.waitForURL(/span=day/)
    await event('Crowd 4').waitFor()
  })

  test('people stand side by side, and an event is handed over by dragging it', async () => {
    const record = await meeting('Handed over', '2027-03-03T09:00:00Z', '2027-03-03T10:00:00Z')
    await meeting('Rita is busy', '2027-03-03T12:00:00Z', '2027-03-03T13:00:00Z', { owner: rest.id })
    await open('span=day&on=2027-03-03')
    await page.getByRole('button', { name: 'People' }).click()
    await page.waitForURL(/people=1/)
    const rita = page.getByRole('group', { name: 'Rita West' })
    await rita.locator('.event-box', { hasText: 'Rita is busy' }).waitFor()
    const from = await middle(event('Handed over'))
    const to = await rita.boundingBox()
    await drag(from, { x: to.x + to.width / 2 - from.x, y: 0 })
    await rita.locator('.event-box', { hasText: 'Handed over' }).waitFor()
    await until(async () => (await read(record)).owner.id, rest.id)
    assert.equal((await read(record)).starts_at, '2027-03-03T09:00:00Z')
  })

  test('the list of what comes is ticked, filtered as lists are, and follows others', async () => {
    const record = await meeting('Ticked in the agenda', '2027-04-05T09:00:00Z')
    await meeting('Filtered away', '2027-04-05T10:00:00Z', null, { kind: 'call' })
    await open(`span=agenda&on=2027-04-05&where=${encodeURIComponent('kind == "meeting"')}`)
    const row = page.locator('.agenda-row', { hasText: 'Ticked in the agenda' })
    await row.getByRole('checkbox').check()
    await until(async () => (await read(record)).status, 'done')
    assert.equal(await page.locator('.agenda-row', { hasText: 'Filtered away' }).count(), 0)
    await page.waitForFunction(() => document.documentElement.dataset.live === 'leader')
    await meeting('Came by itself', '2027-04-06T09:00:00Z')
    await page.locator('.agenda-row', { hasText: 'Came by itself' }).waitFor()
  })

  test('times stand on the person\'s clock, also over a change of the clocks', async () => {
    await admin.patch('user', boss.id, { zone: 'Europe/Berlin' })
    const record = await meeting('Before summer time', '2027-03-26T09:00:00Z', '2027-03-26T10:00:00Z')
    await open('on=2027-03-26')
    await event('Before summer time').filter({ hasText: '10:00 AM – 11:00 AM' }).waitFor()
    await event('Before summer time').locator('a').focus()
    for (const [day, starts] of [['27', '2027-03-27T09:00:00Z'], ['28', '2027-03-28T08:00:00Z']]) {
      await page.keyboard.press('Alt+ArrowRight')
      await landed(record, { starts_at: starts })
      await column(`2027-03-${day}`).locator('.event-box', { hasText: '10:00 AM – 11:00 AM' }).waitFor()
      await page.waitForFunction(() => document.activeElement?.textContent.includes('Before summer time'))
    }
    await admin.patch('user', boss.id, { zone: null })
  })

  if (engine === 'sqlite')
    for (const language of ['en', 'ru'])
      for (const theme of ['light', 'dark'])
        for (const [size, viewport] of Object.entries({ 1280: desktop, 390: phone }))
          test(`axe finds nothing: ${language}, ${theme}, ${size} px`, async () => {
            await admin.patch('user', boss.id, { language })
            const own = await openPage(browser, perigee.base, { viewport, theme, language })
            await signIn(own)
            for (const [span, shown] of size === '1280' ? [['week', '.event-box'], ['month', '.event-box'], ['agenda', '.agenda-row']] : [['agenda', '.agenda-row'], ['day', '.hours-column']]) {
              await open(`span=${span}&on=2027-02-17`, own)
              await own.locator(shown).first().waitFor()
              assert.deepEqual(await axe(own), [], span)
              await picture(own, `calendar-${span}-${language}-${theme}-${size}`)
              assert.ok((await own.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0)
            }
            assert.deepEqual(own.troubles, [])
            await own.context().close()
          })

  test('nothing was said in the console', async () => { assert.deepEqual(page.troubles, []) })
})
