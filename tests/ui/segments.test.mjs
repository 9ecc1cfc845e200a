// Segments as people make them: a filter kept under a name, a list that chosen records are put into and
// taken out of, both as chips that filter; in both languages, themes and widths.
import assert from 'node:assert/strict'
import { axe, openList, openPage, phone, picture, signIn } from './browser.mjs'
import { inOffices, until } from './office.mjs'

inOffices('segments', { people: ['boss'] }, (test, opened, engine) => {
  let perigee, browser, admin, page
  opened((office) => { ({ perigee, browser, admin, page } = office) })
  const ours = 'starts_with(name, "Segment ")'
  const large = `${ours} and employees >= 200`
  const address = (where) => `/organization?where=${encodeURIComponent(where)}&sort=name`
  const counted = (text) => page.locator('.list-foot .count', { hasText: text }).waitFor()
  const names = async (where) => (await admin.get('records/organization', { where, fields: 'name', sort: 'name' })).records.map((row) => row.name)
  const boxes = () => page.locator('.table tbody .pick input')
  const undo = (text) => page.locator('.toast', { hasText: text }).getByRole('button', { name: 'Undo' }).click()

  test('a filter is kept under a name, stands as a chip, and is taken back', async () => {
    for (let i = 0; i < 4; i++) await admin.create('organization', { name: `Segment ${i}`, employees: i * 100 })
    const keep = async (name) => {
      await openList(page, address(large))
      await page.locator('.list-tools').getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitem', { name: 'Save as a segment…' }).click()
      await page.getByRole('dialog').getByText('2 records match now').waitFor()
      await page.getByRole('textbox', { name: 'Name' }).fill(name)
    }
    const kept = (name) => admin.get('records/segment', { where: `name == ${JSON.stringify(name)}`, fields: 'entity,filter' })
    await keep('Mistaken')
    await page.keyboard.press('Enter')
    await page.locator('.chip-body', { hasText: 'Segment is Mistaken' }).waitFor()
    await undo('Mistaken')
    await page.locator('.chip-body', { hasText: 'Employees is at least' }).waitFor()
    await until(async () => (await kept('Mistaken')).records.length, 0)
    await keep('Our "big" ones')
    assert.deepEqual(await axe(page), [])
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.locator('.chip-body', { hasText: 'Segment is Our "big" ones' }).waitFor()
    await counted(/^2 records$/)
    const { records: [segment] } = await kept('Our "big" ones')
    assert.deepEqual([segment.entity, segment.filter], ['organization', large])
    assert.deepEqual(page.troubles, [])
  })

  test('a name that is taken by another is told before it is ambiguous', async () => {
    await openList(page, address(ours))
    await page.locator('.list-tools').getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Save as a segment…' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Our "big" ones')
    await page.locator('#segment-error', { hasText: 'already' }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), true)
    await page.keyboard.press('Escape')
    assert.deepEqual(page.troubles, [])
  })

  test('chosen records are put into a new list and taken out of it, each undone', async () => {
    await openList(page, address(ours))
    await boxes().first().click()
    await boxes().nth(1).click()
    assert.deepEqual(await boxes().evaluateAll((all) => all.map((box) => box.checked)), [true, true, false, false])
    await page.getByRole('toolbar').getByRole('button', { name: 'Add to list' }).click()
    await page.getByRole('textbox', { name: 'New list' }).fill('Invited')
    assert.deepEqual(await axe(page), [])
    await page.keyboard.press('Enter')
    await page.locator('.toast', { hasText: '2 records changed: Invited' }).waitFor()
    assert.deepEqual(await names('in_segment("Invited")'), ['Segment 0', 'Segment 1'])
    await openList(page, address('in_segment("Invited")'))
    await page.locator('.chip-body', { hasText: 'Segment is Invited' }).waitFor()
    await counted(/^2 records$/)
    await boxes().first().click()
    await page.getByRole('toolbar').getByRole('button', { name: 'Remove from list' }).click()
    await page.locator('.field-list .menu-item', { hasText: 'Invited' }).click()
    await page.locator('.toast', { hasText: '1 record changed: Invited' }).waitFor()
    await counted(/^1 record$/)
    assert.deepEqual(await names('in_segment("Invited")'), ['Segment 1'])
    await undo('1 record changed: Invited')
    await until(() => names('in_segment("Invited")'), ['Segment 0', 'Segment 1'])
    assert.deepEqual(page.troubles, [])
  })

  test('the filter offers segments and lists; a chip can say that records are not in one', async () => {
    await openList(page, '/organization')
    await page.keyboard.press('f')
    await page.getByRole('button', { name: 'In a segment…' }).click()
    await page.locator('.field-list .menu-item', { hasText: 'Our "big" ones' }).waitFor()
    assert.deepEqual(await page.locator('.field-list .menu-item').allInnerTexts(), ['Invited', 'Our "big" ones'])
    assert.deepEqual(await axe(page), [])
    await page.locator('.field-list .menu-item', { hasText: 'Invited' }).click()
    await page.locator('.chip-body', { hasText: 'Segment is Invited' }).click()
    await page.getByRole('combobox', { name: 'Condition' }).selectOption({ label: 'is not' })
    await page.locator('.field-list .menu-item', { hasText: 'Invited' }).click()
    await page.locator('.chip-body', { hasText: 'Segment is not Invited' }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('where'), 'not in_segment("Invited")')
    await counted(/^2 records$/)
    assert.deepEqual(page.troubles, [])
  })

  for (const [language, theme, viewport, more, item, button] of [
    ['en', 'dark', undefined, 'More', 'Save as a segment…', 'Add to list'],
    ['ru', 'light', undefined, 'Ещё', 'Сохранить как сегмент…', 'В список'],
    ['ru', 'dark', phone, 'Ещё', 'Сохранить как сегмент…', 'В список'],
  ])
    test(`in ${language}, ${theme}, ${viewport?.width ?? 1280} px nothing is found against it`, async () => {
      const own = await openPage(browser, perigee.base, { language, theme, viewport })
      const name = (what) => `segment-${what}-${language}-${theme}-${viewport?.width ?? 1280}`
      await signIn(own)
      await openList(own, address(large))
      await own.locator('.list-tools').getByRole('button', { name: more }).click()
      await own.getByRole('menuitem', { name: item }).click()
      await own.getByRole('dialog').getByText('2 ').waitFor()
      assert.deepEqual(await axe(own), [])
      if (engine === 'sqlite') await picture(own, name('save'))
      await own.keyboard.press('Escape')
      await own.locator(viewport ? '.line-pick input' : '.table tbody .pick input').first().click()
      await own.getByRole('toolbar').getByRole('button', { name: button }).click()
      await own.locator('.field-list .menu-item', { hasText: 'Invited' }).waitFor()
      assert.deepEqual(await axe(own), [])
      if (engine === 'sqlite') await picture(own, name('list'))
      assert.deepEqual(own.troubles, [])
      await own.context().close()
    })
})
