// A script, or a new version of it, tried on a record, on an event, on a period, as an action and on
// its schedule: what it would write is told as differences, and nothing is written. REST and command line.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const live = `after("organization.created", { when = "employees ~= nil" }, function(event)
  crm.update(event.record, { annual_revenue = { amount = event.after.employees * 1000, currency = "USD" } })
end)
`
const next = `before("organization", function(organization)
  if organization.employees == 13 then crm.refuse("employees", "unlucky") end
  if organization.name == "shout" then organization.name = "SHOUT" end
end)
after("organization.created", { when = "employees ~= nil" }, function(event)
  crm.update(event.record, { annual_revenue = { amount = event.after.employees * 2000, currency = "USD" } })
  crm.create("activity", { subject = "Visit " .. event.record.name, kind = "task", about = event.record })
  crm.emit("counted", { n = 1 })
end)
after("organization.updated", function() error("never mind") end)
schedule("0 9 * * *", function() crm.create("activity", { subject = "Morning", kind = "task" }) end)
action("organization", "grow", { label = "Grow" }, function(list, form)
  for _, it in ipairs(list) do crm.update(it, { employees = form.to or 1 }) end
end)
`

const open = async (c) => {
  const folder = join(c.perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'revenue.lua'), live, { mode: 0o600 })
  c.file = join(c.perigee.folder, 'revenue.lua')
  writeFileSync(c.file, next)
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'bob', '--role', 'reader'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.bob = c.perigee.client(c.perigee.token('bob'))
  c.until = async (ask) => {
    for (;;) {
      const found = await ask()
      if (found) return found
    }
  }
  c.made = []
  for (const employees of [5, 13, null]) c.made.push((await c.admin.expect(201, 'POST', 'records/organization', { body: { name: `Acme ${employees}`, employees } })).id)
  await c.until(async () => (await c.admin.get('runs', { script: 'scripts/revenue', outcome: 'ok' })).records.length === 2)
  c.log = async () => (await c.admin.get('changesets', { limit: '1000' })).records
  c.dry = (body) => c.admin.expect(200, 'POST', 'scripts/dry-run', { body })
  c.before = { log: await c.log(), runs: (await c.admin.get('runs')).records.length, activities: (await c.admin.get('records/activity')).records.length }
}

onEngines('dry run', {}, open, (test, c) => {
  test('a period as it is in force: what the live run did', async () => {
    const { runs, next: more, script } = await c.dry({ script: 'scripts/revenue', since: '2020-01-01T00:00:00Z' })
    assert.equal(script, 'scripts/revenue')
    assert.equal(more, null)
    assert.deepEqual(runs.map((run) => [run.event.id, run.outcome, run.kind]), [[c.made[0], 'ok', 'after'], [c.made[1], 'ok', 'after']])
    assert.deepEqual(runs[0].changes, [], 'the record has the value already')
    assert.deepEqual(runs[0].effects.map((e) => [e.verb, e.at]), [['update', 'scripts/revenue.lua:2']])
  })

  test('a new version on the same period: differences per record and field', async () => {
    const { runs, version } = await c.dry({ script: 'scripts/revenue', text: next, since: '2020-01-01T00:00:00Z' })
    assert.match(version, /^[0-9a-f]{12}$/)
    const created = runs.filter((run) => run.event.name === 'organization.created')
    assert.equal(created.length, 2)
    const [update, create] = created[0].changes
    assert.equal(update.op, 'update')
    assert.equal(update.id, c.made[0])
    assert.equal(update.fields.annual_revenue.before.amount, '5000.00')
    assert.equal(update.fields.annual_revenue.after.amount, '10000.00')
    assert.equal(create.op, 'create')
    assert.equal(create.entity, 'activity')
    assert.equal(create.fields.subject.after, 'Visit Acme 5')
    assert.deepEqual(created[0].effects.map((e) => e.verb), ['update', 'create', 'emit'])
    assert.equal(created[1].outcome, 'refused', 'its own before-handler has its part')
    assert.match(created[1].message, /unlucky/)
    const updated = runs.filter((run) => run.event.name === 'organization.updated')
    assert.deepEqual(updated.map((run) => run.outcome), ['error', 'error'])
    assert.match(updated[0].message, /never mind/)
    assert.equal(updated[0].where, 'scripts/revenue.lua:10')
  })

  test('in portions', async () => {
    const first = await c.dry({ script: 'scripts/revenue', since: '2020-01-01T00:00:00Z', limit: 1 })
    assert.equal(first.runs.length, 1)
    assert.ok(first.next > first.runs[0].event.seq)
    const rest = await c.dry({ script: 'scripts/revenue', since: '2020-01-01T00:00:00Z', after: first.next })
    assert.deepEqual(rest.runs.map((run) => run.event.id), [c.made[1]])
    assert.deepEqual((await c.dry({ script: 'scripts/revenue', since: '2100-01-01T00:00:00Z' })).runs, [])
    assert.deepEqual((await c.dry({ script: 'scripts/revenue', since: '2020-01-01T00:00:00Z', until: '2020-02-01T00:00:00Z' })).runs, [])
  })

  test('one event of the log', async () => {
    const [, second] = (await c.dry({ script: 'scripts/revenue', since: '2020-01-01T00:00:00Z' })).runs
    const { runs } = await c.dry({ script: 'scripts/revenue', event: { seq: second.event.seq } })
    assert.deepEqual(runs.map((run) => run.event), [second.event])
    const none = await c.dry({ script: 'scripts/revenue', event: { seq: second.event.seq, position: second.event.position + 1 } })
    assert.deepEqual(none.runs, [])
  })

  test('a record: as if it were saved, and the newest that is heard of it', async () => {
    const record = { entity: 'organization', id: c.made[0] }
    const saved = await c.dry({ script: 'scripts/revenue', text: next, record, fields: { name: 'shout' } })
    assert.deepEqual(saved.runs.map((run) => [run.kind, run.outcome]), [['before', 'ok'], ['after', 'ok'], ['after', 'error']])
    assert.deepEqual(saved.runs[0].changes, [{ op: 'update', entity: 'organization', id: c.made[0], fields: { name: { before: 'Acme 5', after: 'SHOUT' } } }])
    const refused = await c.dry({ script: 'scripts/revenue', text: next, record, fields: { employees: 13 } })
    assert.deepEqual([refused.runs[0].outcome, refused.runs[0].changes], ['refused', []])
  })

  test('an action and a schedule', async () => {
    const grown = await c.dry({ script: 'scripts/revenue', text: next, record: { entity: 'organization', id: c.made[0] }, action: 'grow', form: { to: 77 } })
    assert.deepEqual(grown.runs[0].changes[0].fields, { employees: { before: 5, after: 77 } })
    const morning = await c.dry({ script: 'scripts/revenue', text: next })
    assert.deepEqual(morning.runs.map((run) => [run.kind, run.changes[0].fields.subject.after]), [['schedule', 'Morning']])
    await c.admin.refused(404, null, 'POST', 'scripts/dry-run', { body: { script: 'scripts/revenue', record: { entity: 'organization', id: c.made[0] }, action: 'shrink' } })
  })

  test('handlers that never end share one budget: a request waits for them', async (t) => {
    if (c.engine !== 'sqlite') return t.skip('the engine has no part in it')
    const { runs } = await c.dry({ script: 'scripts/endless', text: Array(3).fill('schedule("0 9 * * *", function() while true do end end)').join('\n') })
    assert.deepEqual(runs.map((run) => run.outcome), ['time', 'time', 'time'])
    const spent = runs.reduce((all, run) => all + run.cpu_us, 0)
    assert.ok(spent < 20e6, `${spent} us of processor time`)
  })

  test('a text that nothing inside its process can end is ended from outside', async (t) => {
    if (c.engine !== 'sqlite') return t.skip('the engine has no part in it')
    const collide = 'local t, m = {}, (1 << 17) - 1\nfor i = 1, 90000 do t[i * m] = true end\nfor i = 1, 90000 do local x = t[i * m] end\n'
    await c.admin.refused(503, null, 'POST', 'scripts/dry-run', { body: { script: 'scripts/endless', text: `${collide}${collide.replaceAll('local t, m =', 't, m =').repeat(20)}` } })
    const { runs } = await c.dry({ script: 'scripts/calm', text: 'schedule("0 9 * * *", function() return ("a"):upper() end)' })
    assert.deepEqual(runs.map((run) => [run.outcome, run.value]), [['ok', 'A']])
  })

  test('a text sees and does what a script in the server does', async () => {
    const text = `schedule("0 9 * * *", function()
  local names, walked = {}, 0
  for _, it in ipairs(crm.query("organization"):sort("name"):rows()) do names[#names + 1] = it.name end
  local seen = crm.query("organization"):where("employees > ?", 4):each(function() walked = walked + 1 end)
  local fine, why = crm.try(function() crm.create("organization", { name = "Never" }) crm.refuse("name", "no") end)
  local made = crm.create("organization", { name = "Made", employees = 3 })
  local known, missing = pcall(function() return crm.get("organization", names and crm.query("organization"):first()).nothing end)
  return { names, walked, seen, fine, why.message, tostring(missing), type(made), crm.query("organization"):measure("n", "count()"):first().n }
end)`
    const { runs } = await c.dry({ script: 'scripts/calm', text })
    const [names, walked, seen, fine, why, missing, made, count] = runs[0].value ?? assert.fail(JSON.stringify(runs))
    assert.deepEqual([names, walked, seen, fine, why, made, count], [['Acme 13', 'Acme 5', 'Acme null'], 2, 2, false, 'no', 'string', 3])
    assert.match(missing, /nothing/)
    assert.deepEqual(runs[0].effects.map((effect) => [effect.verb, effect.at]), [['create', 'scripts/calm.lua:6']])
  })

  test('what does not load or fit is an error with its place', async () => {
    const bad = await c.admin.refused(400, null, 'POST', 'scripts/dry-run', { body: { script: 'scripts/revenue', text: 'after("organization.created", function(' } })
    assert.match(JSON.stringify(bad), /revenue\.lua:1/)
    await c.admin.refused(400, null, 'POST', 'scripts/dry-run', { body: { script: 'scripts/revenue', text: 'after("organisation.created", function() end)' } })
    await c.admin.refused(404, null, 'POST', 'scripts/dry-run', { body: { script: 'scripts/nobody' } })
    await c.admin.refused(400, null, 'POST', 'scripts/dry-run', { body: { script: 'scripts/revenue', record: { entity: 'organization' } } })
    await c.bob.refused(403, null, 'POST', 'scripts/dry-run', { body: { script: 'scripts/revenue' } })
  })

  test('two versions over the same events', async () => {
    const body = { script: 'scripts/revenue', since: '2020-01-01T00:00:00Z', compare: true }
    const same = await c.dry({ ...body, text: `${live}-- the same\n` })
    assert.deepEqual([same.runs, same.differ, same.differences], [2, 0, []])
    assert.notEqual(same.version, same.against)
    const half = live.replace('* 1000', '* (event.after.employees == 5 and 1000 or 500)')
    const other = await c.dry({ ...body, text: half })
    assert.deepEqual([other.runs, other.differ, other.assignments, other.assignments_differ], [2, 1, 1, 1])
    const [difference] = other.differences
    assert.equal(difference.event.id, c.made[1])
    assert.deepEqual(difference.now.changes, [])
    assert.equal(difference.then.changes[0].fields.annual_revenue.after.amount, '6500.00')
    const longer = await c.dry({ ...body, text: `${live}after("organization.created", function(e) crm.update(e.record, { employees = 3 }) end)\n` })
    assert.ok(longer.differences.every((d) => d.now === null), 'handlers that the version in force does not have')
    assert.deepEqual([longer.runs, longer.differ, longer.assignments], [5, 3, 3])
    const fewer = await c.dry({ ...body, text: 'local nothing = 1\n' })
    assert.deepEqual(fewer.differences.map((d) => d.then), [null, null])
    const part = await c.dry({ ...body, text: half, limit: 1 })
    assert.equal(part.runs, 1)
    assert.deepEqual((await c.dry({ ...body, text: half, after: part.next })).differences, other.differences)
    const clock = await c.dry({ ...body, text: `after("organization.created", function(e) crm.log(crm.now() == e.at) end)\n`, compare: false })
    assert.deepEqual(clock.runs.map((run) => run.effects[0].detail), ['true', 'true', 'true'], 'now is then')
    await c.admin.refused(400, null, 'POST', 'scripts/dry-run', { body: { ...body, text: undefined } })
    const said = c.perigee.cli(['script', 'dry-run', c.file, '--since', '2020-01-01T00:00:00Z', '--compare'])
    assert.match(said, /Assignments: \d+, of which differ: \d+\. Nothing was written\./)
  })

  test('the command line', async () => {
    const period = c.perigee.json(['script', 'dry-run', c.file, '--since', '2020-01-01T00:00:00Z'])
    assert.equal(period.script, 'scripts/revenue')
    assert.equal(period.runs.filter((run) => run.event.name === 'organization.created').length, 2)
    const [run] = c.perigee.json(['script', 'dry-run', '--script', 'scripts/revenue', '--event', String(period.runs[0].event.seq)]).runs
    assert.equal(run.event.id, c.made[0])
    const said = c.perigee.cli(['script', 'dry-run', c.file, '--record', `organization/${c.made[0]}`, '--fields', '{"name":"shout"}'])
    assert.match(said, /name: "Acme 5" -> "SHOUT"/)
    c.perigee.cli(['script', 'dry-run', c.file, '--record', 'organization'], { status: 1 })
    c.perigee.cli(['script', 'dry-run', c.file, '--event', 'x'], { status: 1 })
    c.perigee.cli(['script', 'dry-run', '--event', '1'], { status: 1 })
    c.perigee.cli(['script', 'dry-run', c.file, '--since', '2020-01-01T00:00:00Z', '--as', 'bob'], { status: 1 })
  })

  test('nothing was written', async () => {
    assert.deepEqual(await c.log(), c.before.log)
    assert.equal((await c.admin.get('runs')).records.length, c.before.runs)
    assert.equal((await c.admin.get('records/activity')).records.length, c.before.activities)
    assert.ok(!(await c.admin.get('jobs', { limit: '200' })).records.some((job) => job.state === 'failed'))
    c.perigee.cli(['check'])
  })
})
