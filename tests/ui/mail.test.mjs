// The administration of outbound mail: settings that two people change, a mail to try them against a real
// server, the queue with what went out and what did not.
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { mailServer } from '../support/smtp.mjs'
import { axe, openPage, phone, picture, signIn } from './browser.mjs'
import { inOffices, until } from './office.mjs'

const box = await mailServer()
after(() => box.close())
const prepare = (perigee) => { perigee.env = { ...perigee.env, PERIGEE_MAIL_ALLOWED: `127.0.0.1:${box.port}` } }

inOffices('mail and settings', { people: ['boss', 'rest'], prepare }, (test, opened, engine) => {
  let perigee, browser, admin, page
  opened((office) => { ({ perigee, browser, admin, page } = office); box.mails.length = 0 })
  const settings = () => admin.get('settings')
  const set = async (own, label, value) => { await own.getByLabel(label, { exact: true }).fill(value); await own.keyboard.press('Tab') }
  const row = (subject) => page.locator('.grid-rows tbody tr', { hasText: subject })

  test('the server is entered, tried, and what went out is in the queue', async () => {
    await page.goto('/admin/mail')
    await page.getByText('No mail has been sent.').waitFor()
    await set(page, 'Mail server', '127.0.0.1')
    await until(async () => (await settings()).mail_host, '127.0.0.1')
    await set(page, 'Port', String(box.port))
    await until(async () => (await settings()).mail_port, box.port)
    await page.getByLabel('Encryption').selectOption('none')
    await until(async () => (await settings()).mail_tls, 'none')
    await set(page, 'Sender', 'no address')
    await page.locator('.toast', { hasText: 'crm@example.org' }).waitFor()
    await set(page, 'Sender', 'Acme <crm@example.org>')
    await until(async () => (await settings()).mail_from, 'Acme <crm@example.org>')
    await set(page, 'Password', 'very secret')
    await page.getByText('There is one, kept sealed.').waitFor()
    assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '')
    await page.getByLabel('Send a mail to see whether it works').fill('someone@example.org')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.locator('.toast', { hasText: 'someone@example.org waits to be sent' }).waitFor()
    await row('Perigee: mail works').getByText('sent', { exact: true }).waitFor()
    assert.equal(box.mails.length, 1)
    await row('Perigee: mail works').getByRole('button', { name: 'Perigee: mail works' }).click()
    await page.getByRole('dialog').getByText('mail is set up').waitFor()
    assert.match(page.url(), /mail=\d+/)
    assert.deepEqual(await axe(page), [])
    await page.keyboard.press('Escape')
    assert.deepEqual(page.troubles, [])
  })

  test('what the other server refuses is told, and sent by hand once it may be', async () => {
    box.fault = (_, stage) => (stage === 'rcpt' ? '550 5.1.1 nobody here' : null)
    await page.getByLabel('Send a mail to see whether it works').fill('nobody@example.org')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const refused = page.locator('.grid-rows tbody tr', { hasText: 'nobody@example.org' })
    await refused.getByText('failed', { exact: true }).waitFor()
    await page.getByLabel('State').selectOption('done')
    await refused.waitFor({ state: 'detached' })
    assert.match(page.url(), /state=done/)
    await page.getByLabel('State').selectOption('failed')
    await refused.getByText('nobody here').waitFor()
    box.fault = () => null
    await refused.getByRole('button', { name: 'Send now' }).click()
    await until(() => box.mails.length, 2)
    await refused.waitFor({ state: 'detached' })
    assert.deepEqual(page.troubles, [])
  })

  test('what another administrator changes appears; of two who change the same the second chooses', async () => {
    await page.goto('/admin/company')
    const name = page.getByLabel('Name of the company')
    await name.waitFor()
    await admin.expect(200, 'PATCH', 'settings', { body: { company_name: 'Told live' } })
    await page.waitForFunction(() => document.querySelector('#company-company_name')?.value === 'Told live')
    const deaf = await openPage(browser, perigee.base)
    await deaf.route('**/api/v1/live*', (route) => route.abort())
    await signIn(deaf)
    await deaf.goto('/admin/company')
    await deaf.getByLabel('Name of the company').waitFor()
    await admin.expect(200, 'PATCH', 'settings', { body: { fiscal_month: 4 } })
    await set(deaf, 'Name of the company', 'Mine goes on')
    await until(async () => { const { company_name, fiscal_month } = await settings(); return [company_name, fiscal_month] }, ['Mine goes on', 4])
    await admin.expect(200, 'PATCH', 'settings', { body: { company_name: 'Theirs' } })
    await set(deaf, 'Name of the company', 'Mine wins')
    const dialog = deaf.getByRole('dialog', { name: 'Changed meanwhile' })
    await dialog.getByText('Theirs').waitFor()
    assert.equal((await settings()).company_name, 'Theirs')
    assert.deepEqual(await axe(deaf), [])
    await dialog.getByRole('button', { name: 'Save' }).click()
    await until(async () => (await settings()).company_name, 'Mine wins')
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual(deaf.troubles.filter((line) => !/ERR_FAILED|412/.test(line)), [])
    await deaf.context().close()
  })

  if (engine === 'sqlite') // what is drawn is the same on the other
    for (const language of ['en', 'ru'])
      test(`axe finds nothing on a phone and in the dark: ${language}`, async () => {
        const own = await openPage(browser, perigee.base, { viewport: phone, theme: language === 'ru' ? 'dark' : 'light', language })
        const boss = (await admin.get('records/user', { where: 'login == "boss"' })).records[0]
        await admin.patch('user', boss.id, { language })
        await signIn(own)
        await own.goto('/admin/mail')
        await own.locator('.grid-rows tbody tr').first().waitFor()
        assert.deepEqual(await axe(own), [])
        await picture(own, `admin-mail-${language}`)
        assert.ok(await own.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, 'scrolls sideways')
        await own.context().close()
        await admin.patch('user', boss.id, { language: 'en' })
      })
})
