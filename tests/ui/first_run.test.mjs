// A novice with an empty database: by the link that init prints to a name for the company, a look at the
// pipeline and the first deal on the board, on a desk and on a phone, in both languages and on both engines.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createInstance, engines } from '../support/perigee.mjs'
import { axe, desktop, openBrowser, openPage, password, phone, picture } from './browser.mjs'
import { until } from './office.mjs'

const walks = [
  { language: 'en', viewport: desktop, size: 1280, engine: 'sqlite' },
  { language: 'ru', viewport: phone, size: 390, engine: 'sqlite' },
  { language: 'ru', viewport: desktop, size: 1280, engine: 'postgres' },
  { language: 'en', viewport: phone, size: 390, engine: 'postgres' },
].filter(({ engine }) => engines.includes(engine))

describe('the first run', () => {
  let browser
  before(async () => { browser = await openBrowser() })
  after(() => browser?.close())

  for (const { language, viewport, size, engine } of walks)
    it(`from the link to the first deal: ${language}, ${size} px, ${engine}`, async (t) => {
      const perigee = createInstance(engine, { init: ['--language', language] })
      if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
      t.after(() => perigee.close())
      await perigee.serve()
      const page = await openPage(browser, perigee.base, { viewport, language })
      t.after(() => page.context().close())
      let steps = 0
      /** Nothing cut, nothing found, nothing in another language. */
      const look = async (name) => {
        assert.deepEqual(await axe(page), [], name)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways`)
        assert.equal(await page.evaluate(() => document.documentElement.lang), language)
        if (language === 'ru') assert.ok(!/\b(the|your|and|with)\b/i.test(await page.locator('main, form').first().innerText()), `${name} speaks English`)
        await picture(page, `first_${++steps}_${name}_${language}_${size}`)
      }
      const step = (name) => page.locator(`.first-run [data-step=${name}]`)
      const go = (name) => step(name).getByRole('button').click()

      await page.goto(perigee.initOutput.match(/\/welcome\S+/)[0])
      await page.locator('#login:not([readonly])').waitFor()
      await look('welcome')
      await page.locator('#login').fill('first.admin')
      await page.locator('#password').fill(password)
      await page.locator('#again').fill(password)
      await page.locator('button[type=submit]').click()
      await step('company').waitFor()
      await look('day')

      await go('company')
      await page.waitForURL('**/admin/company')
      const name = page.locator('#company-company_name')
      await name.waitFor()
      await look('company')
      await name.fill('Orbit Ltd')
      await name.press('Tab')
      const admin = perigee.client(perigee.token('first.admin'))
      await until(async () => (await admin.get('settings')).company_name, 'Orbit Ltd')

      await page.goto('/')
      await page.locator('.first-run [data-step=company][data-done]').waitFor()
      await go('pipelines')
      await page.waitForURL('**/admin/pipelines')
      await page.locator('.work h1').waitFor()
      await look('pipelines')

      await page.goto('/')
      await page.locator('.first-run [data-step=pipelines][data-done]').waitFor()
      await go('deal')
      await page.waitForURL('**/deal/new')
      const form = page.locator('.create-form')
      await form.waitFor()
      await look('deal')
      await page.locator('#new-name').fill('First of all')
      await page.locator('#new-amount').fill('1200')
      await form.locator('button[type=submit]').click()
      await page.waitForURL(/\/deal\/\d+$/)
      await page.getByRole('heading', { level: 1, name: 'First of all' }).waitFor()
      await look('made')
      const [deal] = (await admin.get('records/deal')).records
      assert.deepEqual([deal.name, deal.amount.amount, deal.owner !== null, deal.stage !== null], ['First of all', '1200.00', true, true])

      await page.goto('/deal?as=board')
      await page.locator('.card', { hasText: 'First of all' }).waitFor()
      await look('board')
      await page.goto('/')
      await page.locator('.first-run [data-step=deal][data-done]').waitFor()
      await look('after')
      assert.deepEqual(page.troubles, [])
    })
})
