// Duplicates: rules declared with an entity, likely ones told while one types, under the rights of
// whoever asks; an administrator changes the rules.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const definitions = `
role "half" {
  entities = {
    contact = { read = true, create = true, hidden = { "emails" } },
    organization = { read = "owner == me()", create = true },
  },
}
`

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'half', '--role', 'half'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.half = c.perigee.client(c.perigee.token('half'))
  c.look = async (entity, set, client = c.root) => (await client.expect(200, 'POST', `records/${entity}/duplicates`, { body: { set } })).duplicates
  c.titles = async (...asked) => (await c.look(...asked)).map((it) => `${it.title} ${it.score} ${it.fields.join('+')}`)
}

onEngines('duplicates', { definitions: { 'sales/entities/half.lua': definitions } }, open, (test, c) => {
  test('a phone is the same with any code of the country, an e-mail in any case', async () => {
    const kept = await c.root.create('contact', { last_name: 'Ёлкина', first_name: 'Анна', phones: [{ value: '+7 (912) 345-67-89' }], emails: [{ value: 'Anna@Example.org' }] })
    for (const phone of ['+79123456789', '8 912 345 67 89', '(912) 345-67-89']) assert.deepEqual(await c.titles('contact', { phones: [{ value: phone }] }), ['Анна Ёлкина 85 phones'])
    assert.deepEqual(await c.titles('contact', { emails: [{ value: 'aNNA@example.ORG' }] }), ['Анна Ёлкина 90 emails'])
    assert.deepEqual(await c.titles('contact', { emails: [{ value: 'anna@example.com' }], phones: [{ value: '112' }] }), [])
    assert.deepEqual(await c.titles('contact', { emails: [{ value: 'anna@example.org' }], phones: [{ value: '9123456789' }] }), ['Анна Ёлкина 99 emails+phones'])
    assert.deepEqual(await c.titles('contact', { last_name: 'анна', first_name: 'ЕЛКИНА' }), ['Анна Ёлкина 50 name'])
    // Itself is no duplicate of it; what is typed over the stored values counts.
    const own = async (body) => (await c.root.expect(200, 'POST', 'records/contact/duplicates', { body })).duplicates
    assert.deepEqual(await own({ id: kept.id }), [])
    const other = await c.root.create('contact', { last_name: 'Other' })
    assert.deepEqual((await own({ id: other.id, set: { emails: [{ value: 'anna@example.org' }] } })).map((it) => it.id), [kept.id])
    await c.root.expect(204, 'DELETE', `records/contact/${kept.id}`)
    assert.deepEqual(await c.titles('contact', { emails: [{ value: 'anna@example.org' }] }), [])
  })

  test('organizations are the same whatever their legal form, and by the digits of the tax number', async () => {
    await c.root.create('organization', { name: 'ООО «Ромашка Юг»', tax_id: '7701234567', country: 'Russia' })
    await c.root.create('organization', { name: 'ООО' })
    assert.deepEqual(await c.titles('organization', { name: 'Юг-Ромашка, ЗАО' }), ['ООО «Ромашка Юг» 60 name'])
    assert.deepEqual(await c.titles('organization', { name: 'ромашка юг', country: 'Russia' }), ['ООО «Ромашка Юг» 70 name+country'])
    assert.deepEqual(await c.titles('organization', { tax_id: '77 0123-4567' }), ['ООО «Ромашка Юг» 95 tax_id'])
    assert.deepEqual(await c.titles('organization', { name: 'Ромашка' }), [])
    assert.deepEqual(await c.titles('organization', { name: 'ЗАО' }), [])
  })

  test('only rows that the caller may see, and no rule with a field hidden from them', async () => {
    const hidden = await c.root.create('contact', { last_name: 'Canary', emails: [{ value: 'canary@secret.example' }], phones: [{ value: '+44 20 7946 0958' }] })
    await c.half.expect(400, 'POST', 'records/contact/duplicates', { body: { set: { emails: [{ value: 'canary@secret.example' }] } } })
    assert.deepEqual(await c.titles('contact', { phones: [{ value: '+442079460958' }] }, c.half), ['Canary 85 phones'])
    const twin = await c.half.create('contact', { last_name: 'Twin' })
    await c.root.patch('contact', twin.id, { emails: [{ value: 'canary@secret.example' }] })
    const of = (client) => client.expect(200, 'POST', 'records/contact/duplicates', { body: { id: twin.id } })
    assert.deepEqual((await of(c.root)).duplicates.map((it) => it.id), [hidden.id])
    assert.deepEqual((await of(c.half)).duplicates, [])
    await c.root.create('organization', { name: 'Unseen Works', tax_id: '1234567890' })
    assert.deepEqual(await c.look('organization', { name: 'Unseen Works', tax_id: '1234567890' }, c.half), [])
    await c.half.create('organization', { name: 'Own Works' })
    assert.deepEqual(await c.titles('organization', { name: 'Works Own Ltd' }, c.half), ['Own Works 60 name'])
    await c.half.expect(403, 'POST', 'records/deal/duplicates', { body: { set: {} } })
    await c.half.expect(404, 'POST', 'records/contact/duplicates', { body: { id: '17' } })
  })

  test('all records are gone through; groups are read under the rights of the reader, as things are now', async () => {
    const make = (name, more = {}, client = c.root) => client.create('organization', { name, ...more })
    const [a, b] = [await make('Scan Alpha', { tax_id: '5550001112' }), await make('Alpha Scan Ltd', { tax_id: '555-000-11-12' })]
    const unseen = await make('Scan Beta')
    const [mine, twin] = [await make('Beta Scan', {}, c.half), await make('BETA, scan', {}, c.half)]
    const [x, y] = [await make('Scan Gamma', { phones: [{ value: '+79990001122' }] }), await make('Else', { phones: [{ value: '89990001122' }] })]
    const groups = async (client = c.root, query = {}) => await client.get('records/organization/duplicates', query)
    assert.deepEqual(await groups(), { groups: [], next: null, scanned_at: null })
    await c.half.expect(403, 'POST', 'records/organization/duplicates/scan')
    const { job } = await c.root.expect(202, 'POST', 'records/organization/duplicates/scan')
    const end = async () => {
      for (;;) {
        const now = await c.root.get(`jobs/${job}`)
        if (!['queued', 'running'].includes(now.state)) return now
      }
    }
    const done = await end()
    assert.deepEqual([done.state, done.progress], ['done', { percent: 100 }])
    const brief = (page) => page.groups.filter((it) => it.records.some((one) => /scan/i.test(one.title))).map((it) => [it.score, it.fields.join('+'), it.records.map((one) => one.id).sort().join(' ')])
    const ids = (...list) => list.map((it) => it.id).sort().join(' ')
    const all = await groups()
    assert.ok(all.scanned_at)
    assert.deepEqual(brief(all), [[98, 'name+tax_id', ids(a, b)], [80, 'phones', ids(x, y)], [60, 'name', ids(unseen, mine, twin)]])
    assert.deepEqual(brief(await groups(c.half)), [[60, 'name', ids(mine, twin)]])
    // Page by page the same.
    const paged = []
    for (let after = ''; after !== null;) {
      const page = await groups(c.root, { limit: 1, after })
      paged.push(...brief(page))
      after = page.next
    }
    assert.deepEqual(paged, brief(all))
    // Called different: remembered, for the one record too, and taken back.
    await c.half.expect(403, 'POST', 'records/organization/duplicates/dismiss', { body: { ids: [mine.id, twin.id] } })
    await c.root.expect(204, 'POST', 'records/organization/duplicates/dismiss', { body: { ids: [a.id, b.id] } })
    assert.deepEqual(brief(await groups()).map((it) => it[2]), [ids(x, y), ids(unseen, mine, twin)])
    assert.deepEqual((await c.root.expect(200, 'POST', 'records/organization/duplicates', { body: { id: a.id } })).duplicates, [])
    await c.root.expect(204, 'POST', 'records/organization/duplicates/dismiss', { body: { ids: [a.id, b.id], again: true } })
    assert.equal(brief(await groups()).length, 3)
    // What changed since, or is one record now, is not in it.
    await c.root.patch('organization', y.id, { phones: [] })
    await c.root.expect(200, 'POST', 'records/organization/bulk', { body: { ids: [a.id, b.id], merge: { into: a.id } } })
    assert.deepEqual(brief(await groups()).map((it) => it[2]), [ids(unseen, mine, twin)])
    for (const body of [{ ids: [a.id] }, { ids: 'x' }, { ids: [a.id, x.id], again: 1 }, { other: 1 }]) await c.root.expect(400, 'POST', 'records/organization/duplicates/dismiss', { body })
    await c.root.expect(404, 'POST', 'records/organization/duplicates/dismiss', { body: { ids: [a.id, '17'] } })
  })

  test('an administrator sees and changes the rules', async () => {
    const rules = async (client = c.root) => (await client.get('meta')).entities.find((it) => it.name === 'contact').duplicates.map((it) => it.fields.join('+'))
    assert.deepEqual(await rules(), ['emails', 'phones', 'birthday+name', 'name+organization', 'name'].map((it) => it === 'birthday+name' ? 'name+birthday' : it))
    assert.deepEqual(await rules(c.half), ['phones', 'name+birthday', 'name+organization', 'name'])
    await c.root.create('contact', { last_name: 'Ruled', job_title: 'Beekeeper' })
    await c.root.expect(200, 'PUT', 'schema/entities/contact', { body: { duplicates: [{ fields: ['job_title'], score: 30, ignore: ['Chief'] }] } })
    assert.deepEqual(await rules(), ['job_title'])
    assert.deepEqual(await c.titles('contact', { last_name: 'Ruled', job_title: 'chief beekeeper' }), ['Ruled 30 job_title'])
    for (const [wrong, word] of [[{ fields: ['nothing'], score: 3 }, 'nothing'], [{ fields: ['interest'], score: 3 }, 'interest'], [{ fields: ['consents'], score: 3 }, 'consents'], [{ fields: ['name'] }, 'score'], [{ fields: ['name'], score: 101 }, 'score']]) {
      const reply = await c.root.request('PUT', 'schema/entities/contact', { body: { duplicates: [wrong] } })
      assert.ok(reply.status >= 400 && reply.status < 500 && reply.text.includes(word), `${JSON.stringify(wrong)}: ${reply.status} ${reply.text}`)
    }
    await c.root.expect(200, 'PUT', 'schema/entities/contact', { body: { duplicates: [] } })
    assert.deepEqual(await c.titles('contact', { last_name: 'Ruled', job_title: 'beekeeper' }), [])
    await c.root.expect(200, 'DELETE', 'schema/entities/contact')
    assert.equal((await rules()).length, 5)
  })
})
