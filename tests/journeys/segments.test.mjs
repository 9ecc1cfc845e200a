// Segments: filters kept under a name and lists of records put in by hand, wherever records are asked
// for; under the rights of who asks.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const definitions = `
role "blind" {
  entities = {
    deal = { read = true, hidden = { "amount", "weighted", "segments" } },
    segment = { read = true },
  },
}
role "listless" { entities = { deal = { read = true }, segment = { read = true, hidden = { "filter" } } } }
`
const usd = (amount) => ({ amount, currency: 'USD' })

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  for (const [login, role, team] of [['ann', 'sales', 'North'], ['bob', 'sales', 'South'], ['bea', 'blind', 'North'], ['lis', 'listless', 'North'], ['mara', 'marketing', 'North']])
    c.perigee.cli(['user', 'add', login, '--role', role, '--team', team])
  await c.perigee.serve()
  for (const login of ['root', 'ann', 'bob', 'bea', 'lis', 'mara']) c[login] = c.perigee.client(c.perigee.token(login))
  c.deals = {}
  for (const [name, amount] of [['one', '500'], ['two', '5000'], ['three', '70000']]) c.deals[name] = (await c.root.create('deal', { name, amount: usd(amount) })).id
  await c.root.create('segment', { name: 'Large "A"', entity: 'deal', filter: 'amount > 1000' })
  await c.root.create('segment', { name: 'Largest', entity: 'deal', filter: 'in_segment(\'Large "A"\') and amount > 50000' })
  c.list = (await c.root.create('segment', { name: 'Picked', entity: 'deal' })).id
}

onEngines('segments', { definitions: { 'sales/entities/segment_roles.lua': definitions } }, open, (test, c) => {
  const names = async (client, where, more = {}) => (await client.get('records/deal', { where, fields: 'name', sort: 'name', ...more })).records.map((row) => row.name)
  const refused = (client, where, code) => client.refused(400, code, 'GET', `records/deal?${new URLSearchParams({ where })}`)

  const post = (client, path, body) => client.expect(200, 'POST', path, { body })

  test('a kept filter stands wherever records are asked for', async () => {
    const large = 'in_segment(\'Large "A"\')'
    assert.deepEqual(await names(c.root, large), ['three', 'two'])
    assert.deepEqual(await names(c.root, `not ${large}`), ['one'])
    assert.deepEqual(await names(c.root, 'in_segment("Largest") or name == "one"'), ['one', 'three'])
    assert.deepEqual(await names(c.root, large, { as_of: new Date().toISOString() }), ['three', 'two'])
    const { rows } = await c.root.query({ from: 'deal', where: large, measures: { all: 'count()', top: 'count(in_segment("Largest"))' } })
    assert.deepEqual(rows.map((row) => [row.all, row.top]), [[2, 1]])
    const csv = (await c.root.request('GET', `export/deal?${new URLSearchParams({ format: 'csv', where: large, fields: 'name', sort: 'name' })}`)).text
    assert.deepEqual(csv.replace(/^\uFEFF/, '').trim().split(/\r?\n/).slice(1).map((line) => line.split(',')[1]), ['three', 'two'])
    const bulk = await post(c.root, 'records/deal/bulk', { where: 'in_segment("Largest")', set: { next_step: 'Call' } })
    assert.deepEqual([bulk.matched, bulk.changed], [1, 1])
    assert.deepEqual(await names(c.root, 'next_step == "Call"'), ['three'])
  })

  test('a script asks by it as well', async () => {
    const file = join(c.perigee.data, 'count.lua')
    writeFileSync(file, 'return crm.query("deal"):where("in_segment(\'Largest\')"):count()\n')
    assert.equal(JSON.parse(c.perigee.cli(['script', 'run', file, '--json']).trim().split('\n').pop()).value, 1)
  })

  test('a list holds what is put in, until it is taken out; both are undone', async () => {
    assert.deepEqual(await names(c.root, 'in_segment("Picked")'), [])
    const ids = [c.deals.one, c.deals.three]
    const put = await post(c.root, 'records/deal/bulk', { ids, set: { segments: { add: [c.list] } } })
    assert.deepEqual([put.matched, put.changed], [2, 2])
    assert.deepEqual(await names(c.root, 'in_segment("Picked")'), ['one', 'three'])
    assert.deepEqual(await names(c.root, 'in_segment("Picked") and in_segment("Largest")'), ['three'])
    const again = await post(c.root, 'records/deal/bulk', { ids, set: { segments: { add: [c.list] } } })
    assert.equal(again.changed, 0)
    const out = await post(c.root, 'records/deal/bulk', { where: 'in_segment("Picked") and amount < 1000', set: { segments: { remove: [c.list] } } })
    assert.equal(out.changed, 1)
    assert.deepEqual(await names(c.root, 'in_segment("Picked")'), ['three'])
    for (const { changeset, left } of [{ changeset: out.changeset, left: ['one', 'three'] }, { changeset: put.changeset, left: [] }]) {
      await c.root.expect(200, 'POST', `changesets/${changeset}/undo`)
      assert.deepEqual(await names(c.root, 'in_segment("Picked")'), left)
    }
  })

  test('what is not there, is not one, or goes in circles is refused', async () => {
    await refused(c.root, 'in_segment("Nobody")', 'kept_unknown')
    await refused(c.root, 'in_segment(name)', 'kept_name')
    await c.root.refused(400, 'kept_unknown', 'GET', `records/organization?${new URLSearchParams({ where: 'in_segment("Largest")' })}`)
    const twin = await c.root.create('segment', { name: 'Twin', entity: 'deal', filter: 'in_segment("Circle")' })
    await c.root.create('segment', { name: 'Circle', entity: 'deal', filter: 'amount > 1 and in_segment("Twin")' })
    await refused(c.root, 'in_segment("Twin")', 'too_deep')
    await c.root.patch('segment', twin.id, { name: 'Circle' })
    await refused(c.root, 'in_segment("Circle")', 'kept_several')
    const broken = await c.root.create('segment', { name: 'Broken', entity: 'deal', filter: 'amont > 1' })
    const { body } = await c.root.request('GET', `records/deal?${new URLSearchParams({ where: 'in_segment("Broken")' })}`)
    assert.deepEqual([body.code, body.where], ['unknown_field', 'in_segment("Broken")'])
    await c.root.expect(204, 'DELETE', `records/segment/${broken.id}`)
    await refused(c.root, 'in_segment("Broken")', 'kept_unknown')
    await c.root.create('segment', { name: 'List of users', entity: 'user' })
    await c.root.refused(400, 'kept_unknown', 'GET', `records/user?${new URLSearchParams({ where: 'in_segment("List of users")' })}`)
  })

  test('a segment that the caller may not read does not exist; its filter sees what the caller sees', async () => {
    await c.ann.create('deal', { name: 'of ann', amount: usd('9000') })
    await c.ann.create('segment', { name: 'Of ann', entity: 'deal', filter: 'amount > 1' })
    assert.deepEqual(await names(c.ann, 'in_segment("Of ann")'), ['of ann'])
    assert.deepEqual(await names(c.mara, 'in_segment("Of ann")'), ['of ann', 'one', 'three', 'two'])
    const answer = async (client, name) => {
      const { status, body } = await client.request('GET', `records/deal?${new URLSearchParams({ where: `in_segment("${name}")` })}`)
      return [status, body.code, body.detail.replaceAll(name, '*')]
    }
    assert.deepEqual(await answer(c.bob, 'Of ann'), await answer(c.bob, 'Of nobody'))
    assert.deepEqual(await answer(c.lis, 'Of ann'), await answer(c.lis, 'Of nobody'))
    assert.equal((await answer(c.bea, 'Of ann'))[1], 'unknown_field')
    await refused(c.bea, 'in_segment("Picked")', 'unknown_field')
    await refused(c.bea, 'in_segment("Largest") or true', 'unknown_field')
    await c.bea.refused(400, 'unknown_field', 'POST', 'query', { body: { from: 'deal', where: 'in_segment("Of ann")', measures: { all: 'count()' } } })
  })
})
