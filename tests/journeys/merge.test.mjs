// Merging: a merge loses nothing, its undo puts everything back exactly, a link to what was merged leads
// to the record that stayed.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const definitions = `
entity "parcel" {
  label = "Parcel", title = "name",
  fields = {
    name = text { required = true },
    code = text { unique = true },
    lines = children "parcel_line" { by = "parcel" },
    weight = rollup { of = "parcel_line", by = "parcel", value = "sum(kilos)" },
    kind = choices "source",
  },
}
entity "parcel_line" { label = "Line", title = "name", fields = { parcel = ref "parcel", name = text {}, kilos = integer {} } }
entity "stamp" { label = "Stamp", title = "name", fields = {
  name = text {}, parcel = ref "parcel" { on_delete = "refuse" }, gone = ref "parcel" { on_delete = "with" }, emptied = ref "parcel" { on_delete = "clear" }, kept = ref "parcel" { read_only = false },
  on = ref_any {}, many = links "parcel" { fields = { note = text {} } },
} }
role "merger" { permissions = { "undo" }, entities = {
  contact = { read = true, create = true, update = "owner == me()", delete = "owner == me()" },
  organization = { read = true, create = true, update = true, delete = true, hidden = { "legal_name" } },
} }
`
const kinds = ['organization', 'contact', 'deal', 'lead', 'activity', 'comment', 'file', 'parcel', 'parcel_line', 'stamp', 'tag', 'user']
const volatile = new Set(['version', 'updated_at', 'updated_by'])

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'mia', '--role', 'merger'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.mia = c.perigee.client(c.perigee.token('mia'))
  /** Everything there is, with lists of the records' own; but for what every write changes. */
  c.all = async () => {
    const all = {}
    for (const kind of kinds) {
      for (const record of await c.root.all(kind, { trash: 'with' })) {
        all[`${kind} ${record.id}`] = record
      }
    }
    return JSON.parse(JSON.stringify(all, (key, value) => (volatile.has(key) ? undefined : value)))
  }
  c.merge = (kind, ids, merge, client = c.root, status = 200) => client.expect(status, 'POST', `records/${kind}/bulk`, { body: { ids, merge } })
  c.last = async () => (await c.root.get('changesets', { limit: 1 })).records[0]
  c.undo = async () => (await c.root.expect(200, 'POST', `changesets/${(await c.last()).id}/undo`)).conflicts
}

onEngines('merge', { definitions: { 'sales/entities/parcel.lua': definitions } }, open, (test, c) => {
  test('every kind of link moves, and the undo leaves everything exactly as it was', async () => {
    const { root } = c
    const stay = await root.create('organization', { name: 'Stay', emails: [{ value: 'a@stay.example', label: 'work' }], phones: [{ value: '+79120000001' }] })
    const lost = await root.create('organization', { name: 'Lost', legal_name: 'Lost Inc', tax_id: '123456789', emails: [{ value: 'A@STAY.example' }, { value: 'b@lost.example' }], external_id: 'ext-1', employees: 7, annual_revenue: { amount: '10.50', currency: 'USD' } })
    const third = await root.create('organization', { name: 'Third', phones: [{ value: '8 912 000-00-01' }, { value: '+44 20 7946 0958' }], parent: lost.id, employees: 9 })
    await root.patch('organization', lost.id, { parent: stay.id })
    const person = await root.create('contact', { last_name: 'Links', organization: lost.id, organizations: [{ id: lost.id, role: 'payer', started_on: '2020-01-02' }, { id: stay.id, role: 'user' }] })
    const other = await root.create('contact', { last_name: 'Only', organizations: [{ id: third.id, role: 'decision_maker', department: 'North' }] })
    const deal = await root.create('deal', { name: 'Deal', organization: lost.id, competitor: third.id })
    const call = await root.create('activity', { subject: 'Call', kind: 'call', about: { entity: 'organization', id: lost.id }, organization: lost.id })
    const gone = await root.create('activity', { subject: 'Trashed', about: { entity: 'organization', id: lost.id } })
    await root.expect(204, 'DELETE', `records/activity/${gone.id}`)
    const said = await root.expect(201, 'POST', `records/organization/${lost.id}/comments`, { body: { body: 'said' } })
    const file = await root.expect(201, 'POST', `files?name=a.txt&about=organization:${third.id}`, { body: 'bytes', headers: { 'Content-Type': 'text/plain' } })
    const tag = await root.create('tag', { name: 'red' })
    await root.expect(200, 'POST', `records/organization/${third.id}/tags`, { body: { add: [tag.id] } })
    await root.expect(200, 'POST', `records/organization/${lost.id}/followers`)
    const before = await c.all()

    const merged = await c.merge('organization', [stay.id, lost.id, third.id], { into: stay.id, from: { name: third.id }, set: { description: 'of three' } })
    assert.deepEqual([merged.name, merged.legal_name, merged.tax_id, merged.external_id, merged.employees, merged.annual_revenue.amount, merged.description, merged.parent], ['Third', 'Lost Inc', '123456789', 'ext-1', 7, '10.50', 'of three', null])
    assert.deepEqual(merged.emails.map((it) => [it.value, it.primary]), [['a@stay.example', true], ['b@lost.example', false]])
    assert.deepEqual(merged.phones.map((it) => it.value), ['+79120000001', '+44 20 7946 0958'])
    assert.deepEqual([merged.tags.map((it) => it.id), merged.followers.length], [[tag.id], 1])
    const now = async (kind, id) => await root.get(`records/${kind}/${id}`)
    const linked = await now('contact', person.id)
    assert.deepEqual([linked.organization.id, linked.organizations.map((it) => it.id)], [stay.id, [stay.id]])
    assert.deepEqual((await now('contact', other.id)).organizations.map((it) => [it.id, it.role, it.department]), [[stay.id, 'decision_maker', 'North']])
    const sold = await now('deal', deal.id)
    assert.deepEqual([sold.organization.id, sold.competitor.id], [stay.id, stay.id])
    const called = await now('activity', call.id)
    assert.deepEqual([called.about.id, called.organization.id], [stay.id, stay.id])
    assert.equal((await now('comment', said.id)).about.id, stay.id)
    assert.equal((await now('file', file.id)).about.id, stay.id)

    const trashed = await now('organization', lost.id)
    assert.ok(trashed.deleted_at)
    assert.deepEqual(trashed.merged_into, { id: stay.id, title: 'Third' })
    const cause = (await root.get(`records/organization/${stay.id}/changes`)).records[0].cause
    assert.equal(cause, `merge ${stay.id}`)
    assert.equal((await c.last()).changes >= 8, true)

    assert.deepEqual(await c.undo(), [])
    assert.deepEqual(await c.all(), before)
    assert.equal((await now('organization', lost.id)).merged_into, undefined)
  })

  test('children, unique keys and what would go along', async () => {
    const { root } = c
    const one = await root.create('parcel', { name: 'One', kind: ['call'], lines: [{ name: 'a', kilos: 3 }] })
    const two = await root.create('parcel', { name: 'Two', code: 'K-2', kind: ['website', 'call'], lines: [{ name: 'b', kilos: 4 }, { name: 'c', kilos: 5 }] })
    const stamp = await root.create('stamp', { name: 's', parcel: two.id, gone: two.id, emptied: two.id, kept: two.id, on: { entity: 'parcel', id: two.id }, many: [{ id: two.id, note: 'n' }] })
    const before = await c.all()
    const merged = await c.merge('parcel', [two.id, one.id], { into: one.id })
    assert.deepEqual([merged.code, merged.weight, merged.kind, merged.lines.map((it) => it.name).sort()], ['K-2', 12, ['call', 'website'], ['a', 'b', 'c']])
    const held = await root.get(`records/stamp/${stamp.id}`)
    assert.deepEqual([held.parcel.id, held.gone.id, held.emptied.id, held.kept.id, held.on.id, held.many.map((it) => [it.id, it.note]), held.deleted_at], [one.id, one.id, one.id, one.id, one.id, [[one.id, 'n']], null])
    assert.deepEqual(await c.undo(), [])
    assert.deepEqual(await c.all(), before)
    // A merge that was undone can be undone again, which is the merge.
    assert.deepEqual(await c.undo(), [])
    assert.equal((await root.get(`records/parcel/${one.id}`)).weight, 12)
    assert.equal((await root.get(`records/parcel/${two.id}`)).merged_into.id, one.id)
    assert.deepEqual(await c.undo(), [])
    assert.deepEqual(await c.all(), before)
  })

  test('nothing but its name is left of a record without anything; a chain of merges leads to its end', async () => {
    const { root } = c
    const [a, b, d] = [await root.create('parcel', { name: 'A' }), await root.create('parcel', { name: 'B' }), await root.create('parcel', { name: 'D' })]
    await c.merge('parcel', [a.id, b.id], { into: b.id })
    assert.equal((await root.get(`records/parcel/${b.id}/changes`)).records[0].cause, `merge ${b.id}`)
    await c.merge('parcel', [b.id, d.id], { into: d.id })
    assert.equal((await root.get(`records/parcel/${a.id}`)).merged_into.id, d.id)
    await root.expect(200, 'POST', `records/parcel/${a.id}/restore`)
    await root.expect(204, 'DELETE', `records/parcel/${a.id}`)
    assert.equal((await root.get(`records/parcel/${a.id}`)).merged_into, undefined)
  })

  test('refusals change nothing: form, rules, rights', async () => {
    const { root, mia } = c
    const ids = []
    for (const name of ['x', 'y']) ids.push((await root.create('contact', { last_name: name })).id)
    const own = (await mia.create('contact', { last_name: 'own' })).id
    const twin = (await mia.create('contact', { last_name: 'twin' })).id
    const call = await root.create('activity', { subject: 'Of somebody else', about: { entity: 'contact', id: twin } })
    const before = await c.all()
    for (const merge of [{}, { into: '17' }, { into: ids[0], other: 1 }, { into: ids[0], from: [] }, { into: ids[0], from: { nothing: ids[1] } }, { into: ids[0], from: { last_name: '17' } }, { into: ids[0], from: { name: ids[1] } }]) {
      const reply = await root.request('POST', 'records/contact/bulk', { body: { ids, merge } })
      assert.ok([400, 422].includes(reply.status), `${JSON.stringify(merge)}: ${reply.status}`)
    }
    await c.merge('contact', [ids[0], '2200000000000000000'], { into: ids[0] }, root, 404)
    await c.merge('contact', ids, { into: ids[0], set: { birthday: '2999-01-01' } }, root, 422)
    await c.merge('contact', [ids[0], own], { into: own }, mia, 403)
    await c.merge('contact', [ids[0], own], { into: ids[0] }, mia, 403)
    assert.deepEqual(await c.all(), before)
    // The activity is not Mia's to change, and yet it is about the person who is one now.
    await c.merge('contact', [own, twin], { into: own }, mia)
    assert.equal((await root.get(`records/activity/${call.id}`)).about.id, own)
    await mia.expect(200, 'POST', `changesets/${(await c.last()).id}/undo`)
    assert.deepEqual(await c.all(), before)
  })

  test('what is hidden from who merges stays where it is and is told to nobody', async () => {
    const { root, mia } = c
    const one = await root.create('organization', { name: 'Hidden one' })
    const two = await root.create('organization', { name: 'Hidden two', legal_name: 'canary' })
    const merged = await c.merge('organization', [one.id, two.id], { into: one.id }, mia)
    assert.ok(!JSON.stringify(merged).includes('canary'))
    await c.merge('organization', [one.id, one.id], { into: one.id, from: { legal_name: one.id } }, mia, 400)
    assert.equal((await root.get(`records/organization/${two.id}`)).legal_name, 'canary')
  })
})
