// Tables of other programs, imported as their owners would: HubSpot, amoCRM, a Russian spreadsheet,
// Google's 129 columns, 37 bad tables, naughty strings through every door.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createInstance, dataSet, engines } from '../support/perigee.mjs'

const all = ['hubspot', 'amocrm', 'russian-clients', 'google-contacts', 'messy-csv', 'papaparse', 'naughty-strings', 'csv-spectrum', 'csv-test-data']
const absent = all.filter((name) => !dataSet(name))

for (const engine of engines) {
  describe(`imports on ${engine}`, { skip: absent.length ? `skipped: absent data sets: ${absent}` : false }, () => {
    let perigee, admin
    const load = (entity, set, file, ...args) => perigee.json(['import', entity, join(dataSet(set), file), ...args])
    const one = async (body) => (await admin.query(body)).rows[0]
    const test = (name, fn) =>
      it(name, async (t) => {
        if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
        await fn(t)
      })

    before(async () => {
      perigee = createInstance(engine)
      if (!perigee) return
      perigee.cli(['user', 'add', 'root', '--role', 'admin'])
      for (const name of ['jim.halpert', 'pam.beesly', 'michael.scott', 'dwight.schrute', 'kevin.malone', 'oscar.martinez', 'angela.martin'])
        perigee.cli(['user', 'add', name, '--email', `${name}@example.com`, '--role', 'sales'])
      for (const [login, name] of [['alex', 'Александр'], ['alexey', 'Алексей'], ['anton', 'Антон'], ['oleg', 'Олег'], ['shienko', 'Шиенко']])
        perigee.cli(['user', 'add', login, '--name', name, '--role', 'sales'])
      const token = perigee.token('root')
      await perigee.serve()
      admin = perigee.client(token)
    })
    after(async () => perigee?.close())

    test('hubspot: companies, contacts by domain, deals in two pipelines, engagements', async () => {
      const company = 'Company ID=external_id,Company Name=name,Company Domain Name=website,Industry=industry,Number of Employees=employees,Annual Revenue=annual_revenue,Phone Number=phones,Street Address=addresses,Country=country,Company Owner=owner'
      assert.equal(load('organization', 'hubspot', 'hubspot_companies.csv', '--map', company, '--key', 'external_id').created, 200)
      const person = 'Contact ID=external_id,First Name=first_name,Last Name=last_name,Email=emails,Phone Number=phones,Mobile Phone Number=phones.mobile,Job Title=job_title,Lifecycle Stage=lifecycle_stage,Contact Owner=owner,Lead Source=source,Associated Company Domain=organization.website'
      assert.equal(load('contact', 'hubspot', 'hubspot_contacts.csv', '--map', person, '--key', 'external_id').created, 950)
      assert.equal((await one({ from: 'contact', measures: { n: 'count(organization ~= nil)' } })).n, 679)
      const deal = 'Deal ID=external_id,Deal Name=name,Pipeline=pipeline,Deal Stage=stage,Amount=amount,Close Date=closed_on,Create Date=started_on,Deal Owner=owner,Closed Lost Reason=lost_reason,Associated Company Domain=organization.website,Associated Contact Email=contact.emails'
      const deals = load('deal', 'hubspot', 'hubspot_deals.csv', '--map', deal, '--key', 'external_id')
      assert.equal(deals.created, 500, JSON.stringify(deals))
      const row = await one({ from: 'deal', where: 'external_id ~= nil', measures: { all: 'sum(amount)', n: "count(stage.kind == 'won')", won: "sum(amount, stage.kind == 'won')", linked: 'count(contact ~= nil and organization ~= nil)' } })
      assert.deepEqual(row, { all: { amount: '62499790.17', currency: 'USD' }, n: 71, won: { amount: '8934361.48', currency: 'USD' }, linked: 500 })
      const pipelines = (await admin.query({ from: 'deal', where: 'external_id ~= nil', group: ['pipeline.name'], measures: { n: 'count()' }, sort: ['pipeline.name'] })).rows
      assert.deepEqual(pipelines, [{ 'pipeline.name': 'Renewals Pipeline', n: 248 }, { 'pipeline.name': 'Sales Pipeline', n: 252 }])
      const engagement = 'Activity ID=external_id,Activity Type=kind,Activity Date=starts_at,Activity Owner=owner,Notes/Description=subject,Call Outcome=outcome,Task Due Date=due_at,Associated Contact Email=about.contact.emails'
      const made = load('activity', 'hubspot', 'hubspot_activities.csv', '--map', engagement, '--key', 'external_id')
      assert.equal(made.created, 2000, JSON.stringify(made))
    })

    test('amoCRM: guessed by itself, each deal linked, the row without an ID reported', async () => {
      assert.equal(load('contact', 'amocrm', 'contacts_test.csv', '--key', 'external_id').created, 19)
      const deals = load('deal', 'amocrm', 'leads_test.csv', '--key', 'external_id')
      assert.deepEqual([deals.created, deals.rejected], [19, 1], JSON.stringify(deals))
      const row = await one({ from: 'deal', where: "pipeline.name == 'Воронка'", measures: { n: 'count()', linked: 'count(contact ~= nil)', lost: "count(stage.kind == 'lost')", won: "count(stage.kind == 'won')" } })
      assert.deepEqual(row, { n: 19, linked: 19, lost: 7, won: 1 })
    })

    test('a Russian spreadsheet: whole names in the first column, blanks behind semicolons', async () => {
      const made = load('contact', 'russian-clients', 'client_import.csv')
      assert.deepEqual([made.created, made.rejected], [100, 0], JSON.stringify(made))
      const split = await one({ from: 'contact', where: "middle_name ~= nil", measures: { n: 'count()', first: 'count(first_name ~= nil)' } })
      assert.deepEqual(split, { n: 100, first: 100 })
      const person = (await admin.get('records/contact', { where: "last_name == 'Ермакова'" })).records[0]
      assert.deepEqual([person.first_name, person.middle_name, person.birthday], ['Алла', 'Мироновна', '1976-01-22'])
      assert.equal(person.emails[0].value, 'whimsy@aol.com')
    })

    test('Google contacts: 129 columns', () => {
      assert.equal(load('contact', 'google-contacts', 'sample1.csv', '--unknown', 'create').created, 16)
      assert.equal(load('contact', 'google-contacts', 'sample2.csv', '--unknown', 'create').created, 100)
    })

    test('bad tables: every row is imported or reported', () => {
      const folder = join(dataSet('messy-csv'), 'csvs')
      const files = [...readdirSync(folder), ...readdirSync(join(folder, 'real-world')).map((name) => join('real-world', name))].filter((name) => name.endsWith('.csv'))
      assert.equal(files.length, 37)
      for (const file of files) {
        const made = perigee.json(['import', 'lead', join(folder, file), '--unknown', 'empty'])
        assert.ok(made.created > 0, `${file}: ${JSON.stringify(made)}`)
        assert.equal(made.rejected, 0, `${file}: ${JSON.stringify(made)}`)
      }
    })

    test('long and marked files: rows as in a spreadsheet program', () => {
      const made = load('organization', 'papaparse', 'verylong-sample.csv', '--map', 'placeholder=name,meaning of life=employees,TLD=legal_name')
      assert.equal(made.created, 2000)
      const marked = load('organization', 'papaparse', 'utf-8-bom-sample.csv', '--map', 'A=name,B=legal_name,C=website')
      assert.equal(marked.created, 1)
    })

    test('naughty strings survive REST, import, list, search and export', async () => {
      const strings = JSON.parse(readFileSync(join(dataSet('naughty-strings'), 'blns.json'), 'utf8'))
      const usable = strings.filter((text) => text.trim() !== '' && !text.includes('\u0000') && text.length <= 1000)
      const quoted = (text) => `"${text.replaceAll('"', '""')}"`
      const file = join(perigee.folder, 'naughty.csv')
      writeFileSync(file, `key,what\r\n${usable.map((text, at) => `n${at},${quoted(text)}`).join('\r\n')}\r\n`)
      const made = perigee.json(['import', 'organization', file, '--map', 'key=external_id,what=name', '--key', 'external_id'])
      assert.equal(made.created, usable.length, JSON.stringify(made))
      const stored = new Map()
      for (let next = ''; ;) {
        const page = await admin.get('records/organization', { where: "starts_with(external_id, 'n')", fields: 'external_id,name', limit: 1000, ...(next ? { after: next } : {}) })
        for (const record of page.records) stored.set(record.external_id, record.name)
        if (!page.next) break
        next = page.next
      }
      usable.forEach((text, at) => assert.equal(stored.get(`n${at}`), text, `import of ${JSON.stringify(text)}`))
      for (const text of usable) {
        const record = await admin.create('organization', { name: text })
        assert.equal(record.name, text)
        assert.equal((await admin.get(`records/organization/${record.id}`)).name, text)
        assert.equal((await admin.request('GET', `search?q=${encodeURIComponent(text.slice(0, 200))}`)).status, 200)
        const found = await admin.get('records/organization', { where: `name == ${JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, '\\u{$1}')}`, fields: 'name' })
        assert.ok(found.records.some((row) => row.name === text), JSON.stringify(text))
      }
      const exported = perigee.cli(['export', 'organization', '--where', "starts_with(external_id, 'n')", '--fields', 'external_id,name'])
      const back = join(perigee.folder, 'back.csv')
      writeFileSync(back, exported)
      const again = perigee.json(['import', 'organization', back, '--key', 'external_id'])
      assert.deepEqual([again.created, again.updated, again.rejected], [0, 0, 0], JSON.stringify(again))
      for (const cell of exported.matchAll(/(?:^|,|\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|\r\n|$)/g))
        assert.doesNotMatch(cell[1]?.replaceAll('""', '"') ?? cell[2], /^[=+@\t\r-]/, 'a cell starts a formula')
    })
  })
}
