// Layers that meet: a plugin declares, an administrator changes, the plugin is upgraded, and the plan
// asks who is right. What was made on one server is taken by another.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { createInstance, onEngines } from '../support/perigee.mjs'

const entity = (number, label) => `entity "policy" { label = "${label}", title = "number", fields = { ${number} begins_on = date {} } }\n`

const plugin = (perigee, number, label = 'Policy') => {
  const put = (path, text) => {
    mkdirSync(dirname(join(perigee.data, path)), { recursive: true })
    writeFileSync(join(perigee.data, path), text)
  }
  put('plugins/insurance/manifest.lua', 'return { name = "insurance", version = "1" }\n')
  put('plugins/insurance/entities/policy.lua', entity(number, label))
}

/** Until no step waits or runs any more. */
const settled = async (admin) => {
  for (let i = 0; i < 600; i++) {
    const { migrations } = await admin.get('schema/migrations')
    if (!migrations.some((m) => m.state === 'queued' || m.state === 'running')) return
    await after(50)
  }
  throw new Error('steps do not end')
}

const open = async (c) => {
  plugin(c.perigee, 'number = text { label = "Number" },')
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.put = (path, body) => c.admin.expect(200, 'PUT', `schema/${path}`, { body })
  c.upgrade = async (number, label) => {
    await c.perigee.stop()
    plugin(c.perigee, number, label)
    await c.perigee.serve()
    c.admin = c.perigee.client(c.admin.token)
  }
  c.field = async (name, entity = 'policy') => (await c.admin.get('meta')).entities.find((e) => e.name === entity).fields.find((f) => f.name === name)
  c.met = async () => (await c.admin.expect(200, 'POST', 'schema/plan', { body: {} })).steps.filter((s) => s.step === 'layers_meet')
  c.change = async () => (await c.admin.get('schema/definitions')).definitions.find((d) => d.kind === 'extend' && d.name === 'policy' && !d.draft)?.definition
}

onEngines('layers', {}, open, (test, c) => {
  test('an administrator changes a field of a plugin, and what the plugin said is noted', async () => {
    await c.put('entities/policy/fields/number', { label: { en: 'No.', ru: '№' }, required: true })
    await settled(c.admin)
    assert.equal((await c.field('number')).label, 'No.')
    assert.equal((await c.admin.refused(422, null, 'POST', 'records/policy', { body: {} })).field, 'number')
    await c.admin.create('policy', { number: '1' })
    assert.deepEqual(await c.change(), { change: { number: { label: { en: 'No.', ru: '№' }, required: true } }, below: { number: { label: { en: 'Number' }, required: null } } })
    assert.deepEqual(await c.met(), [])
  })

  test('what a field is made of stays with who declares it', async () => {
    const type = await c.admin.request('PUT', 'schema/entities/policy/fields/number', { body: { type: 'integer' } })
    assert.equal(type.status, 400)
    assert.match(type.text, /label/, 'says what can be changed')
    const standard = await c.admin.request('PUT', 'schema/entities/policy/fields/owner', { body: { required: true } })
    assert.equal(standard.status, 400)
    assert.match(standard.text, /label, help/)
    assert.equal((await c.change()).change.owner, undefined)
  })

  test('a value that says nothing new is no change', async () => {
    await c.put('entities/policy/fields/begins_on', { read_only: true })
    await c.put('entities/policy/fields/begins_on', { label: 'Begins' })
    assert.deepEqual((await c.change()).change.begins_on, { label: 'Begins' })
    await c.admin.expect(200, 'DELETE', 'schema/entities/policy/fields/begins_on')
    assert.equal((await c.change()).change.begins_on, undefined)
    assert.ok(await c.field('begins_on'), 'only the change of it went')
  })

  test('an upgrade of the plugin meets the change: that stays, and the plan asks', async () => {
    await c.upgrade('number = text { label = "Policy number", search = true },')
    assert.equal((await c.field('number')).label, 'No.')
    const met = await c.met()
    assert.deepEqual(met, [{ step: 'layers_meet', subject: 'policy.number', background: false, asks: true, key: 'label', was: { en: 'Number' }, below: { en: 'Policy number' }, above: { en: 'No.', ru: '№' } }])
    assert.match(c.perigee.cli(['plan']), /layers_meet\s+policy\.number[^]*--keep policy\.number/)
  })

  test('only those who may change the schema may ask', async () => {
    c.perigee.cli(['user', 'add', 'ann', '--role', 'sales'])
    assert.throws(() => c.perigee.cli(['plan', '--as', 'ann']), /may change the schema/)
    assert.throws(() => c.perigee.cli(['apply', '--keep', 'policy.number', '--as', 'ann']), /may change the schema/)
    assert.equal((await c.met()).length, 1)
  })

  test('kept: not asked again', async () => {
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { keep: ['policy.number'] } })
    assert.deepEqual(await c.met(), [])
    assert.equal((await c.field('number')).label, 'No.')
    assert.deepEqual((await c.change()).below.number.label, { en: 'Policy number' })
  })

  test('taken: what the plugin says is in force, other changes stay', async () => {
    await c.upgrade('number = text { label = "Contract number", search = true },')
    assert.equal((await c.met()).length, 1)
    c.perigee.cli(['apply', '--take', 'policy.number'])
    assert.equal((await c.field('number')).label, 'Contract number')
    assert.equal((await c.field('number')).required, true)
    assert.deepEqual((await c.change()).change.number, { required: true })
    assert.deepEqual(await c.met(), [])
  })

  test('names of entities are those of the trade', async () => {
    await c.put('entities/organization', { label: { en: 'Client', ru: 'Клиент' }, label_plural: { en: 'Clients', ru: 'Клиенты' } })
    const client = (await c.admin.get('meta')).entities.find((e) => e.name === 'organization')
    assert.equal(client.label, 'Client')
    assert.equal(client.label_plural, 'Clients')
  })

  test('names of an entity meet too: both are said, and who is right is asked', async () => {
    const called = async () => (await c.admin.get('meta')).entities.find((e) => e.name === 'policy')
    const definition = { ...(await c.change()), below: undefined, label: 'Contract', icon: 'file' }
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { definitions: [{ kind: 'extend', name: 'policy', definition }] } })
    assert.deepEqual((await c.change()).below['*'], { icon: null, label: { en: 'Policy' } }, 'what the plugin said is noted')
    assert.deepEqual(await c.met(), [])
    await c.upgrade('number = text { label = "Contract number", search = true },', 'Insurance')
    assert.equal((await called()).label, 'Contract')
    assert.deepEqual(await c.met(), [{ step: 'layers_meet', subject: 'policy', background: false, asks: true, key: 'label', was: { en: 'Policy' }, below: { en: 'Insurance' }, above: 'Contract' }])
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { keep: ['policy'] } })
    assert.deepEqual(await c.met(), [])
    assert.equal((await called()).label, 'Contract')
    await c.upgrade('number = text { label = "Contract number", search = true },', 'Cover')
    assert.equal((await c.met()).length, 1)
    c.perigee.cli(['apply', '--take', 'policy'])
    assert.equal((await called()).label, 'Cover')
    assert.equal((await called()).icon, 'file', 'what did not meet stays')
    assert.equal((await c.change()).label, undefined)
    assert.equal((await c.field('number')).required, true, 'changes of fields stay')
    assert.deepEqual(await c.met(), [])
    await c.upgrade('number = text { label = "Contract number", search = true },')
  })

  test('a draft touches nothing that is in force', async () => {
    const number = async () => (await c.field('number')).label
    const before = await c.change()
    const drafted = { kind: 'extend', name: 'policy', note: 'perhaps', draft: true, definition: { change: { number: { label: 'Drafted' } } } }
    const all = async () => (await c.admin.get('schema/definitions')).definitions.filter((d) => d.kind === 'extend' && d.name === 'policy')
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { definitions: [drafted] } })
    const unchanged = async () => {
      assert.equal(await number(), 'Contract number')
      assert.deepEqual((await all()).filter((d) => !d.draft).map((d) => d.definition), [before])
    }
    await unchanged()
    assert.deepEqual((await all()).filter((d) => d.draft).map((d) => [d.note, d.definition]), [['perhaps', drafted.definition]])
    assert.doesNotMatch(c.perigee.cli(['schema', 'export']), /Drafted/)
    await c.upgrade('number = text { label = "Contract number", search = true },')
    await unchanged()
    await c.put('entities/policy/fields/begins_on', { label: 'Begins' })
    await c.admin.expect(200, 'DELETE', 'schema/entities/policy/fields/begins_on')
    await unchanged()
    assert.equal((await all()).length, 2, 'a change of what is in force leaves the draft alone')
    const second = { ...drafted, definition: { change: { number: { label: 'Drafted anew' } } } }
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { definitions: [second] } })
    assert.deepEqual((await all()).filter((d) => d.draft).map((d) => d.definition), [second.definition])
    await c.admin.expect(200, 'PATCH', 'settings', { body: { approve_definitions: true } })
    const waits = await c.admin.expect(202, 'POST', 'schema/apply', { body: { definitions: [drafted, { kind: 'directory', name: 'shade', definition: { items: ['dark'] } }] } })
    c.perigee.cli(['user', 'add', 'second', '--role', 'admin'])
    await c.perigee.client(c.perigee.token('second')).expect(200, 'POST', `schema/changes/${waits.waiting}/approve`)
    await unchanged()
    await c.admin.expect(200, 'PATCH', 'settings', { body: { approve_definitions: false } })
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { definitions: [{ ...drafted, draft: false, definition: { ...before, ...drafted.definition, change: { ...before.change, number: { ...before.change.number, label: 'Drafted' } } } }] } })
    assert.equal(await number(), 'Drafted')
    assert.equal((await all()).length, 2)
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { definitions: [{ ...drafted, definition: null }, { ...drafted, draft: false, definition: before }, { kind: 'directory', name: 'shade', definition: null }] } })
    await unchanged()
    assert.equal((await all()).length, 1)
  })

  test('another server takes all of it from a file', async () => {
    await c.put('entities/visit', { label: 'Visit', title: 'place', fields: { place: { type: 'text' }, policy: { type: 'ref', entity: 'policy' } } })
    const text = c.perigee.cli(['schema', 'export'])
    const file = join(c.perigee.folder, 'made.lua')
    writeFileSync(file, text)
    const other = createInstance('sqlite')
    try {
      plugin(other, 'number = text { label = "Contract number", search = true },')
      other.cli(['user', 'add', 'root', '--role', 'admin'])
      assert.match(other.cli(['plan', file]), /create_entity\s+visit/)
      await other.serve()
      const admin = other.client(other.token('root'))
      await admin.refused(404, null, 'GET', 'records/visit')
      other.cli(['apply', file])
      await settled(admin)
      const policy = await admin.create('policy', { number: '7' })
      const visit = await admin.create('visit', { place: 'Here', policy: policy.id })
      assert.deepEqual(visit.policy, { id: policy.id, title: '7' })
      await admin.refused(422, null, 'POST', 'records/policy', { body: {} })
      assert.equal((await admin.get('meta')).entities.find((e) => e.name === 'organization').label, 'Client')
      const both = await Promise.all([c.admin, admin].map(async (a) => (await a.get('schema/definitions')).definitions.map((d) => [d.kind, d.name, { ...d.definition, below: null }])))
      assert.deepEqual(both[1], both[0], 'as it was made')
      writeFileSync(file, 'before("policy", function() end)\n')
      assert.throws(() => other.cli(['apply', file]), /made\.lua:1/)
    } finally {
      await other.close()
    }
  })

  test('a change waits for a field that the plugin does not declare any more', async () => {
    await c.upgrade('')
    assert.equal((await c.field('number')).required, true)
    await c.upgrade('number = text { label = "Contract number", search = true },')
    assert.equal((await c.field('number')).required, true)
  })
})
