// Tables of other programs, imported as their owners would: HubSpot, amoCRM, a Russian spreadsheet,
// Google's 129 columns.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createInstance, dataSet, engines } from '../support/perigee.mjs'
import { table } from './support/csv.mjs'

const all = ['hubspot', 'amocrm', 'russian-clients', 'google-contacts']
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

    test('hubspot: every value of every row is what the file says', async () => {
      const rows = (file) => table(join(dataSet('hubspot'), `hubspot_${file}.csv`))
      const stored = async (entity, fields) => new Map((await admin.all(entity, { where: 'external_id ~= nil', fields: `external_id,${fields}` })).map((r) => [r.external_id, r]))
      const money = (text) => (text === '' ? null : { amount: Number(text).toFixed(2), currency: 'USD' })
      const text = (cell) => (cell === '' ? null : cell)
      const choice = (cell) => cell?.toLowerCase().replaceAll('_', ' ') || null // a stock value keeps its own code
      const companies = await stored('organization', 'name,website,industry,employees,annual_revenue,phones,addresses,country,owner.login')
      for (const row of rows('companies')) {
        const r = companies.get(row['Company ID'])
        assert.deepEqual([r.name, r.website, r.industry, String(r.employees ?? ''), r.annual_revenue, r.phones[0]?.value ?? '', r.addresses[0]?.value ?? '', r.country, `${r['owner.login']}@example.com`],
          [row['Company Name'], text(row['Company Domain Name']), text(row.Industry), row['Number of Employees'], money(row['Annual Revenue']), row['Phone Number'], row['Street Address'], text(row.Country), row['Company Owner']])
      }
      const domains = new Set(rows('companies').map((row) => row['Company Domain Name']))
      const people = await stored('contact', 'last_name,first_name,emails,phones,job_title,lifecycle_stage,source,organization.website,owner.login')
      for (const row of rows('contacts')) {
        const r = people.get(row['Contact ID'])
        assert.deepEqual([r.last_name, r.first_name, r.emails.map((e) => e.value), r.job_title, choice(r.lifecycle_stage), choice(r.source), `${r['owner.login']}@example.com`],
          [row['Last Name'], row['First Name'], row.Email ? [row.Email] : [], text(row['Job Title']), choice(row['Lifecycle Stage']), choice(row['Lead Source']), row['Contact Owner']])
        assert.deepEqual(r.phones.map((p) => [p.value, p.label]), [[row['Phone Number'], null], [row['Mobile Phone Number'], 'mobile']].filter(([value]) => value), row['Contact ID'])
        assert.equal(r['organization.website'], domains.has(row['Associated Company Domain']) ? row['Associated Company Domain'] : null, row['Contact ID'])
      }
      const deals = await stored('deal', 'name,amount,closed_on,started_on,stage.name,pipeline.name,lost_reason,organization.website,owner.login')
      for (const row of rows('deals')) {
        const r = deals.get(row['Deal ID'])
        assert.deepEqual([r.name, r.amount, r.closed_on, r.started_on, r['stage.name'], r['pipeline.name'], choice(r.lost_reason), r['organization.website'], `${r['owner.login']}@example.com`],
          [row['Deal Name'], money(row.Amount), text(row['Close Date']), text(row['Create Date']), row['Deal Stage'], row.Pipeline, choice(row['Closed Lost Reason']), row['Associated Company Domain'], row['Deal Owner']])
      }
      const done = await stored('activity', 'kind,subject,starts_at,due_at,outcome,about,owner.login')
      const day = (at) => at?.slice(0, 10) ?? null
      for (const row of rows('activities')) {
        const r = done.get(row['Activity ID'])
        assert.deepEqual([r.kind.toLowerCase().replace(/[^a-z]/g, ''), r.subject, day(r.starts_at), day(r.due_at), r.about !== null, `${r['owner.login']}@example.com`],
          [row['Activity Type'].toLowerCase().replace(/[^a-z]/g, ''), row['Notes/Description'], text(row['Activity Date']), text(row['Task Due Date']), row['Associated Contact Email'] !== '', row['Activity Owner']], row['Activity ID'])
      }
    })

    test('amoCRM: guessed by itself, each deal linked, the row without an ID reported', async () => {
      assert.equal(load('contact', 'amocrm', 'contacts_test.csv', '--key', 'external_id').created, 19)
      const deals = load('deal', 'amocrm', 'leads_test.csv', '--key', 'external_id')
      assert.deepEqual([deals.created, deals.rejected], [19, 1], JSON.stringify(deals))
      const row = await one({ from: 'deal', where: "pipeline.name == 'Воронка'", measures: { n: 'count()', linked: 'count(contact ~= nil)', lost: "count(stage.kind == 'lost')", won: "count(stage.kind == 'won')" } })
      assert.deepEqual(row, { n: 19, linked: 19, lost: 7, won: 1 })
      const stored = new Map((await admin.all('deal', { where: "pipeline.name == 'Воронка'", fields: 'external_id,name,stage.name,contact.name,owner.name,closed_on' })).map((r) => [r.external_id, r]))
      const iso = (text) => (/^\d\d\.\d\d\.\d{4}/.test(text) ? text.slice(0, 10).split('.').reverse().join('-') : null)
      for (const line of table(join(dataSet('amocrm'), 'leads_test.csv')).filter((r) => r.ID)) {
        const r = stored.get(line.ID)
        assert.deepEqual([r.name, r['stage.name'], r['owner.name'], r.closed_on], [line['Название сделки'], line['Этап сделки'], line['Ответственный'], iso(line['Дата закрытия'])], line.ID)
        assert.ok(r['contact.name'].includes('Fake Name') || r['contact.name'].length > 0, JSON.stringify(r))
      }
      const people = new Map((await admin.all('contact', { where: 'external_id ~= nil', fields: 'external_id,phones,emails,owner.name,tags,source' })).map((r) => [r.external_id, r]))
      for (const line of table(join(dataSet('amocrm'), 'contacts_test.csv'))) {
        const r = people.get(line.ID)
        const numbers = ['Рабочий телефон', 'Рабочий прямой телефон', 'Мобильный телефон', 'Факс', 'Домашний телефон', 'Другой телефон'].map((name) => line[name]).filter(Boolean)
        assert.deepEqual(r.phones.map((p) => p.value).sort(), [...new Set(numbers)].sort(), line.ID)
        assert.deepEqual([r['owner.name'], r.source], [line['Ответственный'], line['Источник'] || null], line.ID)
      }
    })

    test('a Russian spreadsheet: whole names in the first column, blanks behind semicolons', async () => {
      const made = load('contact', 'russian-clients', 'client_import.csv')
      assert.deepEqual([made.created, made.rejected], [100, 0], JSON.stringify(made))
      const split = await one({ from: 'contact', where: "middle_name ~= nil", measures: { n: 'count()', first: 'count(first_name ~= nil)' } })
      assert.deepEqual(split, { n: 100, first: 100 })
      const person = (await admin.get('records/contact', { where: "last_name == 'Ермакова'" })).records[0]
      assert.deepEqual([person.first_name, person.middle_name, person.birthday], ['Алла', 'Мироновна', '1976-01-22'])
      assert.equal(person.emails[0].value, 'whimsy@aol.com')
      const lines = table(join(dataSet('russian-clients'), 'client_import.csv'), ';')
      const stored = new Map((await admin.all('contact', { where: 'middle_name ~= nil', fields: 'last_name,first_name,middle_name,gender,phones,birthday,emails' })).map((r) => [`${r.last_name} ${r.first_name} ${r.middle_name}`, r]))
      assert.equal(new Set([...stored.values()].map((r) => r.emails[0].value)).size, 99)
      for (const line of lines) {
        const r = stored.get([line['Фамилия'], line['Имя'], line['Отчество']].filter(Boolean).join(' '))
        assert.ok(r, line['Фамилия'])
        assert.deepEqual([r.emails[0].value, r.birthday, r.phones[0].value], [line.Email, line['Дата рождения'], line['Телефон']], line['Фамилия'])
      }
    })

    test('Google contacts: 129 columns', async () => {
      assert.equal(load('contact', 'google-contacts', 'sample1.csv', '--unknown', 'create').created, 16)
      assert.equal(load('contact', 'google-contacts', 'sample2.csv', '--unknown', 'create').created, 100)
      const newest = await admin.get('records/contact', { sort: '-id', limit: '116', fields: 'name,last_name,first_name,job_title,organization.name,emails,phones,addresses,description' })
      const lines = ['sample1.csv', 'sample2.csv'].flatMap((file) => table(join(dataSet('google-contacts'), file)))
      for (const [at, line] of lines.entries()) {
        const r = newest.records[115 - at]
        assert.deepEqual([r.last_name, r.first_name].filter(Boolean).join(' ').split(' ').sort(), line.Name.split(/\s+/).sort(), line.Name)
        assert.deepEqual([r.job_title, r['organization.name'], r.description], [line['Job Title'] || null, line.Company || null, line.Notes || null], line.Name)
        const values = (pattern) => Object.entries(line).filter(([name, value]) => pattern.test(name) && value).map(([, value]) => value)
        const emails = values(/^E-mail (\d+ )?Address$/).flatMap((text) => text.split(/[;,]\s*/)).filter(Boolean)
        assert.deepEqual([...new Set(r.emails.map((e) => e.value))].sort(), [...new Set(emails)].sort(), line.Name)
        assert.deepEqual([...new Set(r.phones.map((p) => p.value))].sort(), [...new Set(values(/ (Phone|Phone 2|Fax)$|^Pager$/))].sort(), line.Name)
      }
    })
  })
}
