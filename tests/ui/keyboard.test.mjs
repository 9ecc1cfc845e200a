// A day's work without a pointer: from the sign-in to a record made, found, edited, moved on the board, opened
// beside the list, merged and taken back. Nothing here touches the mouse; focus is always seen.
import assert from 'node:assert/strict'
import { openPage, password } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('by keyboard alone', { engines: ['sqlite'], page: false }, (test, opened) => {
  let admin, page, office, stages
  opened(async (opened) => {
    office = opened
    ;({ admin } = office)
    page = await openPage(office.browser, office.perigee.base)
    stages = (await admin.get('meta')).pipelines.find((one) => one.entity === 'deal').stages
  })
  const keys = async (...all) => { for (const key of all) await page.keyboard.press(key) }
  const type = (text) => page.keyboard.type(text)
  const focused = () => page.evaluate(() => { const at = document.activeElement; return `${at.id || at.className} ${at.getAttribute('aria-label') ?? at.textContent.slice(0, 60)}` })
  const one = async (entity, where) => (await admin.get(`records/${entity}`, { where })).records[0]
  /** Tab until the focus is on what matches; what has it must be seen to have it. */
  const tabTo = async (wanted, key = 'Tab') => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press(key)
      if (!wanted.test(await focused())) continue
      const shown = await page.evaluate(() => {
        const at = document.activeElement
        return at.matches(':focus-visible') && [getComputedStyle(at), getComputedStyle(at, '::after'), getComputedStyle(at.parentElement)].some((style) => style.outlineStyle !== 'none' || style.boxShadow !== 'none')
      })
      assert.ok(shown, `the focus on ${wanted} is not seen`)
      return
    }
    assert.fail(`Tab never comes to ${wanted}; it is on ${await focused()}`)
  }

  test('signs in, skips to the content', async () => {
    await page.goto('/')
    await page.locator('#login').waitFor()
    if (!(await focused()).startsWith('login')) await tabTo(/^login/)
    await type('boss')
    await keys('Tab')
    await type(password)
    await keys('Enter')
    await page.locator('.nav').waitFor()
    await page.reload()
    await page.locator('.nav').waitFor()
    await keys('Tab')
    assert.match(await focused(), /Skip to the content/)
    await keys('Enter')
    await page.waitForURL(/#main$/)
  })

  test('makes a record, and two more from its page', async () => {
    await page.goto('/deal')
    await page.locator('.empty').waitFor()
    await keys('c')
    await page.waitForURL(/\/deal\/new$/)
    await page.locator('#new-name').waitFor()
    await until(async () => (await focused()).startsWith('new-name'))
    await type('By hand one')
    await keys('Enter')
    await page.locator('h1', { hasText: 'By hand one' }).waitFor()
    await page.locator('.event').first().waitFor()
    for (const name of ['By hand two', 'By hand three']) {
      await keys('c')
      await until(async () => (await focused()).startsWith('new-name'))
      await type(name)
      await keys('Enter')
      await page.locator('h1', { hasText: name }).waitFor()
      await page.locator('.event').first().waitFor()
    }
    assert.equal((await admin.query({ from: 'deal', measures: { n: 'count()' } })).rows[0].n, 3)
  })

  test('walks the list, looks beside it, edits a cell, chooses rows and assigns them, takes it back', async () => {
    await keys('g', 'd')
    await page.waitForURL(/\/deal$/)
    await page.locator('.table tbody tr a').nth(2).waitFor()
    await keys('j', 'Space')
    await page.locator('.peek header h2').waitFor()
    await keys('Space')
    await page.locator('.peek').waitFor({ state: 'detached' })
    await keys('ArrowRight', 'ArrowRight', 'F2')
    await page.locator('.cell-editor input').waitFor()
    await page.keyboard.press('Control+a')
    await type('1234.50')
    await keys('Enter')
    const edited = await until(async () => (await admin.get('records/deal', { where: 'amount == 1234.50' })).records[0])
    await keys('Escape')
    await keys('Control+a', 'z')
    await until(async () => (await admin.get(`records/deal/${edited.id}`)).amount, null)
    await page.locator('.bulk').waitFor()
    await keys('Escape')
    await page.locator('.bulk').waitFor({ state: 'detached' })
  })

  test('opens a record, moves its stage, writes a note', async () => {
    await keys('ArrowLeft', 'ArrowLeft', 'Enter')
    await page.waitForURL(/\/deal\/\d+/)
    await page.locator('.path button').first().waitFor()
    const id = page.url().match(/deal\/(\d+)/)[1]
    await keys('Alt+ArrowRight')
    await until(async () => (await admin.get(`records/deal/${id}`)).stage.title, stages[1].name)
    await keys('n')
    await page.locator('.composer.open').waitFor()
    await type('Written without a mouse')
    await keys('Control+Enter')
    await page.locator('.event', { hasText: 'Written without a mouse' }).waitFor()
    await keys('Escape')
  })

  test('picks a card of the board up and drops it; the menu of stages works too', async () => {
    await page.goto('/deal?as=board')
    await page.locator('.card').nth(2).waitFor()
    await tabTo(/^card/)
    const name = (await page.evaluate(() => document.activeElement.textContent)).match(/By hand \w+?(?=\$|\d|No plan|$)/)?.[0] ?? ''
    assert.ok(name, 'a card has the focus')
    const before = await one('deal', `name == ${JSON.stringify(name)}`)
    await keys('Space', 'ArrowRight', 'Enter')
    const next = stages[stages.findIndex((stage) => stage.id === before.stage.id) + 1]
    await until(async () => (await admin.get(`records/deal/${before.id}`)).stage.id, next.id)
    await keys('Alt+ArrowLeft')
    await until(async () => (await admin.get(`records/deal/${before.id}`)).stage.id, before.stage.id)
    await keys('s')
    await page.getByRole('menu').waitFor()
    await keys('Escape')
  })

  test('two records are merged, and come apart again', async () => {
    for (const [last_name, first_name] of [['Twin', 'One'], ['Twin', 'Two']]) await admin.create('contact', { last_name, first_name })
    await page.goto('/contact?search=Twin')
    await page.locator('.table tbody tr a').nth(1).waitFor()
    await keys('j', 'x', 'j', 'x')
    await page.locator('.bulk').waitFor()
    await keys('Control+k')
    await type('merge')
    await page.locator('.palette-item', { hasText: 'Merge' }).first().waitFor()
    await keys('Enter')
    await page.getByRole('dialog', { name: /Merge/ }).locator('input[name=merge-into]').nth(1).waitFor()
    await keys('ArrowRight', 'Enter')
    const living = async () => (await admin.get('records/contact', { where: 'last_name == "Twin"' })).records.length
    await until(living, 1)
    await page.locator('.toast', { hasText: /merged/i }).waitFor()
    await keys('z')
    await until(living, 2)
  })

  test('a row of the administration is made, renamed, moved up, thrown away and brought back', async () => {
    await page.goto('/admin/directories?of=source')
    await page.locator('.editable tbody tr').nth(1).waitFor()
    const codes = async () => (await admin.get('records/directory_item', { where: 'directory.name == "source"', sort: 'position,label' })).records.map((row) => row.code)
    const before = await codes()
    await page.locator('#add-directory_item-code').focus()
    await type('by_hand')
    await keys('Tab')
    await type('By hand')
    await keys('Enter')
    await until(async () => (await codes()).at(-1), 'by_hand')
    const label = page.locator('.editable tbody tr').nth(before.length).locator('input').nth(1)
    await label.waitFor()
    await label.focus()
    await keys('Control+a')
    await type('By our own hand')
    await keys('Enter')
    await until(async () => (await admin.get('records/directory_item', { where: 'code == "by_hand"' })).records[0].label, 'By our own hand')
    await page.locator('.editable tbody tr').nth(before.length).locator('input').nth(1).focus()
    await keys('Alt+ArrowUp')
    await until(async () => (await codes()).at(-2), 'by_hand')
    await page.getByRole('button', { name: 'Delete: By our own hand' }).focus()
    await keys('Enter')
    await until(async () => (await codes()).includes('by_hand'), false)
    await page.locator('.toast', { hasText: 'moved to the trash' }).waitFor()
    await keys('z')
    await until(async () => (await codes()).includes('by_hand'), true)
  })

  test('what is typed while the palette is still fetched is typed into it', async () => {
    const other = await office.enter('rest')
    let release
    const held = new Promise((done) => { release = done })
    await other.goto('/contact')
    await other.locator('.table tbody tr a').first().waitFor()
    const asked = other.waitForRequest(/assets\/part-/)
    await other.route(/assets\/part-/, async (route) => { await held; await route.continue() })
    await other.keyboard.press('Control+k')
    await asked
    await other.keyboard.type('dealx')
    await other.keyboard.press('Backspace')
    assert.match(other.url(), /\/contact$/)
    release()
    await other.locator('.palette-item', { hasText: 'Deals' }).first().waitFor()
    assert.equal(await other.locator('.palette input').inputValue(), 'deal')
    await other.context().close()
  })

  test('undo asked for while a save is on its way takes that save back', async () => {
    const deal = await admin.create('deal', { name: 'On its way' })
    await page.goto('/deal?search=way')
    await page.locator('.table tbody tr a').first().waitFor()
    let release
    const held = new Promise((done) => { release = done })
    const saved = new Promise((done) => page.route(`**/records/deal/${deal.id}`, async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue()
      const response = await route.fetch()
      done()
      await held
      return route.fulfill({ response })
    }))
    await keys('j', 'ArrowRight', 'ArrowRight', 'F2')
    await page.locator('.cell-editor input').first().waitFor()
    await page.keyboard.press('Control+a')
    await type('77')
    await keys('Enter')
    await saved
    await keys('Escape', 'z')
    release()
    await until(async () => (await admin.get(`records/deal/${deal.id}`)).amount, null)
    await page.unroute(`**/records/deal/${deal.id}`)
  })

  test('the palette goes anywhere, a dialog keeps the focus and gives it back', async () => {
    await keys('Control+k')
    await page.locator('.palette').getByRole('combobox').waitFor()
    await type('settings')
    await page.locator('.palette-item', { hasText: 'Settings' }).first().waitFor()
    await keys('Enter')
    const dialog = page.getByRole('dialog', { name: 'Settings' })
    await dialog.waitFor()
    for (let i = 0; i < 12; i++) {
      await keys('Tab')
      assert.ok(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest('dialog')), await focused())
    }
    await keys('Escape')
    await dialog.waitFor({ state: 'detached' })
    await keys('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await keys('Escape')
    assert.deepEqual(page.troubles, [])
  })
})
