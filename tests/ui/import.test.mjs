// The import wizard: a file is shown as it will be read, checked without writing, taken, and taken back;
// what landed on the server, and the same by keys, on a phone and for those who may not.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { axe, desktop, openPage, phone, picture, signIn } from './browser.mjs'
import { zip } from '../journeys/support/unzip.mjs'
import { inOffices, until } from './office.mjs'

const table = ['Company;Founded;Employees;Started;Phone', 'Alder Works;1999;12;x;+1 555 0100', 'Birch & Co;2001;many;;+1 555 0101', 'Çedar;1987;1 200;;', ';1990;4;;'].join('\r\n')

/** A rule of the house that takes its time with the rows of one file, once there is a lead. */
const prepare = (perigee) => {
  const folder = join(perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'slow.lua'), `before("organization", function(organization, change)
  if not organization.name or organization.name:sub(1, 5) ~= "Slow " then return end
  if crm.query("lead"):count() == 0 then return end
  local n = 0
  for i = 1, 150000 do n = n + i % 7 end
end)
`, { mode: 0o600 })
}

inOffices('the import wizard', { people: ['boss', 'sam'], page: false, prepare }, (test, opened, engine) => {
  let perigee, browser, admin, file
  opened((office) => {
    ({ perigee, browser, admin } = office)
    file = join(perigee.folder, 'companies.csv')
    writeFileSync(file, table)
  })
  const choose = (page, path = file) => page.locator('input[type=file]').setInputFiles(path)
  const count = async () => (await admin.get('records/organization', { count: 'exact', limit: 1 })).total.value

  test('file, columns, check, result, undo: what is shown is what lands', async () => {
    const page = await openPage(browser, perigee.base)
    await signIn(page)
    await page.goto('/organization')
    await page.getByRole('link', { name: 'Import a file' }).click()
    await page.waitForURL(/\/organization\/import/)
    await choose(page)
    const column = (name) => page.locator('.mapping li').filter({ has: page.locator('strong', { hasText: name }) })
    await column('Founded').waitFor()
    assert.equal(await page.getByLabel('Field for the column “Company”').inputValue(), 'name')
    await page.getByLabel('Field for the column “Founded”').selectOption('founded_year')
    await page.waitForURL(/founded_year/)
    await column('Founded').getByText('as it stands').first().waitFor()
    await page.getByLabel('Field for the column “Employees”').selectOption('employees')
    await page.waitForURL(/map=/)
    await column('Employees').locator('.bad', { hasText: 'many' }).waitFor()
    await column('Employees').getByText('1,200', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('heading', { name: '2 rows will be left out' }).waitFor()
    assert.equal(await count(), 0, 'a check writes nothing')
    const row = page.locator('.grid-rows tbody tr', { hasText: 'Employees' })
    assert.match(await row.innerText(), /3\s+Employees\s+.*many/)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download these rows' }).click()
    assert.equal((await download).suggestedFilename(), 'rejected.csv')
    await page.getByRole('button', { name: 'Import 2 rows' }).click()
    await page.getByText('2 records created').waitFor()
    const found = (await admin.get('records/organization', { sort: 'name', fields: 'name,founded_year,employees' })).records
    assert.deepEqual(found.map((one) => [one.name, one.founded_year, one.employees]), [['Alder Works', 1999, 12], ['Çedar', 1987, 1200]])
    await page.reload()
    await page.getByText('2 records created').waitFor()
    await page.getByRole('button', { name: 'Undo the import' }).click()
    await page.getByText('The import was undone.').waitFor()
    assert.equal(await count(), 0)
    assert.deepEqual(page.troubles, [])
    await page.context().close()
  })

  test('a workbook by its sheet, and cards: what is in them lands', async () => {
    const text = (at, value) => `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`
    const sheet = (name) => `<worksheet><sheetData><row r="1">${text('A1', 'Last name')}${text('B1', 'Job title')}</row><row r="2">${text('A2', name)}${text('B2', 'Chief')}</row></sheetData></worksheet>`
    const book = join(perigee.folder, 'people.xlsx')
    writeFileSync(book, zip({
      'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="First" sheetId="1" r:id="r1"/><sheet name="Second" sheetId="2" r:id="r2"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels': '<R><Relationship Id="r1" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Target="worksheets/sheet2.xml"/></R>',
      'xl/worksheets/sheet1.xml': sheet('Uno'), 'xl/worksheets/sheet2.xml': sheet('Due'),
    }))
    const cards = join(perigee.folder, 'people.vcf')
    writeFileSync(cards, 'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Carded;Ann;;;\r\nTEL;TYPE=CELL:+1 555\r\nPHOTO;ENCODING=b:AAAA\r\nEND:VCARD\r\n')
    const page = await openPage(browser, perigee.base)
    await signIn(page)
    await page.goto('/contact/import')
    await choose(page, book)
    await page.locator('.mapping').getByText('Uno').first().waitFor()
    assert.equal(await page.getByLabel('Encoding').count(), 0, 'a workbook has none')
    await page.getByLabel('Sheet').selectOption('Second')
    await page.locator('.mapping').getByText('Due').first().waitFor()
    assert.deepEqual(await axe(page), [])
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('button', { name: 'Import 1 row' }).click()
    await page.getByText('1 record created').waitFor()
    await page.getByRole('button', { name: 'Import another file' }).click()
    await choose(page, cards)
    await page.getByText('1 photo is left out').waitFor()
    await page.locator('.mapping').getByText('Carded').first().waitFor()
    assert.equal(await page.locator('.mapping li').count(), 3, 'the parts that the cards have')
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('button', { name: 'Import 1 row' }).click()
    await page.getByText('1 record created').waitFor()
    const found = (await admin.get('records/contact', { sort: 'last_name', fields: 'last_name,job_title,phones' })).records
    assert.deepEqual(found.map((one) => [one.last_name, one.job_title, one.phones.map((phone) => phone.label)]), [['Carded', null, ['mobile']], ['Due', 'Chief', []]])
    assert.deepEqual(page.troubles, [])
    await page.context().close()
  })

  test('a table met before is read as it was confirmed; a key changes what is there', async () => {
    const page = await openPage(browser, perigee.base)
    await admin.create('organization', { name: 'Alder Works', employees: 1 })
    await signIn(page)
    await page.goto('/organization/import')
    await choose(page)
    await page.getByText('These headings were imported before').waitFor()
    await page.getByLabel('Existing records are found by').selectOption('name')
    await page.waitForURL(/key=name/)
    await page.getByLabel('What to do with rows').selectOption('update')
    await page.getByRole('button', { name: 'Check the file' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Import 1 row' }).click()
    await page.getByText('1 record changed').waitFor()
    assert.deepEqual((await admin.get('records/organization', { fields: 'name,employees' })).records.map((one) => [one.name, one.employees]), [['Alder Works', 12]])
    assert.deepEqual(page.troubles, [])
    await page.context().close()
  })

  test('an address with settings asks for the file again and keeps them; who may not is told so', async () => {
    const page = await openPage(browser, perigee.base)
    await signIn(page)
    await page.goto('/organization/import?step=columns&map=Company%3Dlegal_name')
    await page.getByText('choose the file again').waitFor()
    const own = await openPage(browser, perigee.base)
    await signIn(own, 'sam')
    await own.goto('/organization/import')
    await own.getByText('Your role does not import').waitFor()
    for (const one of [page, own]) { assert.deepEqual(one.troubles, []); await one.context().close() }
  })

  const long = ['name', ...Array.from({ length: 10000 }, (_, i) => `Slow ${i}`)].join('\n')
  const begin = async (page) => {
    const path = join(perigee.folder, 'slow.csv')
    writeFileSync(path, long)
    await page.goto('/organization/import')
    await choose(page, path)
    await page.getByRole('button', { name: 'Check the file' }).click()
    const go = page.getByRole('button', { name: 'Import 10,000 rows' })
    await go.waitFor({ timeout: 120000 })
    await admin.create('lead', { last_name: 'Brake' })
    await go.click()
    await page.waitForURL(/import=\d+/)
    return new URL(page.url()).searchParams.get('import')
  }
  const under = (page) => page.locator('.import-check', { hasText: 'rows' }).locator('progress').waitFor()

  test('one that runs goes on while nobody looks: found again from elsewhere, stopped, and taken back as one', async () => {
    const before = await count()
    const page = await openPage(browser, perigee.base)
    await signIn(page)
    const id = await begin(page)
    await until(async () => (await admin.get(`imports/${id}`)).progress?.rows > 0)
    await under(page)
    await page.context().close()
    const rows = (await admin.get(`imports/${id}`)).progress.rows
    const again = await openPage(browser, perigee.base)
    await signIn(again)
    await again.goto('/organization/import')
    await again.getByText('“slow.csv” is being imported').waitFor()
    assert.deepEqual(await axe(again), [])
    await again.getByRole('link', { name: 'See how far it is' }).click()
    await again.waitForURL(new RegExp(`import=${id}`))
    await under(again)
    assert.ok((await admin.get(`imports/${id}`)).progress.rows >= rows)
    await picture(again, 'import-running')
    await again.getByRole('button', { name: 'Stop' }).click()
    await again.getByRole('button', { name: 'Take back what was written' }).waitFor()
    const state = await admin.get(`imports/${id}`)
    assert.equal(state.state, 'failed')
    assert.ok(state.created > 0 && state.created < 10000, `${state.created} of 10,000`)
    assert.equal(await count(), before + state.created, 'what it wrote stays')
    assert.deepEqual(await axe(again), [])
    await picture(again, 'import-stopped')
    await again.getByRole('button', { name: 'Take back what was written' }).click()
    await again.getByText('The import was undone.').waitFor({ timeout: 120000 })
    assert.equal(await count(), before)
    await again.goto('/organization/import')
    await again.locator('.drop').waitFor()
    assert.equal(await again.getByText('is being imported').count(), 0)
    assert.deepEqual(again.troubles, [])
    await again.context().close()
  })

  if (engine === 'sqlite') // what is drawn is the same on the other
    for (const language of ['en', 'ru'])
      for (const theme of ['light', 'dark'])
        for (const [size, viewport] of Object.entries({ 1280: desktop, 390: phone }))
          test(`axe finds nothing: ${language}, ${theme}, ${size} px`, async () => {
            const page = await openPage(browser, perigee.base, { viewport, theme, language })
            const [me] = (await admin.get('records/user', { where: 'login == "boss"' })).records
            await admin.patch('user', me.id, { language })
            await signIn(page)
            const look = async (name) => {
              assert.deepEqual(await axe(page), [], name)
              assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${name} scrolls sideways`)
              await picture(page, `import-${name}-${language}-${theme}-${size}`)
            }
            await page.goto('/organization/import')
            await page.locator('.drop').waitFor()
            await look('file')
            await choose(page)
            await page.locator('.mapping li').first().waitFor()
            await look('columns')
            await page.locator('.form-actions .primary').click()
            await page.locator('.figures').waitFor()
            await look('check')
            assert.deepEqual(page.troubles, [])
            await page.context().close()
          })
})
