// Scripts that people write in the browser: saved versions go into force when they load and their
// tests pass, run in worker processes, come back, are taken away and returned, outlive a restart and
// travel as text; on two nodes what one saves the other runs.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInstance, engines, onEngines } from '../support/perigee.mjs'

const staff = (count) => `local function count(organization) organization.employees = ${count} end
before("organization", count)
test("each has its people", function()
  local one = {}
  count(one)
  assert(one.employees == ${count})
end)
`
const script = 'scripts/staff'

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.save = (text, more = {}) => c.admin.expect(200, 'POST', 'scripts/save', { body: { script, text, ...more } })
  c.employees = async (name) => (await c.admin.expect(201, 'POST', 'records/organization', { body: { name } })).employees
  c.text = (query = {}) => c.admin.get('scripts/text', { script, ...query })
  c.of = async (owner = script) => (await c.admin.get('scripts/list')).scripts.find((it) => it.script === owner)
}

onEngines('scripts made in the browser', {}, open, (test, c) => {
  test('one that is saved runs at once, in a process of its own', async () => {
    const saved = await c.save(staff(1), { note: 'The first' })
    assert.deepEqual([saved.in_force, saved.problem, saved.tests.map((it) => it.outcome)], [true, null, ['ok']])
    assert.equal(await c.employees('First'), 1)
    const shown = await c.text()
    assert.deepEqual([shown.made, shown.version, shown.who, shown.note, shown.draft, shown.stopped], [true, saved.version, 'root', 'The first', null, false])
    assert.deepEqual(shown.files, [{ name: 'scripts/staff.lua', text: staff(1) }])
    assert.equal(shown.was, saved.version)
    const { handlers } = await c.admin.get('scripts')
    assert.deepEqual(handlers.filter((it) => it.script === script).map((it) => [it.kind, it.subject, it.line]), [['before', 'organization', 2], ['test', 'each has its people', 3]])
  })

  test('one that does not load, does not fit or fails its tests is a draft with the reason', async () => {
    const { version } = await c.text()
    for (const [text, why] of [
      ['before("organization", function(o)', /staff\.lua:1/],
      ['before("organisation", function(o) end)', /"organisation".*staff\.lua:1/],
      ['entity "crate" { fields = {} }', /entity has no place.*staff\.lua:1/],
      ['while true do end', /1000 ms/],
      [staff(5).replace('== 5', '== 6'), /each has its people.*staff\.lua:6/],
    ]) {
      const saved = await c.save(text)
      assert.equal(saved.in_force, false)
      assert.match(saved.problem, why)
      const shown = await c.text()
      assert.equal(shown.version, version)
      assert.deepEqual([shown.draft.text, shown.draft.who], [text, 'root'])
      assert.ok(saved.problem.startsWith(shown.draft.problem), `${saved.problem} | ${shown.draft.problem}`)
      assert.equal(await c.employees(`Beside ${text.length}`), 1)
    }
    assert.equal((await c.admin.get('scripts/versions', { script })).versions.length, 1)
  })

  test('a draft waits; who began with another version is told', async () => {
    const draft = await c.save(staff(2), { draft: true })
    assert.equal(draft.in_force, false)
    assert.equal(await c.employees('Not yet'), 1)
    assert.equal((await c.text()).was, draft.version)
    const dry = await c.admin.expect(200, 'POST', 'scripts/dry-run', { body: { script, text: staff(2), record: { entity: 'organization', id: (await c.admin.get('records/organization')).records[0].id } } })
    assert.deepEqual(dry.runs.map((run) => run.changes[0].fields.employees), [{ before: 1, after: 2 }])
    await c.admin.refused(412, 'script_stale', 'POST', 'scripts/save', { body: { script, text: staff(3), was: (await c.text()).version } })
    const saved = await c.save(staff(2), { was: draft.version, note: 'Two' })
    assert.equal(saved.in_force, true)
    assert.equal(await c.employees('Now'), 2)
    assert.equal((await c.text()).draft, null)
  })

  test('a version comes back, and one is read', async () => {
    const { versions } = await c.admin.get('scripts/versions', { script })
    assert.deepEqual(versions.map((it) => [it.who, it.note, it.in_force]), [['root', 'Two', true], ['root', 'The first', false]])
    assert.equal((await c.text({ version: versions[1].version })).files[0].text, staff(1))
    const report = await c.admin.expect(200, 'POST', 'scripts/back', { body: { script, version: versions[1].version } })
    assert.deepEqual([report.loaded, report.refused], [[script], []])
    assert.equal(await c.employees('Back'), 1)
    assert.deepEqual((await c.admin.get('scripts/versions', { script })).versions.map((it) => it.version), [versions[1].version, versions[0].version, versions[1].version])
    await c.admin.refused(404, 'no_version', 'POST', 'scripts/back', { body: { script, version: 'none' } })
  })

  test('it is stopped and started, taken away and returned', async () => {
    await c.admin.expect(200, 'POST', 'scripts/stop', { body: { script } })
    assert.equal(await c.employees('Stopped'), null)
    assert.equal((await c.of()).stopped, true)
    await c.save(staff(4))
    assert.equal(await c.employees('Still stopped'), null)
    await c.admin.expect(204, 'POST', 'scripts/start', { body: { script } })
    assert.equal(await c.employees('Started'), 4)
    await c.admin.expect(204, 'POST', 'scripts/remove', { body: { script } })
    assert.equal(await c.employees('Gone'), null)
    assert.equal(await c.of(), undefined)
    await c.admin.refused(404, null, 'GET', `scripts/text?script=${script}`)
    await c.admin.refused(404, null, 'POST', 'scripts/remove', { body: { script } })
    await c.admin.expect(200, 'POST', 'scripts/back', { body: { script } })
    assert.equal(await c.employees('Returned'), 4)
  })

  test('while it is written, what is wrong is told by line', async () => {
    const check = (text) => c.admin.expect(200, 'POST', 'scripts/check', { body: { script, text } })
    assert.deepEqual((await check('local x = 1\nbefore("contact", function(o)\n  o.x = = 1\nend)')).problems.map((it) => [it.line, it.kind]), [[3, 'error']])
    const { problems, version, handlers } = await check('local total = 0\nafter("contact.created", function(event)\n  totl = tota + crm.nwo()\n  crm.query("contct"):count()\n  print(total, event.record)\nend)\n')
    assert.deepEqual(problems.map((it) => [it.line, it.kind, it.message]), [
      [3, 'warning', 'The name tota is not known here.'],
      [3, 'warning', 'The name crm.nwo is not known here; did you mean now?'],
      [4, 'warning', 'The name "contct" is not known here; did you mean contact?'],
    ])
    assert.equal(typeof version, 'string')
    assert.deepEqual(handlers, [{ kind: 'after', subject: 'contact.created', name: null, line: 2 }])
    const { tests } = await c.admin.expect(200, 'POST', 'scripts/test', { body: { script, text: 'test("good", function() crm.create("contact", { last_name = "Nobody" }) end)\ntest("bad", function() error("no") end)\ntest("long", function() while true do end end)' } })
    assert.deepEqual(tests.map((it) => [it.test, it.line, it.outcome]), [['good', 1, 'ok'], ['bad', 2, 'error'], ['long', 3, 'time']])
    assert.equal((await c.admin.get('records/contact')).records.length, 0)
  })

  test('a text that is too long for a script is not looked at', async () => {
    const text = '-- \n'.repeat(51201)
    for (const route of ['check', 'test', 'save']) await c.admin.refused(413, 'script_large', 'POST', `scripts/${route}`, { body: { script, text } })
  })

  test('whose role has the permission "scripts" may, others not', async () => {
    await c.admin.expect(200, 'PUT', 'schema/roles/writer', { body: { label: 'Writer', permissions: ['scripts'], entities: { organization: { read: true } } } })
    c.perigee.cli(['user', 'add', 'wendy', '--role', 'writer'])
    c.perigee.cli(['user', 'add', 'bob', '--role', 'reader'])
    const wendy = c.perigee.client(c.perigee.token('wendy')), bob = c.perigee.client(c.perigee.token('bob'))
    await bob.refused(403, null, 'GET', 'scripts/list')
    await bob.refused(403, null, 'POST', 'scripts/save', { body: { script, text: '' } })
    assert.equal((await wendy.expect(200, 'POST', 'scripts/save', { body: { script, text: staff(7) } })).in_force, true)
    assert.equal((await c.text()).who, 'wendy')
    await wendy.expect(200, 'POST', 'scripts/back', { body: { script } })
    await wendy.refused(403, null, 'POST', 'scripts/reload', { body: {} })
    await wendy.refused(403, null, 'POST', 'scripts/back', { body: { script: 'scripts/none' } })
    for (const name of ['scripts/', 'scripts/Up', 'staff', 'scripts/a.b', '../x']) await c.admin.refused(400, 'script_name', 'POST', 'scripts/save', { body: { script: name, text: '' } })
    await c.admin.refused(413, 'script_large', 'POST', 'scripts/save', { body: { script, text: '-'.repeat(200 * 1024 + 1) } })
  })

  test('a file of the same name runs again when the one made is taken away; a restart changes nothing', async () => {
    const folder = join(c.perigee.data, 'scripts')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, 'staff.lua'), staff(9), { mode: 0o600 })
    await c.admin.expect(200, 'POST', 'scripts/reload', { body: {} })
    assert.equal(await c.employees('Made first'), 4)
    await c.save('before("organization", function(')
    await c.perigee.stop()
    await c.perigee.serve()
    c.admin = c.perigee.client(c.perigee.token('root'))
    assert.equal(await c.employees('After a restart'), 4)
    assert.match((await c.text()).draft.where, /staff\.lua:1/)
    await c.admin.expect(204, 'POST', 'scripts/remove', { body: { script } })
    assert.equal(await c.employees('From the file'), 9)
    assert.equal((await c.of()).made, false)
  })

  test('one that is killed twice is switched off; its author is told, of a file administrators', async () => {
    const told = async (client, of) => (await client.get('me/notifications')).notifications.filter((it) => it.kind === 'script_disabled' && it.text.endsWith(of)).map((it) => it.text)
    const untilTold = async (client, of) => { for (;;) { const found = await told(client, of); if (found.length) return found } }
    const writer = c.perigee.client(c.perigee.token('wendy'))
    await writer.expect(200, 'POST', 'scripts/save', { body: { script: 'scripts/loops', text: 'before("contact", function(o) while true do end end)' } })
    for (let i = 0; i < 2; i++) await c.admin.refused(503, 'script_out_of_time', 'POST', 'records/contact', { body: { last_name: 'Loop' } })
    assert.deepEqual(await untilTold(writer, 'scripts/loops'), ['time/scripts/loops'])
    assert.deepEqual(await told(c.admin, 'scripts/loops'), [])
    const { stopped, disabled } = await c.of('scripts/loops')
    assert.deepEqual([stopped, disabled.outcome, disabled.handler], [true, 'time', 'script scripts/loops/before contact'])
    assert.equal((await c.admin.get(`runs/${disabled.run}`)).outcome, 'time')
    assert.equal((await c.admin.get('scripts')).handlers.find((it) => it.script === 'scripts/loops').disabled.run, disabled.run)
    await c.admin.expect(201, 'POST', 'records/contact', { body: { last_name: 'Loop' } })
    await c.admin.expect(204, 'POST', 'scripts/start', { body: { script: 'scripts/loops' } })
    assert.deepEqual([(await c.of('scripts/loops')).stopped, (await c.of('scripts/loops')).disabled], [false, null])
    await c.admin.refused(503, 'script_out_of_time', 'POST', 'records/contact', { body: { last_name: 'Loop' } })
    assert.equal((await c.of('scripts/loops')).stopped, false)
    await c.admin.expect(204, 'POST', 'scripts/remove', { body: { script: 'scripts/loops' } })
    writeFileSync(join(c.perigee.data, 'scripts', 'round.lua'), 'before("tag", function() local function f() return f() end f() end)\n', { mode: 0o600 })
    await c.admin.expect(200, 'POST', 'scripts/reload', { body: {} })
    for (let i = 0; i < 2; i++) await c.admin.refused(503, 'script_out_of_time', 'POST', 'records/tag', { body: { name: `Round ${i}` } })
    assert.deepEqual(await untilTold(c.admin, 'scripts/round'), ['time/scripts/round'])
  })

  test('they travel as text', async () => {
    await c.save('-- ]] in it ]=]\n' + staff(3), { note: 'counts people' })
    const file = join(c.perigee.folder, 'all.lua')
    const text = c.perigee.cli(['schema', 'export'])
    writeFileSync(file, text)
    assert.match(text, /-- counts people\nscript "staff" \{\n {2}text = \[==\[\n-- \]\] in it/)
    for (const engine of engines) {
      const other = createInstance(engine)
      if (!other) continue
      try {
        other.cli(['user', 'add', 'root', '--role', 'admin'])
        assert.match(other.cli(['plan', file]), /create_script\s+scripts\/staff/)
        other.cli(['apply', file])
        assert.equal(other.cli(['schema', 'export']), text)
        assert.deepEqual(other.json(['plan', file]).scripts, [])
        await other.serve()
        const admin = other.client(other.token('root'))
        assert.equal((await admin.expect(201, 'POST', 'records/organization', { body: { name: 'There' } })).employees, 3)
        const wrong = join(other.folder, 'wrong.lua')
        writeFileSync(wrong, text.replace('employees = 3', 'employees = = 3'))
        assert.match(other.cli(['apply', wrong], { status: 1 }), /change_script\s+scripts\/staff/)
        assert.equal((await admin.expect(201, 'POST', 'records/organization', { body: { name: 'Still' } })).employees, 3)
      } finally {
        await other.close()
      }
    }
  })
})
