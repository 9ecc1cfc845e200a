// A database taken back to a moment by its own log: after changes of every kind it is, table by
// table, what a backup of that moment holds.
import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { engines, onEngines } from '../support/perigee.mjs'
import { emptyPlace, exportsOf, run, tablesOf } from './support/backup.mjs'

/** Tables that are not of the moment: marks of the restore, what was given out, who came in, how far deliveries had come. */
const ASIDE = ['sys_meta', 'sys_sequence', 'sys_token', 'sys_sign_in', 'sys_schedule', 'sys_state', 'sys_migration', 'sys_idempotency', 'sys_cursor']
const ofMoment = (tables) => Object.fromEntries(Object.entries(tables).filter(([name]) => !ASIDE.includes(name)))

/** The next changes bear a later moment than all so far, and what jobs do of those is among them. */
async function passMoment(admin) {
  await admin.settled()
  const { at } = (await admin.get('changesets', { limit: '1' })).records[0]
  while (Date.now() <= Date.parse(at) + 1) await turn()
  return at
}

const undo = (c, reply) => c.admin.expect(200, 'POST', `changesets/${reply}/undo`)
async function write(c, method, path, body) {
  const reply = await c.admin.request(method, path, { body })
  assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`)
  return { record: reply.body, changeset: reply.headers.get('perigee-changeset') }
}

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['demo', '--size', '12', '--seed', '3'])
  await c.perigee.serve()
  c.token = c.perigee.token('root')
  c.admin = c.perigee.client(c.token)
  c.money = (amount) => ({ amount, currency: 'USD' })
  const stages = (await c.admin.all('stage', { fields: 'name,pipeline.entity,kind,position' })).filter((one) => one['pipeline.entity'] === 'deal')
  c.stages = stages.sort((a, b) => a.position - b.position).map((one) => one.id)
}

/** What stands at the moment. */
async function before(c) {
  const f = {}
  f.first = (await write(c, 'POST', 'records/organization', { name: 'First', external_id: 'key-1', employees: 1, emails: [{ value: 'one@example.org', label: 'work' }, { value: 'two@example.org' }] })).record
  f.second = (await write(c, 'POST', 'records/organization', { name: 'Second', external_id: 'key-2', annual_revenue: c.money('10.50') })).record
  f.trashed = (await write(c, 'POST', 'records/organization', { name: 'In the trash' })).record
  await write(c, 'DELETE', `records/organization/${f.trashed.id}`)
  f.person = (await write(c, 'POST', 'records/contact', { last_name: 'Person', organizations: [{ id: f.first.id }], organization: f.first.id })).record
  f.deal = (await write(c, 'POST', 'records/deal', { name: 'Deal', organization: f.first.id, stage: c.stages[0], lines: [{ name: 'A', quantity: '2', price: c.money('10') }, { name: 'B', quantity: '1', price: c.money('5') }] })).record
  f.move = await write(c, 'PATCH', `records/deal/${f.deal.id}`, { stage: c.stages[1] })
  f.change = await write(c, 'PATCH', `records/organization/${f.first.id}`, { employees: 7 })
  const undone = await undo(c, f.change.changeset)
  f.undone = undone.changeset.id
  f.purged = (await write(c, 'POST', 'records/organization', { name: 'To be purged', emails: [{ value: 'gone@example.org' }], description: 'all of it' })).record
  f.task = (await write(c, 'POST', 'records/activity', { kind: 'task', subject: 'Call', about: { entity: 'deal', id: f.deal.id } })).record
  return f
}

/** Changes of every kind, later. */
async function later(c, f) {
  await write(c, 'PATCH', `records/organization/${f.first.id}`, { external_id: null, employees: 99, name: 'First, renamed', emails: [{ value: 'two@example.org', primary: true }] })
  await write(c, 'PATCH', `records/organization/${f.second.id}`, { external_id: 'key-1', annual_revenue: c.money('99') })
  await write(c, 'PATCH', `records/organization/${f.first.id}`, { external_id: 'key-2' })
  await write(c, 'POST', `records/organization/${f.trashed.id}/restore`)
  await write(c, 'DELETE', `records/contact/${f.person.id}`)
  await write(c, 'DELETE', `records/organization/${f.purged.id}`)
  await write(c, 'DELETE', `records/organization/${f.purged.id}?purge=1`)
  await undo(c, f.move.changeset)
  await undo(c, f.undone)
  const made = await write(c, 'POST', 'records/deal', { name: 'Later', organization: f.second.id, stage: c.stages[2], lines: [{ name: 'C', quantity: '1', price: c.money('1000') }] })
  await write(c, 'PATCH', `records/deal/${f.deal.id}`, { stage: c.stages[3], lines: [{ id: f.deal.lines[0].id, quantity: '30' }] })
  await undo(c, made.changeset)
  await write(c, 'PATCH', `records/activity/${f.task.id}`, { subject: 'Called', done_at: '2026-01-02T03:04:05Z' })
  c.perigee.cli(['user', 'add', 'latecomer', '--role', 'sales'])
  c.perigee.token('latecomer')
  const [user] = (await c.admin.get('records/user', { where: "login == 'latecomer'" })).records
  await write(c, 'PATCH', `records/deal/${f.deal.id}`, { owner: user.id })
  await write(c, 'POST', 'records/tag', { name: 'late tag' })
  await c.admin.expect(200, 'POST', 'records/organization/bulk', { body: { where: 'employees ~= nil', set: { employees: 5 } } })
  await write(c, 'POST', 'batch', { operations: [{ op: 'create', entity: 'organization', set: { name: 'In a batch', source: 'a new source' } }] })
}

onEngines('restore --at', {}, open, (test, c) => {
  test('gives what a backup of that moment holds', async () => {
    const f = await before(c)
    const at = await passMoment(c.admin)
    const entities = (await c.admin.get('meta')).entities.map((one) => one.name).filter((name) => run(['export', name, '--data', c.perigee.data]).status === 0)
    const [wanted, tables] = [exportsOf(c.perigee, entities), tablesOf(c.perigee)]
    const { seq } = (await c.admin.get('changesets', { limit: '1' })).records[0]
    await later(c, f)
    const file = join(c.perigee.folder, 'later.backup')
    c.perigee.cli(['backup', file])
    for (const engine of engines) {
      const place = emptyPlace(engine)
      if (!place) continue
      try {
        const restored = run(['restore', file, '--at', at, '--json', ...place.where])
        assert.equal(restored.status, 0, restored.stderr)
        assert.equal(restored.json.at, at)
        assert.equal(restored.json.seq, Number(seq))
        assert.ok(restored.json.taken_back >= 15, `${restored.json.taken_back} changesets`)
        assert.equal(restored.json.left, 0)
        assert.equal(restored.json.outbound, 'held')
        const found = exportsOf(place, entities)
        for (const name of entities) assert.deepEqual(found[name].split('\n'), wanted[name].split('\n'), name)
        assert.deepEqual(ofMoment(tablesOf(place).tables), ofMoment(tables.tables))
        const check = run(['check', '--data', place.data])
        assert.equal(check.status, 0, check.stdout + check.stderr)
        await place.serve()
        const there = place.client(c.token)
        assert.deepEqual((await there.get('search', { q: 'renamed' })).results, [])
        assert.equal((await there.get('search', { q: 'purged' })).results[0].id, f.purged.id)
        const next = await there.request('POST', 'records/organization', { body: { name: 'Goes on' } })
        assert.equal(next.status, 201, next.text)
        assert.equal(Number((await there.get('changesets', { limit: '1' })).records[0].seq), Number(seq) + 1)
      } finally {
        await place.close()
      }
    }
    rmSync(file)
  })

  test('only within what the log knows, and says what it did', async () => {
    const file = join(c.perigee.folder, 'refused.backup')
    await c.admin.settled()
    c.perigee.cli(['backup', file])
    const place = emptyPlace('sqlite')
    const refuse = (at, status, text) => {
      const done = run(['restore', file, '--at', at, '--data', place.data])
      assert.equal(done.status, status, done.stderr)
      assert.match(done.stderr, text)
      return done.stderr.match(text)
    }
    try {
      refuse('yesterday', 2, /not a moment/)
      refuse('2999-01-01T00:00:00Z', 1, /was taken at 20/)
      assert.ok(!existsSync(place.data), 'nothing is made')
      refuse('2001-01-01T00:00:00Z', 1, /does not reach back/)
      const [, at] = refuse('2999-01-01T00:00:00Z', 1, /was taken at (20\S+):/)
      const done = run(['restore', file, '--at', at, '--data', place.data])
      assert.equal(done.status, 0, done.stderr)
      assert.match(done.stdout, /Taken back to 20.*: 0 changesets/)
      assert.match(done.stdout, /Outbound jobs are held/)
      assert.equal(run(['check', '--data', place.data]).status, 0)
    } finally {
      await place.close()
    }
  })
})
