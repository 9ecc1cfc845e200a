// Actions that a script offers: told by meta in the caller's language and only to whom they are for,
// run over REST with the caller's rights, their forms checked field by field.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const script = `action("organization", "remind", {
  label = { en = "Remind me", ru = "Напомнить" }, icon = "bell", when = "kind ~= 'competitor'",
  form = {
    on = date { label = { en = "On", ru = "Когда" }, required = true },
    what = text { label = "What" },
    rank = choice "industry" {}, hours = integer {}, who = ref "user" {},
  },
}, function(organizations, form)
  for _, it in ipairs(organizations) do
    crm.create("activity", { kind = "task", subject = (form.what or "Call") .. " " .. it.name, about = it, due_at = form.on .. "T09:00:00Z" })
  end
  return { count = #organizations, who = form.who }
end)
action("organization", "rename", { roles = { "admin" } }, function(organizations)
  crm.update(organizations[1], { name = "Renamed" })
end)
action("organization", "touch", function(organizations) crm.update(organizations[1], { employees = 5 }) end)
action("organization", "refuse", function(organizations) crm.refuse("name", { en = "Not this one", ru = "Не эту" }) end)
action("organization", "break", function(organizations) error("oh") end)
action("organization", "audit", { when = "annual_revenue ~= nil" }, function(organizations) return #organizations end)
`

const open = async (c) => {
  const folder = join(c.perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'buttons.lua'), script, { mode: 0o600 })
  for (const [login, role] of [['root', 'admin'], ['ann', 'sales'], ['bob', 'reader']]) c.perigee.cli(['user', 'add', login, '--role', role])
  await c.perigee.serve()
  for (const login of ['root', 'ann', 'bob']) c[login] = c.perigee.client(c.perigee.token(login))
  c.make = (client, name, more = {}) => client.expect(201, 'POST', 'records/organization', { body: { name, ...more } })
  c.run = (client, name, body, status = 200) => client.expect(status, 'POST', `records/organization/actions/${name}`, { body })
  c.actions = async (client) => (await client.get('meta')).entities.find((e) => e.name === 'organization').actions
}

onEngines('actions', {}, open, (test, c) => {
  test('meta tells of them', async () => {
    const all = await c.actions(c.root)
    assert.deepEqual(all.map((action) => action.name), ['remind', 'rename', 'touch', 'refuse', 'break', 'audit'])
    assert.equal(all[0].label, 'Remind me')
    assert.equal(all[0].icon, 'bell')
    assert.deepEqual(all[0].form.map((field) => [field.name, field.type]), [['on', 'date'], ['what', 'text'], ['rank', 'choice'], ['hours', 'integer'], ['who', 'ref']])
    assert.equal(all[0].form[0].required, true)
    assert.equal(all[0].form[2].directory, 'industry')
    assert.equal(all[0].form[4].ref, 'user')
    assert.ok(!(await c.actions(c.ann)).some((action) => action.name === 'rename'))
  })

  test('one is run for several records', async () => {
    const ids = [(await c.make(c.ann, 'Acme')).id, (await c.make(c.ann, 'Beta')).id]
    const me = (await c.root.all('user')).find((user) => user.login === 'ann').id
    const done = await c.run(c.ann, 'remind', { ids, form: { on: '2026-12-01', what: 'Visit', who: me } })
    assert.deepEqual(done.value, { count: 2, who: me })
    const { records } = await c.ann.get('records/activity', { where: `about == "${ids[0]}"` })
    assert.equal(records[0].subject, 'Visit Acme')
    assert.equal(records[0].created_by.id, me)
    const changes = await c.root.get(`records/activity/${records[0].id}/changes`)
    assert.equal((changes.records ?? changes.changes)[0].door, 'script')
  })

  test('a form is checked field by field', async () => {
    const { id } = await c.make(c.ann, 'Gamma')
    const wrong = async (form, field) => {
      const problem = await c.ann.refused(422, null, 'POST', 'records/organization/actions/remind', { body: { ids: [id], form } })
      assert.deepEqual(problem.fields?.map((it) => it.field) ?? [problem.field], field)
    }
    await wrong({}, ['on'])
    await wrong({ on: 'soon' }, ['on'])
    await wrong({ on: '2026-12-01', nobody: 1 }, ['nobody'])
    await wrong({ on: '2026-12-01', hours: 'many' }, ['hours'])
    await wrong({ on: '2026-12-01', who: '123' }, ['who'])
    const { total } = await c.ann.get('records/activity', { where: `about == "${id}"`, count: 'exact' })
    assert.equal(total.value, 0)
  })

  test('rights are those of who asks', async () => {
    const mine = await c.make(c.ann, 'Delta')
    const competitor = await c.make(c.ann, 'Rival', { kind: 'competitor' })
    await c.run(c.ann, 'touch', { ids: [mine.id] })
    assert.equal((await c.ann.get(`records/organization/${mine.id}`)).employees, 5)
    await c.bob.refused(403, null, 'POST', 'records/organization/actions/touch', { body: { ids: [mine.id] } })
    await c.ann.refused(404, null, 'POST', 'records/organization/actions/rename', { body: { ids: [mine.id] } })
    await c.ann.refused(404, null, 'POST', 'records/organization/actions/none', { body: { ids: [mine.id] } })
    await c.ann.refused(404, null, 'POST', 'records/organization/actions/touch', { body: { ids: ['77'] } })
    await c.ann.refused(422, null, 'POST', 'records/organization/actions/remind', { body: { ids: [competitor.id], form: { on: '2026-12-01' } } })
    await c.run(c.root, 'rename', { ids: [mine.id] })
    assert.equal((await c.ann.get(`records/organization/${mine.id}`)).name, 'Renamed')
  })

  test('one whose condition names a hidden field does not exist for whom it is hidden from', async () => {
    await c.root.expect(200, 'PUT', 'schema/roles/blind', { body: { label: 'Blind', entities: { organization: { read: true, update: true, hidden: ['annual_revenue'] } } } })
    c.perigee.cli(['user', 'add', 'bea', '--role', 'blind'])
    const bea = c.perigee.client(c.perigee.token('bea'))
    const { id } = await c.make(c.root, 'Zeta', { annual_revenue: { amount: '5', currency: 'USD' } })
    assert.equal((await c.run(c.root, 'audit', { ids: [id] })).value, 1)
    const offered = (await c.actions(bea)).map((action) => action.name)
    assert.ok(offered.includes('touch') && !offered.includes('audit'), offered.join())
    const ask = (name) => bea.refused(404, null, 'POST', `records/organization/actions/${name}`, { body: { ids: [id] } })
    const same = ({ request_id, ...problem }, name) => JSON.stringify(problem).replaceAll(name, '#')
    assert.equal(same(await ask('audit'), 'audit'), same(await ask('audiq'), 'audiq'))
  })

  test('what goes wrong is told', async () => {
    const { id } = await c.make(c.ann, 'Epsilon')
    const refused = await c.ann.refused(422, 'refused', 'POST', 'records/organization/actions/refuse', { body: { ids: [id] } })
    assert.match(refused.detail, /Not this one/)
    const broken = await c.ann.refused(422, 'script_error', 'POST', 'records/organization/actions/break', { body: { ids: [id] } })
    assert.match(broken.detail, /oh/)
    await c.ann.refused(400, null, 'POST', 'records/organization/actions/touch', { body: { ids: [] } })
    await c.ann.refused(400, null, 'POST', 'records/organization/actions/touch', { body: { ids: [id], more: 1 } })
    c.perigee.cli(['script', 'stop', 'scripts/buttons'])
    await c.ann.refused(422, null, 'POST', 'records/organization/actions/touch', { body: { ids: [id] } })
  })
})
