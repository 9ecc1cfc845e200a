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
    page.setDefaultTimeout(60000)
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
    assert.match(page.url(), /#main$/)
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

  test('the palette goes anywhere, a dialog keeps the focus and gives it back', async () => {
    await keys('Control+k')
    await page.getByRole('combobox').waitFor()
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
