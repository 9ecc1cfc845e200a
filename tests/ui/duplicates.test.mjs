// The page of duplicates: looked for by a job, called different and back, merged side by side, and the merge
// taken back whole.
import assert from 'node:assert/strict'
import { axe, phone } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('the page of duplicates', {}, (test, opened) => {
  let admin, page, office, acme, twin, deal
  opened(async (opened) => {
    office = opened
    ;({ admin, page } = office)
    acme = await admin.create('contact', { first_name: 'Vera', last_name: 'Holm', emails: [{ value: 'vera@holm.example' }], phones: [{ value: '+49 30 5550101' }], job_title: 'Buyer' })
    twin = await admin.create('contact', { first_name: 'Vera', last_name: 'Holm', emails: [{ value: 'vera@holm.example' }], job_title: 'Head of purchasing' })
    await admin.create('contact', { last_name: 'Alone' })
    deal = await admin.create('deal', { name: 'Of the twin', contact: twin.id })
  })
  const group = () => page.locator('.duplicate-groups > li')
  const living = async () => (await admin.get('records/contact', { sort: 'id', fields: 'job_title' })).records.map((one) => one.job_title)

  test('nobody has looked yet: one click looks, and a group says why it is one', async () => {
    await page.goto('/contact/duplicates')
    await page.getByText('Nobody has looked for duplicates here yet').waitFor()
    assert.deepEqual(await axe(page), [])
    await page.getByRole('button', { name: 'Look for duplicates' }).click()
    await group().first().waitFor()
    assert.equal(await group().count(), 1)
    assert.match(await group().innerText(), /% alike[\s\S]*Same [\s\S]*E-mails/)
    assert.deepEqual(await group().locator('ul a').allInnerTexts(), ['Vera Holm', 'Vera Holm'])
    assert.deepEqual(await axe(page), [])
  })

  test('called different they leave the page, and come back with the undo', async () => {
    await group().getByRole('button', { name: 'They are different' }).click()
    await page.getByText('No duplicates were found').waitFor()
    await page.locator('.toast', { hasText: 'these are different' }).getByRole('button', { name: /Undo/ }).click()
    await group().first().waitFor()
  })

  test('merged with the value that was chosen; what referred to the other refers to the one that stays', async () => {
    await group().getByRole('button', { name: 'Merge 2' }).click()
    const dialog = page.getByRole('dialog', { name: /Merge into one/ })
    await dialog.locator('.merge-head input').first().check()
    await dialog.getByRole('radiogroup', { name: 'Job title' }).locator('label', { hasText: 'Head of purchasing' }).click()
    assert.deepEqual(await axe(page), [])
    await dialog.getByRole('button', { name: 'Merge 2' }).click()
    await dialog.waitFor({ state: 'detached' })
    await until(living, ['Head of purchasing', null])
    const [stays] = (await admin.get('records/contact', { where: 'last_name == "Holm"' })).records
    assert.equal((await admin.get(`records/deal/${deal.id}`)).contact.id, stays.id)
    assert.deepEqual(stays.phones.map((phone) => phone.value), ['+49 30 5550101'])
    await page.getByText('No duplicates were found').waitFor()
  })

  test('the undo brings both back as they were, with what referred to each', async () => {
    await page.locator('.toast', { hasText: 'merged into Vera Holm' }).getByRole('button', { name: /Undo/ }).click()
    await until(living, ['Buyer', 'Head of purchasing', null])
    assert.equal((await admin.get(`records/deal/${deal.id}`)).contact.id, twin.id)
    assert.equal((await admin.get(`records/contact/${acme.id}`)).emails.length, 1)
    await page.goto('/contact/duplicates')
    await group().first().waitFor()
  })

  test('on a phone nothing is cut and nothing scrolls sideways; the console is silent', async () => {
    const own = await office.enter('boss', { viewport: phone, language: 'ru', theme: 'dark' })
    await own.goto('/contact/duplicates')
    await own.locator('.duplicate-groups > li').first().waitFor()
    assert.deepEqual(await axe(own), [])
    assert.ok(await own.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0)
    for (const one of [own, page]) assert.deepEqual(one.troubles, [])
    await own.context().close()
  })
})
