// Plugins as an administrator manages them: a package is dropped or chosen, its plan looked at, installed,
// brought up to date, switched off and on, removed with its data kept or gone.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipped } from '../journeys/support/packages.mjs'
import { axe, openPage, phone, picture, signIn } from './browser.mjs'
import { inOffices, until } from './office.mjs'

const files = (version, more = {}) => ({
  'manifest.lua': `return { name = "policies", version = "${version}", label = { en = "Policies", ru = "Полисы" } }`,
  'entities/policy.lua': 'entity "policy" { label = { en = "Policy", ru = "Полис" }, label_plural = { en = "Policies", ru = "Полисы" }, title = "number", icon = "shield", fields = { number = text { required = true } } }',
  ...more,
})

inOffices('plugins', { people: ['boss', 'sam'] }, (test, opened, engine) => {
  let perigee, browser, admin, page
  opened((office) => { ({ perigee, browser, admin, page } = office) })
  const packed = (name, content) => { const path = join(perigee.folder, name); writeFileSync(path, zipped(content)); return path }
  const state = async () => (await admin.get('plugins')).plugins.map((one) => [one.plugin, one.version, one.state])
  const card = () => page.locator('[data-plugin="policies"]')
  const dialog = () => page.getByRole('dialog')
  const agree = async () => { await dialog().getByRole('button', { name: 'Do it' }).click(); await dialog().waitFor({ state: 'detached' }) }

  test('a package is planned, and nothing happens until it is agreed to', async () => {
    await page.goto('/admin/plugins')
    await page.getByText('No plugin is installed').waitFor()
    const chooser = page.locator('input[type=file]')
    await chooser.setInputFiles(packed('broken.zip', { 'manifest.lua': 'return { name = ' }))
    await dialog().locator('.error-card').waitFor()
    await page.keyboard.press('Escape')
    await chooser.setInputFiles(packed('one.zip', files('1.0.0')))
    await dialog().getByText('policy').first().waitFor()
    assert.deepEqual(await axe(page), [])
    await picture(page, 'plugin-plan')
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    assert.deepEqual(await state(), [])
    await chooser.setInputFiles(packed('one.zip', files('1.0.0')))
    await agree()
    await card().getByText('works', { exact: true }).waitFor()
    assert.deepEqual(await state(), [['policies', '1.0.0', 'in_force']])
    await page.getByRole('navigation').getByText('Policies').first().waitFor()
    assert.deepEqual(page.troubles.filter((line) => !/4\d\d/.test(line)), [])
  })

  test('a newer version with what it runs once', async () => {
    await admin.create('policy', { number: 'P-1' })
    const path = packed('two.zip', files('2.0.0', { 'migrations/001_mark.lua': 'crm.query("policy"):each(function(p) crm.update("policy", p.id, { number = p.number .. "!" }) end)' }))
    await card().locator('input[type=file]').setInputFiles(path)
    await dialog().getByText('1.0.0 → 2.0.0').waitFor()
    await dialog().getByText('Runs once: 001_mark').waitFor()
    await agree()
    await until(async () => (await admin.get('records/policy')).records[0].number, 'P-1!')
    await card().getByText('2.0.0').waitFor()
  })

  test('off, taken back by the toast, off, and on again', async () => {
    await card().getByRole('button', { name: 'Disable' }).click()
    await agree()
    await until(state, [['policies', '2.0.0', 'disabled']])
    await page.locator('.toast', { hasText: 'its data waits' }).getByRole('button', { name: 'Undo' }).click()
    await until(state, [['policies', '2.0.0', 'in_force']])
    await card().getByRole('button', { name: 'Disable' }).click()
    await agree()
    await card().getByRole('button', { name: 'Enable' }).click()
    await agree()
    await until(state, [['policies', '2.0.0', 'in_force']])
    assert.equal((await admin.get('records/policy')).records.length, 1)
  })

  test('removed, its data kept; there again; removed without a trace', async () => {
    await card().getByRole('button', { name: 'Remove…' }).click()
    await dialog().getByLabel('goes with it').check()
    await dialog().getByText('There is no way back').waitFor()
    await dialog().getByText(/policy: 1/).waitFor()
    assert.deepEqual(await axe(page), [])
    await dialog().getByLabel('stays, and is there again').check()
    await dialog().getByText('There is no way back').waitFor({ state: 'detached' })
    await agree()
    await page.getByText('No plugin is installed').waitFor()
    await page.locator('.plugin-list > div input[type=file]').setInputFiles(join(perigee.folder, 'two.zip'))
    await agree()
    await until(async () => (await admin.get('records/policy')).records.length, 1)
    await card().getByRole('button', { name: 'Remove…' }).click()
    await dialog().getByLabel('goes with it').check()
    await dialog().getByText('There is no way back').waitFor()
    await agree()
    await until(state, [])
    assert.equal((await admin.request('GET', 'records/policy')).status, 404)
  })

  test('others have no such page', async () => {
    const own = await openPage(browser, perigee.base, { viewport: phone })
    await signIn(own, 'sam')
    for (const section of ['plugins', 'mail']) {
      await own.goto(`/admin/${section}`)
      await own.getByText('This part is for administrators').waitFor()
    }
    await own.context().close()
  })
})
