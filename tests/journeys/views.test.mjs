// What pages draw - boards, calendars, sections of the day's page - is declared by modules and told by
// meta: labels in the caller's language, nothing that the caller may not see, broken ones named.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createInstance, onEngines } from '../support/perigee.mjs'

const definitions = `
role "narrow" {
  entities = { deal = { read = true, hidden = { "amount", "weighted", "open_activities" } } },
}
view "deal_probe" {
  page = "home", position = 5, entity = "deal", label = { en = "Probe", ru = "Проба" }, help = "None", icon = "circle", tone = "red",
  where = "stage.kind == 'open'", sort = "-expected_on,name", fields = { amount = "amount", lines = { "organization", "name", "amount" } },
}
view "deal_by_amount" { page = "home", entity = "deal", where = "stage.kind == 'open'", sort = "-amount" }
view "unseen" { entity = "deal", note = "no page draws it" }
`

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'nina', '--role', 'narrow'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.nina = c.perigee.client(c.perigee.token('nina'))
  c.view = async (who, name, headers) => (await who.expect(200, 'GET', 'meta', { headers })).views.find((view) => view.name === name)
}

onEngines('views', { definitions: { 'sales/views/probe.lua': definitions } }, open, (test, c) => {
  test('a view stands in meta with its labels in the language asked for', async () => {
    const expected = {
      name: 'deal_probe', owner: 'sales', page: 'home', entity: 'deal', label: 'Probe', help: 'None', icon: 'circle', tone: 'red',
      where: "stage.kind == 'open'", sort: '-expected_on,name', fields: { amount: ['amount'], lines: ['organization', 'name', 'amount'] },
    }
    assert.deepEqual(await c.view(c.root, 'deal_probe'), expected)
    assert.equal((await c.view(c.root, 'deal_probe', { 'Accept-Language': 'ru' })).label, 'Проба')
    assert.equal(await c.view(c.root, 'unseen'), undefined)
  })

  test('views come by position, then by name', async () => {
    const names = (await c.root.get('meta')).views.map((view) => view.name)
    assert.ok(names.indexOf('deal_board') < names.indexOf('deal_probe'), names.join())
    assert.ok(names.indexOf('deal_probe') < names.indexOf('overdue_activities'), names.join())
    assert.ok(names.indexOf('overdue_activities') < names.indexOf('activities_today'), names.join())
  })

  test('hidden entities, fields and conditions over them are not told', async () => {
    const { views } = await c.nina.get('meta')
    assert.deepEqual([...new Set(views.map((view) => view.entity))], ['deal'])
    assert.deepEqual(views.find((view) => view.name === 'deal_probe').fields, { lines: ['organization', 'name'] })
    assert.deepEqual(views.filter((view) => ['deal_by_amount', 'deals_without_step'].includes(view.name)), [])
    for (const name of ['amount', 'weighted', 'open_activities']) assert.ok(!JSON.stringify(views).includes(`"${name}`), name)
  })

  test('every stock condition and order is one that lists take', async () => {
    for (const view of (await c.root.get('meta')).views) await c.root.get(`records/${view.entity}`, { where: view.where ?? '', sort: view.sort ?? '', limit: 1 })
  })

  test('a view of an administrator comes with its definition and goes with what it names', async () => {
    await c.root.expect(200, 'PUT', 'schema/views/mine', { body: { page: 'home', entity: 'organization', where: "name ~= 'x'", fields: { lines: ['country'] } } })
    assert.deepEqual((await c.view(c.root, 'mine')).fields, { lines: ['country'] })
    await c.root.expect(200, 'PUT', 'schema/views/mine', { body: { page: 'home', entity: 'organization', where: "no_such_field == 1" } })
    assert.equal(await c.view(c.root, 'mine'), undefined)
  })
})

describe('views that are wrong', () => {
  for (const [what, text, told] of [
    ['a field', '{ page = "board", entity = "deal", fields = { amount = "amonut" } }', /amonut.*amount/s],
    ['an entity', '{ page = "board", entity = "deel" }', /deel.*deal/s],
    ['a condition', '{ page = "home", entity = "deal", where = "amount >" }', /expression|value/i],
    ['an order', '{ page = "home", entity = "deal", sort = "-nothing" }', /nothing/],
    ['a key', '{ page = "home", entity = "deal", fielts = {} }', /fielts.*fields/s],
    ['no entity', '{ page = "home" }', /entity/],
  ])
    it(`${what}: the place and the nearest name are told`, () => {
      assert.throws(() => createInstance('sqlite', { definitions: { 'sales/views/wrong.lua': `view "wrong" ${text}\n` } }), (error) => {
        assert.match(error.message, told)
        assert.match(error.message, /wrong\.lua:1/)
        return true
      })
    })
})
