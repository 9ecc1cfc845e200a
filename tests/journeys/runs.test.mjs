// A run that fails is shown, led to by the field that it did not write, and resumed by hand without
// waiting for its next attempt; an owner is stopped and started. By REST and by the command line.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const script = `after("organization.created", { when = "employees == nil" }, function(event)
  if crm.query("contact"):count() == 0 then error("nobody is known yet") end
  crm.update(event.record, { employees = 7 })
end)
`

const open = async (c) => {
  const folder = join(c.perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'staff.lua'), script, { mode: 0o600 })
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'bob', '--role', 'reader'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.bob = c.perigee.client(c.perigee.token('bob'))
  c.make = (entity, body) => c.admin.expect(201, 'POST', `records/${entity}`, { body })
  c.until = async (ask) => {
    for (;;) {
      const found = await ask()
      if (found) return found
    }
  }
  c.waits = (run) => c.until(async () => (await c.admin.get(`runs/${run.id}`)).job_state === 'queued')
  c.failed = (others = new Set()) =>
    c.until(async () => {
      const { records } = await c.admin.get('runs', { outcome: 'error', script: 'scripts/staff' })
      const run = records.find(({ id }) => !others.has(id))
      if (run) await c.waits(run)
      return run
    })
  c.employees = async (id) => (await c.admin.get(`records/organization/${id}`)).employees
}

onEngines('runs of scripts', {}, open, (test, c) => {
  test('a failed run is resumed and ends well', async () => {
    const made = await c.make('organization', { name: 'Acme' })
    const run = await c.failed()
    assert.match(run.message, /scripts\/staff\.lua:2: .*nobody is known yet/)
    const one = await c.admin.get(`runs/${run.id}`)
    assert.equal(one.job, run.job)
    assert.equal(await c.employees(made.id), null)
    await c.bob.refused(403, null, 'POST', `runs/${run.id}/resume`)
    await c.make('contact', { last_name: 'Lee' })
    await c.admin.expect(204, 'POST', `runs/${run.id}/resume`)
    await c.until(async () => (await c.employees(made.id)) === 7)
    const done = await c.until(async () => (await c.admin.get('runs', { outcome: 'ok', script: 'scripts/staff' })).records[0])
    assert.equal(done.job, run.job, 'the same job')
    await c.admin.refused(409, null, 'POST', `runs/${done.id}/resume`)
    const why = await c.admin.get(`records/organization/${made.id}/why`, { field: 'employees' })
    assert.equal(why.changes[0].script.file, 'scripts/staff.lua')
    assert.equal(why.changes[0].script.line, 3)
    assert.equal(why.changes[0].script.run, done.id)
    assert.equal(why.changes[0].script.version, done.version)
  })

  test('the list of handlers tells what each hears, its condition, and how its runs of the day went', async () => {
    const wanted = { script: 'scripts/staff', kind: 'after', subject: 'organization.created', entity: 'organization', when: 'employees == nil', name: null, file: 'scripts/staff.lua', line: 1, stopped: false, disabled: null }
    const one = (await c.admin.get('scripts')).handlers.find((handler) => handler.script === 'scripts/staff')
    const { version, handler, ...rest } = one
    assert.deepEqual(rest, wanted)
    const { records } = await c.admin.get('runs', { script: handler })
    assert.ok(records.length >= 2)
    assert.ok(records.every((run) => run.script === handler && run.version === version))
    const failed = records.filter((run) => run.outcome !== 'ok').length
    const counted = (await c.admin.get('scripts', { runs: 1 })).handlers
    assert.deepEqual(counted.find((item) => item.handler === handler).day, { runs: records.length, failed, exact: true })
    assert.deepEqual(counted.find((item) => item.kind === 'before').day, { runs: 0, failed: 0, exact: true })
    const before = counted.find((item) => item.kind === 'before')
    assert.deepEqual([before.entity, before.when], [before.subject, null])
    assert.ok(new Set(counted.map((item) => item.handler)).size === counted.length, 'a name stands for one handler')
    await c.admin.refused(400, null, 'GET', 'scripts?runs=many')
    await c.bob.refused(403, null, 'GET', 'scripts?runs=1')
  })

  test('the command line shows the same', async () => {
    const all = c.perigee.json(['script', 'runs', '--script', 'scripts/staff'])
    assert.ok(all.records.length >= 2)
    const failed = c.perigee.json(['script', 'runs', '--outcome', 'error']).records.at(-1)
    assert.equal(failed.outcome, 'error')
    const one = c.perigee.json(['script', 'runs', all.records[0].id])
    assert.equal(one.effects[0].at, 'scripts/staff.lua:3')
    const [made] = (await c.admin.get('records/organization')).records
    const said = c.perigee.cli(['script', 'why', 'organization', made.id, 'employees'])
    assert.match(said, /script +update +scripts\/staff\.lua:3 +[0-9a-f]{12}/)
    assert.match(c.perigee.cli(['script', 'runs']), /nobody is known yet/)
    c.perigee.cli(['script', 'resume', all.records[0].id], { status: 1 })
    c.perigee.cli(['script', 'runs', '--since', 'yesterday'], { status: 1 })
    c.perigee.cli(['script', 'runs', '--as', 'bob'], { status: 1 })
  })

  test('one that waits for its next attempt is resumed by the command line, one that is stopped does not run', async () => {
    for (const { id } of (await c.admin.get('records/contact')).records) await c.admin.expect(204, 'DELETE', `records/contact/${id}`)
    const before = new Set((await c.admin.get('runs', { outcome: 'error' })).records.map((run) => run.id))
    const made = await c.make('organization', { name: 'Second' })
    const failed = await c.failed(before)
    await c.make('contact', { last_name: 'Fox' })
    assert.equal(c.perigee.json(['script', 'resume', failed.id]).job, failed.job)
    await c.until(async () => (await c.employees(made.id)) === 7)
    assert.match(c.perigee.cli(['script', 'stop', 'scripts/staff']), /scripts\/staff/)
    assert.ok(c.perigee.json(['script', 'list']).handlers.some((h) => h.owner === 'scripts/staff'))
    assert.ok((await c.admin.get('scripts')).handlers.find((h) => h.script === 'scripts/staff').stopped)
    const third = await c.make('organization', { name: 'Third' })
    await c.until(async () => (await c.admin.get('jobs', { limit: '200' })).records.some((job) => job.state === 'cancelled'))
    assert.equal(await c.employees(third.id), null)
    c.perigee.cli(['script', 'stop', 'scripts/nobody'], { status: 1 })
    c.perigee.cli(['script', 'start', 'scripts/staff'])
    const fourth = await c.make('organization', { name: 'Fourth' })
    await c.until(async () => (await c.employees(fourth.id)) === 7)
  })
})
