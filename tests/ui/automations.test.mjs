// Automations where they act: under the heads of the board's columns with the day's runs and failures, each
// leading to the log of runs, to one run with its effects and lines, and from a field's "why" to the same.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { axe, openPage, phone, picture, signIn } from './browser.mjs'
import { inOffices, until } from './office.mjs'

const scripts = {
  thanks: `after("deal.stage.changed", { when = "stage.kind == 'won' and amount ~= nil" }, function(event)
  crm.update(event.record, { description = "Thank them" })
end)
`,
  proposal: `after("deal.stage.changed", { when = 'stage.name == "Proposal"' }, function(event)
  if event.record.description == nil then error("no description to propose with") end
  crm.update(event.record, { description = "Proposed" })
end)
`,
  names: `after("deal.created", function(event) crm.update(event.record, { description = "Made" }) end)
after("organization.created", { when = "employees == nil" }, function(event) end)
`,
  offers: `action("organization", "remind", {
  label = { en = "Remind me", ru = "Напомнить" }, when = "employees ~= 13",
  form = { text = text { label = { en = "About what", ru = "О чём" }, required = true }, kind = choice "industry" { label = { en = "Kind", ru = "Вид" } } },
}, function(organizations, form)
  for _, organization in ipairs(organizations) do crm.update(organization, { website = form.text }) end
  return "reminders: " .. #organizations
end)
action("organization", "forget", { label = "Forget the site" }, function(organizations)
  for _, organization in ipairs(organizations) do crm.update(organization, { website = crm.null }) end
end)
`,
}
const prepare = (perigee) => {
  const folder = join(perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, `${name}.lua`), text, { mode: 0o600 })
}

inOffices('automations', { people: ['boss', 'rest', 'sam'], prepare }, (test, opened) => {
  let office, admin, page, stages
  opened(async (opening) => {
    office = opening
    ;({ admin, page } = office)
    stages = (await admin.get('meta')).pipelines.find((item) => item.entity === 'deal').stages
  })
  const stage = (name) => stages.find((item) => item.name === name)
  const column = (name, on = page) => on.locator(`.column[data-stage="${stage(name).id}"]`)
  const openBoard = async (on = page) => { await on.goto('/deal?as=board'); await on.locator('.board .column').first().waitFor() }
  const runOf = (script, outcome) => until(async () => (await admin.get('runs', { script: `scripts/${script}`, outcome })).records[0])
  const move = async (deal, name) => admin.patch('deal', deal.id, { stage: stage(name).id })

  test('each stands under the stages whose cards it hears of, and nowhere else', async () => {
    await openBoard()
    await column('Won').locator('.automation', { hasText: 'thanks' }).waitFor()
    await column('Won').getByText('if amount ~= nil').waitFor()
    await column('Won').getByText('no runs in 24 h').waitFor()
    const shown = await page.locator('.column').evaluateAll((all) => all.map((one) => [one.querySelector('.column-name').textContent, [...one.querySelectorAll('.automation-name')].map((name) => name.textContent)]).filter(([, names]) => names.length))
    assert.deepEqual(shown, [['Proposal', ['proposal']], ['Won', ['thanks']]])
  })

  test('a move sets one off: the count follows by itself, a failure shows, and the link leads to its runs', async () => {
    const won = await admin.create('deal', { name: 'To be thanked for', amount: { amount: '10.00', currency: 'USD' } })
    const bare = await admin.create('deal', { name: 'Without words' })
    await runOf('names', 'ok')
    await until(async () => (await admin.get(`records/deal/${bare.id}`)).description, 'Made')
    await admin.patch('deal', bare.id, { description: null })
    await openBoard()
    await move(won, 'Won')
    await move(bare, 'Proposal')
    await column('Won').getByText('1 run in 24 h').waitFor()
    await column('Proposal').getByText(/\d of \d failed in 24 h/).waitFor()
    assert.deepEqual(await axe(page), [])
    await picture(page, `board_automations_${office.engine}`)
    await column('Proposal').locator('.automation a').click()
    await page.waitForURL(/\/admin\/runs\?script=script/)
    await page.locator('.grid-rows').getByText('no description to propose with').first().waitFor()
    assert.ok((await page.locator('.grid-rows tbody tr').allInnerTexts()).every((text) => text.includes('proposal')))
  })

  test('the log is narrowed by script, outcome and day, which the address keeps', async () => {
    const rows = page.locator('.grid-rows tbody tr')
    await page.goto('/admin/runs')
    await rows.first().waitFor()
    const all = await rows.count()
    await page.getByLabel('Script', { exact: true }).selectOption('scripts/thanks')
    await page.waitForURL(/script=scripts%2Fthanks/)
    await until(async () => (await rows.count()) < all)
    assert.equal(await rows.count(), 1)
    await page.getByLabel('Outcome').selectOption('error')
    await page.getByText('No run fits.').waitFor()
    await page.reload()
    await page.getByText('No run fits.').waitFor()
    assert.equal(await page.getByLabel('Outcome').inputValue(), 'error')
    await page.getByRole('button', { name: 'Remove the filter' }).click()
    await until(async () => (await rows.count()) === all)
    await page.getByLabel('until').fill('2001-01-01')
    await page.getByText('No run fits.').waitFor()
    await page.getByLabel('until').fill('')
    await page.getByLabel('From').fill('2001-01-01')
    await until(async () => (await rows.count()) === all)
  })

  test('a run tells its cause, cost and lines; what it wrote is taken back', async () => {
    const run = await runOf('thanks', 'ok')
    await page.goto(`/admin/runs/${run.id}`)
    await page.getByText('Went well').waitFor()
    await page.getByText('scripts/thanks.lua:2').waitFor()
    await page.getByText(/ms of processor/).waitFor()
    await page.locator('.run-facts').getByText(run.version).waitFor()
    assert.deepEqual(await axe(page), [])
    await picture(page, `run_${office.engine}`)
    const [deal] = (await admin.get('records/deal', { where: 'name == "To be thanked for"' })).records
    assert.equal(await page.locator('.grid-rows a').getAttribute('href'), `/deal/${deal.id}`)
    await page.getByRole('button', { name: 'Take back what it wrote' }).click()
    await until(async () => (await admin.get(`records/deal/${deal.id}`)).description, 'Made')
  })

  test('why a field is what it is leads to the run that wrote it', async () => {
    const deal = await admin.create('deal', { name: 'Asked why', amount: { amount: '5.00', currency: 'USD' } })
    await move(deal, 'Won')
    await until(async () => (await admin.get(`records/deal/${deal.id}`)).description, 'Thank them')
    const [why] = (await admin.get(`records/deal/${deal.id}/why`, { field: 'description' })).changes
    await page.goto(`/deal/${deal.id}`)
    await page.locator('[data-field=description]').hover()
    await page.getByRole('button', { name: 'History: Description', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('scripts/thanks.lua:2').waitFor()
    await dialog.getByText(`version ${why.script.version}`).waitFor()
    assert.deepEqual(await axe(page), [])
    await picture(page, `why_${office.engine}`)
    await dialog.getByRole('link', { name: 'the run' }).first().click()
    await page.waitForURL(`**/admin/runs/${why.script.run}`)
    await page.getByText('scripts/thanks.lua:2').waitFor()
  })

  test('a failed one runs again and ends well; its script is stopped, and started by the toast', async () => {
    const failed = await runOf('proposal', 'error')
    const [deal] = (await admin.get('records/deal', { where: 'name == "Without words"' })).records
    const runAgain = page.getByRole('button', { name: 'Run again' })
    /** Pressed where it stands: while an attempt of its own is under way it does not. */
    const press = async () => {
      await page.goto(`/admin/runs/${failed.id}`)
      await page.locator('.run-error', { hasText: 'no description to propose with' }).waitFor()
      if (await runAgain.count()) await runAgain.click({ timeout: 1000 }).catch(() => {})
    }
    await until(async () => { await press(); return (await page.locator('.toast', { hasText: 'It runs again' }).count()) > 0 })
    await admin.patch('deal', deal.id, { description: 'Some words' })
    await until(async () => { await press(); return (await admin.get('runs', { script: 'scripts/proposal', outcome: 'ok' })).records[0] })
    await page.reload()
    await page.locator('.run-facts').waitFor()
    assert.equal(await runAgain.count(), 0, 'what is done does not run again')
    await page.getByRole('button', { name: 'Stop the script' }).click()
    await page.getByRole('button', { name: 'Let it run again' }).waitFor()
    const isStopped = async () => (await admin.get('scripts')).handlers.find((item) => item.script === 'scripts/proposal').stopped
    await until(isStopped, true)
    await openBoard()
    await column('Proposal').locator('.automation[data-state="stopped"]').getByText('Stopped').waitFor()
    await page.goto('/admin/runs?script=scripts/proposal')
    await page.getByRole('button', { name: 'Let it run again' }).click()
    await until(isStopped, false)
    await page.keyboard.press('z')
    await until(isStopped, true)
    await page.getByRole('button', { name: 'Let it run again' }).waitFor()
    await admin.expect(204, 'POST', 'scripts/start', { body: { script: 'scripts/proposal' } })
  })

  test('what a script offers is asked for on a record with its form, and for chosen records it is for; each is taken back', async () => {
    const made = await Promise.all(['One', 'Two', 'Thirteen'].map((name) => admin.create('organization', { name: `Offer ${name}`, employees: name === 'Thirteen' ? 13 : 5 })))
    const sites = () => Promise.all(made.map(async ({ id }) => (await admin.get(`records/organization/${id}`)).website))
    const dialog = page.getByRole('dialog', { name: 'Remind me' })
    await page.goto(`/organization/${made[0].id}`)
    await page.locator('h1', { hasText: 'Offer One' }).waitFor()
    await page.getByRole('button', { name: 'Actions', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Remind me' }).click()
    await dialog.getByLabel('About what').waitFor()
    assert.deepEqual(await axe(page), [])
    await picture(page, `action_${office.engine}`)
    await dialog.getByRole('button', { name: 'Remind me' }).click()
    await dialog.locator('#action-text-error').waitFor()
    await dialog.getByLabel('About what').fill('one.example')
    await dialog.getByRole('button', { name: 'Remind me' }).click()
    await dialog.waitFor({ state: 'detached' })
    const toast = (text) => page.locator('.toast', { hasText: text })
    await toast('“Remind me”: done · reminders: 1').waitFor()
    await until(sites, ['one.example', null, null])
    await toast('reminders: 1').getByRole('button', { name: /Undo/ }).click()
    await until(sites, [null, null, null])
    await page.goto('/organization?where=' + encodeURIComponent('starts_with(name, "Offer ")'))
    const boxes = page.locator('.table tbody .pick input')
    await boxes.nth(2).waitFor()
    for (const at of [0, 1, 2]) { await boxes.nth(at).click(); await page.locator('.bulk', { hasText: `${at + 1} selected` }).waitFor() }
    await page.locator('.bulk').getByRole('button', { name: 'Actions' }).click()
    await page.getByRole('menuitem', { name: 'Remind me' }).click()
    await dialog.getByLabel('About what').fill('many.example')
    await dialog.getByRole('button', { name: 'Remind me' }).click()
    await toast('reminders: 2 · 1 record left out').waitFor()
    await until(sites, ['many.example', 'many.example', null])
    await toast('reminders: 2').getByRole('button', { name: /Undo/ }).click()
    await until(sites, [null, null, null])
    await page.goto(`/organization/${made[2].id}`)
    await page.locator('h1', { hasText: 'Offer Thirteen' }).waitFor()
    await page.getByRole('button', { name: 'Actions', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Forget the site' }).waitFor()
    assert.equal(await page.getByRole('menuitem', { name: 'Remind me' }).count(), 0, 'its condition does not hold here')
    await page.keyboard.press('Escape')
  })

  test('on a phone, in Russian, they stand in their column; who is no administrator sees none and no error', async () => {
    const small = await openPage(office.browser, office.perigee.base, { viewport: phone, language: 'ru' })
    await signIn(small, 'boss')
    await openBoard(small)
    await column('Won', small).locator('.automation').waitFor({ state: 'attached' })
    await column('Won', small).scrollIntoViewIfNeeded()
    await picture(small, `board_automations_phone_${office.engine}`)
    await small.goto('/admin/runs')
    await small.locator('.grid-rows tbody tr').first().waitFor()
    assert.deepEqual(await axe(small), [])
    assert.ok(await small.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scroll')
    await picture(small, `runs_phone_${office.engine}`)
    const sam = await office.enter('sam')
    await openBoard(sam)
    await sam.locator('.list-foot .count').filter({ hasText: /\d/ }).waitFor({ state: 'attached' })
    assert.equal(await sam.locator('.automation').count(), 0)
    await sam.goto('/admin/runs')
    await sam.getByText('This part is for administrators').waitFor()
    assert.deepEqual([...page.troubles, ...small.troubles, ...sam.troubles], [])
    await small.context().close()
    await sam.context().close()
  })
})
