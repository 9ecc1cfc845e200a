// Undo through the door: of updates, links, deletions, stage moves, imports and of undo itself, with a
// later edit in between; the list of changesets.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'ann', '--role', 'sales', '--team', 'North'])
  c.perigee.cli(['user', 'add', 'bob', '--role', 'reader'])
  await c.perigee.serve()
  for (const [name, login] of [['admin', 'root'], ['ann', 'ann'], ['bob', 'bob']]) c[name] = c.perigee.client(c.perigee.token(login))
  c.write = async (method, path, body) => {
    const reply = await c.admin.request(method, path, { body })
    assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`)
    assert.match(reply.headers.get('perigee-changeset'), /^\d+$/)
    return { changeset: reply.headers.get('perigee-changeset'), record: reply.body }
  }
  c.undo = (changeset) => c.admin.expect(200, 'POST', `changesets/${changeset}/undo`)
  c.read = (entity, id, fields) => c.admin.get(`records/${entity}/${id}`, fields ? { fields } : {})
  c.newest = async () => (await c.admin.get('changesets', { limit: '1' })).records[0]
  c.stages = Object.fromEntries((await c.admin.get('records/stage', { where: 'pipeline.name == "Sales"' })).records.map((s) => [s.name, s.id]))
}

onEngines('undo', {}, open, (test, c) => {
  test('the list of changesets has the shape of the contract', async () => {
    const { changeset, record } = await c.write('POST', 'records/organization', { name: 'Listed' })
    const [entry] = (await c.admin.get('changesets', { limit: '1' })).records
    assert.equal(entry.id, changeset)
    for (const key of ['id', 'seq', 'at', 'actor', 'door', 'cause', 'note', 'reverts', 'changes']) assert.ok(key in entry, key)
    assert.equal(typeof entry.seq, 'number')
    assert.equal(entry.door, 'rest')
    assert.equal(entry.actor.title, 'root')
    assert.equal(entry.changes, 1)
    assert.equal(entry.reverts, null)
    const page = await c.admin.get('changesets', { limit: '2' })
    const rest = await c.admin.get('changesets', { limit: '2', after: page.next })
    assert.ok(page.records.at(-1).seq > rest.records[0].seq)
    assert.ok(!(await c.ann.get('changesets')).records.some((r) => r.id === changeset), 'no readable change, not listed')
    await c.ann.refused(404, null, 'POST', `changesets/${changeset}/undo`)
    assert.equal((await c.read('organization', record.id)).name, 'Listed')
    assert.ok((await c.bob.get('changesets')).records.some((r) => r.id === changeset), 'a reader reads all')
    const refused = await c.bob.request('POST', `changesets/${changeset}/undo`)
    assert.equal(refused.status, 403, refused.text)
    assert.equal((await c.read('organization', record.id)).deleted_at, null)
  })

  test('of an update, a second time and again', async () => {
    const { record } = await c.write('POST', 'records/organization', { name: 'Before', employees: 5 })
    const change = await c.write('PATCH', `records/organization/${record.id}`, { name: 'After', employees: 6 })
    const undone = await c.undo(change.changeset)
    assert.ok(undone.changeset.id)
    assert.deepEqual(undone.conflicts, [])
    let now = await c.read('organization', record.id)
    assert.deepEqual([now.name, now.employees], ['Before', 5])
    const entry = await c.newest()
    assert.equal(entry.id, undone.changeset.id)
    assert.equal(entry.reverts, change.changeset)
    await c.admin.refused(409, 'already_undone', 'POST', `changesets/${change.changeset}/undo`)
    const redone = await c.undo(undone.changeset.id)
    now = await c.read('organization', record.id)
    assert.deepEqual([now.name, now.employees], ['After', 6])
    assert.deepEqual(redone.conflicts, [])
    await c.undo(change.changeset)
    assert.equal((await c.read('organization', record.id)).name, 'Before')
  })

  test('of an update with a later edit: what was edited since stays and is told', async () => {
    const { record } = await c.write('POST', 'records/organization', { name: 'One', employees: 1 })
    const change = await c.write('PATCH', `records/organization/${record.id}`, { name: 'Two', employees: 2 })
    await c.write('PATCH', `records/organization/${record.id}`, { name: 'Three' })
    const { conflicts, changeset } = await c.undo(change.changeset)
    assert.deepEqual(conflicts, [{ entity: 'organization', id: record.id, field: 'name', expected: 'Two', found: 'Three' }])
    assert.ok(changeset.id)
    const now = await c.read('organization', record.id)
    assert.deepEqual([now.name, now.employees], ['Three', 1])
  })

  test('of a create: to the trash, unless something living refers to it', async () => {
    const one = await c.write('POST', 'records/organization', { name: 'Lonely' })
    await c.undo(one.changeset)
    assert.ok((await c.read('organization', one.record.id)).deleted_at)
    const two = await c.write('POST', 'records/organization', { name: 'Needed' })
    await c.write('POST', 'records/deal', { name: 'Needs it', organization: two.record.id })
    const { conflicts } = await c.undo(two.changeset)
    assert.equal(conflicts.length, 1)
    assert.equal(conflicts[0].id, two.record.id)
    assert.equal((await c.read('organization', two.record.id)).deleted_at, null)
  })

  test('of a deletion, and of its undo', async () => {
    const { record } = await c.write('POST', 'records/deal', { name: 'Trashed', lines: [{ name: 'L', quantity: '1', price: { amount: '7', currency: 'USD' } }] })
    const change = await c.write('DELETE', `records/deal/${record.id}`)
    const undone = await c.undo(change.changeset)
    const now = await c.read('deal', record.id)
    assert.equal(now.deleted_at, null)
    assert.equal(now.lines.length, 1)
    assert.deepEqual(now.lines_total, { amount: '7.00', currency: 'USD' })
    await c.undo(undone.changeset.id)
    assert.ok((await c.read('deal', record.id)).deleted_at)
  })

  test('of links, with another link made since', async () => {
    const { record: deal } = await c.write('POST', 'records/deal', { name: 'Linked' })
    const people = []
    for (const last_name of ['Adams', 'Brown', 'Clark']) people.push((await c.write('POST', 'records/contact', { last_name })).record.id)
    const link = await c.write('PATCH', `records/deal/${deal.id}`, { contacts: [{ id: people[0], role: 'payer' }, { id: people[1] }] })
    await c.write('PATCH', `records/deal/${deal.id}`, { contacts: { add: [{ id: people[2] }] } })
    await c.undo(link.changeset)
    assert.deepEqual((await c.read('deal', deal.id)).contacts.map((x) => x.id), [people[2]])
    const tag = (await c.write('POST', 'records/tag', { name: 'undo me' })).record
    const tagging = await c.write('POST', `records/deal/${deal.id}/tags`, { add: [tag.id] })
    await c.undo(tagging.changeset)
    assert.deepEqual((await c.read('deal', deal.id)).tags, [])
    const emails = await c.write('PATCH', `records/contact/${people[0]}`, { emails: [{ value: 'a@b.example' }] })
    await c.undo(emails.changeset)
    assert.deepEqual((await c.read('contact', people[0])).emails, [])
  })

  test('of lines of a deal', async () => {
    const { record: deal } = await c.write('POST', 'records/deal', { name: 'Lines', lines: [{ name: 'A', quantity: '1', price: { amount: '10', currency: 'USD' } }] })
    const change = await c.write('PATCH', `records/deal/${deal.id}`, { lines: [{ id: deal.lines[0].id, quantity: '3' }, { name: 'B', quantity: '1', price: { amount: '5', currency: 'USD' } }] })
    const changed = await c.read('deal', deal.id)
    assert.deepEqual(changed.lines_total, { amount: '35.00', currency: 'USD' })
    assert.deepEqual((await c.undo(change.changeset)).conflicts, [])
    const now = await c.read('deal', deal.id)
    assert.deepEqual(now.lines.map((l) => [l.name, Number(l.quantity)]), [['A', 1]])
    assert.deepEqual(now.lines_total, { amount: '10.00', currency: 'USD' })
  })

  test('of a stage move: the reverse move is appended; with a later move it is a conflict', async () => {
    const { record: deal } = await c.write('POST', 'records/deal', { name: 'Moved' })
    const move = await c.write('PATCH', `records/deal/${deal.id}`, { stage: c.stages.Won })
    assert.ok((await c.read('deal', deal.id)).closed_on)
    assert.deepEqual((await c.undo(move.changeset)).conflicts, [])
    const now = await c.read('deal', deal.id)
    assert.deepEqual([now.stage.title, now.closed_on, now.probability], ['Prospecting', null, 10])
    const moves = await c.admin.all('stage_change', { where: `record == "${deal.id}"`, sort: 'at,id' })
    assert.ok(moves.length >= 2)
    assert.equal(moves.at(-1).to.title, 'Prospecting')
    const first = await c.write('PATCH', `records/deal/${deal.id}`, { stage: c.stages.Qualified })
    await c.write('PATCH', `records/deal/${deal.id}`, { stage: c.stages.Proposal })
    const { conflicts } = await c.undo(first.changeset)
    assert.ok(conflicts.some((x) => x.field === 'stage'), JSON.stringify(conflicts))
    assert.equal((await c.read('deal', deal.id)).stage.title, 'Proposal')
  })

  test('of an import, with a later edit in between', async () => {
    const file = join(c.perigee.folder, 'orgs.csv')
    writeFileSync(file, `name,employees,external_id\n${Array.from({ length: 30 }, (_, i) => `Imported ${i},${i},imp-${i}`).join('\n')}\n`)
    const before = (await c.admin.get('records/organization', { count: 'exact', limit: '1' })).total.value
    const first = c.perigee.json(['import', 'organization', file, '--key', 'external_id'])
    assert.deepEqual([first.created, first.updated, first.rejected], [30, 0, 0])
    const entry = await c.newest()
    assert.equal(entry.id, first.changeset)
    assert.equal(entry.door, 'import')
    assert.ok(entry.changes >= 30)
    const again = c.perigee.json(['import', 'organization', file, '--key', 'external_id'])
    assert.deepEqual([again.created, again.updated, again.skipped, again.changeset], [0, 0, 30, null])
    assert.equal((await c.newest()).id, first.changeset)
    const find = async (key) => (await c.admin.get('records/organization', { where: `external_id == "${key}"` })).records[0]
    const kept = await find('imp-7')
    await c.write('POST', 'records/deal', { name: 'Holds on', organization: kept.id })
    writeFileSync(file, 'name,employees,external_id\nImported 3,300,imp-3\nImported 4,400,imp-4\n')
    const second = c.perigee.json(['import', 'organization', file, '--key', 'external_id'])
    assert.deepEqual([second.created, second.updated], [0, 2])
    await c.write('PATCH', `records/organization/${(await find('imp-4')).id}`, { employees: 4444 })
    const { conflicts } = await c.undo(second.changeset)
    assert.deepEqual(conflicts.map((x) => [x.field, x.expected, x.found]), [['employees', 400, 4444]])
    assert.equal((await find('imp-3')).employees, 3)
    const undone = await c.undo(first.changeset)
    assert.ok(undone.conflicts.some((x) => x.id === kept.id))
    assert.equal((await find('imp-7')).id, kept.id)
    assert.ok((await c.admin.get('records/organization', { count: 'exact', limit: '1' })).total.value <= before + 2)
  })

  test('needs the right to change each record, and changes nothing without it', async () => {
    const mine = await c.ann.request('POST', 'records/organization', { body: { name: 'Of Ann' } })
    const own = await c.ann.request('PATCH', `records/organization/${mine.body.id}`, { body: { employees: 3 } })
    assert.equal((await c.ann.expect(200, 'POST', `changesets/${own.headers.get('perigee-changeset')}/undo`)).conflicts.length, 0)
    const other = await c.write('POST', 'records/organization', { name: 'Of root' })
    const both = await c.write('POST', 'batch', {
      operations: [{ op: 'update', entity: 'organization', id: mine.body.id, set: { employees: 9 } }, { op: 'update', entity: 'organization', id: other.record.id, set: { employees: 9 } }],
    })
    const reply = await c.ann.request('POST', `changesets/${both.changeset}/undo`)
    assert.ok([403, 404].includes(reply.status), `${reply.status} ${reply.text}`)
    assert.ok(!reply.text.includes(other.record.id) && !reply.text.includes('Of root'))
    assert.equal((await c.read('organization', mine.body.id)).employees, 9)
  })
})
