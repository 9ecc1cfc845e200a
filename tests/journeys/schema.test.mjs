// A schema that lives: entities and fields made, renamed, filled, changed in type, hidden and had
// back by an admin through the door, while records are there and others write.
import assert from 'node:assert/strict'
import { setTimeout as after } from 'node:timers/promises'
import { createInstance, onEngines } from '../support/perigee.mjs'

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'ann', '--role', 'sales', '--team', 'North'])
  await c.perigee.serve()
  for (const [name, login] of [['admin', 'root'], ['ann', 'ann']]) c[name] = c.perigee.client(c.perigee.token(login))
  c.put = (path, body, status = 200) => c.admin.expect(status, 'PUT', `schema/${path}`, { body })
  c.remove = (path, status = 200) => c.admin.expect(status, 'DELETE', `schema/${path}`)
  /** Until no step waits or runs any more. */
  c.settled = async () => {
    for (let i = 0; i < 600; i++) {
      const { migrations } = await c.admin.get('schema/migrations')
      if (!migrations.some((m) => m.state === 'queued' || m.state === 'running')) return migrations
      await after(50)
    }
    throw new Error('steps do not end')
  }
  c.get = async (id, fields) => c.admin.get(`records/asset/${id}`, fields ? { fields } : {})
}

onEngines('schema', {}, open, (test, c) => {
  test('an entity made by an admin is there at once', async () => {
    const made = await c.put('entities/asset', {
      label: { en: 'Asset', ru: 'Имущество' },
      title: 'name',
      fields: { name: { type: 'text', required: true }, code: { type: 'text' }, size: { type: 'text' } },
    })
    assert.deepEqual(made.steps.map((s) => s.step).filter((s) => s === 'create_entity'), ['create_entity'])
    c.ids = []
    for (let i = 0; i < 30; i++)
      c.ids.push((await c.admin.expect(201, 'POST', 'records/asset', { body: { name: `A${i}`, code: `c${i}`, size: i === 7 ? 'big' : String(i) } })).id)
    const { entities } = await c.admin.get('meta')
    assert.ok(entities.some((e) => e.name === 'asset'))
    const { definitions } = await c.admin.get('schema/definitions')
    assert.equal(definitions[0].kind, 'entity')
    assert.equal(definitions[0].definition.fields.code.type, 'text')
    assert.match(definitions[0].at, /^\d{4}-/)
  })

  test('only those with the right may change it, and mistakes are told', async () => {
    assert.equal((await c.ann.request('PUT', 'schema/entities/thing', { body: { fields: {} } })).status, 403)
    assert.equal((await c.ann.request('GET', 'schema/definitions')).status, 403)
    const bad = await c.admin.request('PUT', 'schema/entities/asset/fields/colour', { body: { type: 'colour' } })
    assert.equal(bad.status, 400, bad.text)
    assert.equal((await c.admin.request('PUT', 'schema/entities/asset/fields/Colour', { body: { type: 'text' } })).status, 400)
    const key = await c.admin.request('PUT', 'schema/entities/asset/fields/colour', { body: { type: 'text', serch: true } })
    assert.match(key.text, /search/)
    assert.equal((await c.admin.get('schema/definitions')).definitions.length, 1, 'nothing of it was stored')
    await c.admin.refused(404, null, 'DELETE', 'schema/entities/asset/fields/nothing')
  })

  test('a field is renamed: the old name is unknown, values and history stay', async () => {
    await c.admin.expect(200, 'PATCH', `records/asset/${c.ids[0]}`, { body: { code: 'changed' } })
    const plan = await c.put('entities/asset/fields/mark?dry=1', { type: 'text', was: 'code' })
    assert.deepEqual(plan.steps.map((s) => `${s.step} ${s.subject}`), ['rename_field asset.mark'])
    assert.equal((await c.get(c.ids[0])).code, 'changed', 'a dry one changes nothing')
    await c.put('entities/asset/fields/mark', { type: 'text', was: 'code' })
    assert.equal((await c.get(c.ids[0])).mark, 'changed')
    await c.admin.refused(400, null, 'GET', 'records/asset?where=' + encodeURIComponent('code == "c1"'))
    const changes = await c.admin.get(`records/asset/${c.ids[0]}/changes`)
    assert.match(JSON.stringify(changes), /"mark"/)
  })

  test('searchable, sortable and computed over what is there', async () => {
    await c.put('entities/asset/fields/mark', { type: 'text', was: 'code', search: true, sort: true })
    await c.put('entities/asset/fields/loud', { type: 'formula', formula: "mark .. '!'" })
    await c.settled()
    const found = await c.admin.get('search', { q: 'c11' })
    assert.deepEqual(found.results.map((r) => r.id), [c.ids[11]])
    assert.equal((await c.get(c.ids[11])).loud, 'c11!')
    const first = await c.admin.get('records/asset', { sort: '-mark', limit: '1' })
    assert.equal(first.records[0].mark, 'changed')
  })

  test('another type: what does not convert is reported, then lost only when that is asked for', async () => {
    await c.put('entities/asset/fields/size', { type: 'integer' })
    const steps = await c.settled()
    const failed = steps.find((m) => m.step === 'fill_field' && m.subject === 'asset.size')
    assert.equal(failed.state, 'failed')
    assert.deepEqual(failed.detail, { count: 1, ids: [c.ids[7]] })
    assert.equal((await c.get(c.ids[3])).size, '3', 'as it was')
    await c.put('entities/asset/fields/size?lossy=1', { type: 'integer' })
    await c.settled()
    assert.strictEqual((await c.get(c.ids[3])).size, 3)
    assert.strictEqual((await c.get(c.ids[7])).size, null)
    const sum = await c.admin.expect(200, 'POST', 'query', { body: { from: 'asset', measures: { n: 'sum(size)' } } })
    assert.equal(sum.rows[0].n, 435 - 7)
  })

  test('unique: duplicates are reported, nothing changes', async () => {
    await c.admin.expect(200, 'PATCH', `records/asset/${c.ids[1]}`, { body: { mark: 'C2' } })
    await c.put('entities/asset/fields/mark', { type: 'text', search: true, sort: true, unique: true })
    const failed = (await c.settled()).find((m) => m.step === 'make_unique')
    assert.equal(failed.state, 'failed')
    assert.equal(failed.detail.count, 2)
    await c.admin.expect(200, 'PATCH', `records/asset/${c.ids[1]}`, { body: { mark: 'c1' } })
    await c.put('entities/asset/fields/mark', { type: 'text', search: true, sort: true, unique: true })
    await c.settled()
    assert.equal((await c.admin.request('PATCH', `records/asset/${c.ids[1]}`, { body: { mark: 'C2' } })).status, 409)
  })

  test('a field is taken out of use and had back; recycled it is empty', async () => {
    await c.remove('entities/asset/fields/size')
    assert.ok(!('size' in (await c.get(c.ids[3]))))
    const hidden = (await c.admin.get('schema/entities/asset')).fields.find((f) => f.name === 'size' && f.definition.type === 'integer')
    assert.equal(hidden.state, 'hidden')
    await c.put('entities/asset/fields/size', { type: 'integer' })
    assert.strictEqual((await c.get(c.ids[3])).size, 3)
    await c.remove('entities/asset/fields/size?recycle=1')
    await c.settled()
    await c.put('entities/asset/fields/size', { type: 'integer' })
    assert.strictEqual((await c.get(c.ids[3])).size, null)
  })

  test('fields on the entity of a module, directories and roles', async () => {
    await c.put('directories/colour', { label: 'Colour', items: ['red', 'blue'] })
    await c.put('entities/organization/fields/colour', { type: 'choice', directory: 'colour' })
    const made = await c.admin.expect(201, 'POST', 'records/organization', { body: { name: 'X', colour: 'red' } })
    assert.equal(made.colour, 'red')
    await c.put('roles/auditor', { label: 'Auditor', entities: { organization: { read: true, hidden: ['colour'] } } })
    const plan = await c.admin.expect(200, 'POST', 'schema/plan', { body: { drop: ['organization.colour'] } })
    assert.equal(plan.refused, 0)
    await c.admin.refused(400, null, 'DELETE', 'schema/entities/organization/fields/colour') // the role names it
  })

  test('records that were there are found by other words, and by parts of words, when that is wished for', async () => {
    const part = (search, code = {}) => ({
      label: 'Part',
      title: 'name',
      ...search,
      fields: { name: { type: 'text', search: true }, code: { type: 'text', ...code } },
    })
    const found = async (q) => (await c.admin.get('search', { q })).results.filter((r) => r.entity === 'part').map((r) => r.id)
    const make = async (name, code) => (await c.admin.expect(201, 'POST', 'records/part', { body: { name, code } })).id
    await c.put('entities/part', part({}))
    const ids = []
    for (let i = 0; i < 300; i++) ids.push(await make(`Kugellager ${i}`, `xyloph${i}`))
    assert.deepEqual(await found('xyloph17'), [])
    await c.put('entities/part', part({}, { search: true }))
    await c.settled()
    assert.deepEqual(await found('xyloph299'), [ids[299]])
    assert.deepEqual(await found('gellager'), [])
    const plan = await c.put('entities/part', part({ search: 'substring' }, { search: true }))
    assert.deepEqual(plan.steps.map((s) => `${s.step} ${s.subject}`), ['fill_search part'])
    for (let i = 0; i < 300; i += 30) {
      await c.admin.expect(200, 'PATCH', `records/part/${ids[i]}`, { body: { name: `Rollendlager ${i}` } })
      await c.admin.expect(204, 'DELETE', `records/part/${ids[i + 1]}`)
      ids.push(await make('Nadellager', `xyloph${300 + i}`))
    }
    await c.settled()
    assert.deepEqual(await found('lophonlyhere'), [])
    assert.deepEqual(await found('yloph299'), [ids[299]])
    assert.deepEqual(await found('llendlager 270'), [ids[270]])
    assert.deepEqual(await found('ugellager 270'), [])
    assert.deepEqual(await found('ugellager 271'), [])
    assert.deepEqual(await found('dellag phot'), [])
    assert.deepEqual(await found('dellag yloph570'), [ids[309]])
    for (const search of [{}, { search: 'substring' }]) {
      await c.put('entities/part', part(search, { search: true }))
      await c.admin.expect(200, 'PATCH', `records/part/${ids[299]}`, { body: { name: `Tonnenlager ${search.search}` } })
      await c.settled()
      assert.deepEqual(await found('nnenlager'), search.search ? [ids[299]] : [])
      assert.deepEqual(await found('tonnen'), [ids[299]])
    }
    assert.match(c.perigee.cli(['check']), /no problems/)
  })

  test('a plan says what its steps would take', async () => {
    const definition = { type: 'text', search: true, sort: true, unique: true }
    const { steps } = await c.put('entities/part/fields/code?dry=1', definition)
    const told = steps.filter((s) => s.background)
    assert.deepEqual(told.map((s) => s.step), ['make_unique', 'create_index'])
    for (const s of told) {
      assert.equal(s.rows, 310, s.step)
      assert.ok(s.bytes > 310 * 24 && s.bytes < 310 * 1000, `${s.step} ${s.bytes}`)
      assert.ok(s.seconds >= 1 && s.seconds < 600, `${s.step} ${s.seconds}`)
    }
  })

  test('a plan is applied only as it was shown', async () => {
    const body = { definitions: [{ kind: 'entity', name: 'site', note: 'Where assets stand', definition: { label: 'Site', title: 'name', fields: { name: { type: 'text' } } } }] }
    const plan = await c.admin.expect(200, 'POST', 'schema/plan', { body })
    assert.ok(plan.digest)
    assert.equal((await c.admin.request('POST', 'schema/apply', { body: { ...body, digest: 'x' } })).status, 412)
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { ...body, digest: plan.digest } })
    await c.admin.expect(201, 'POST', 'records/site', { body: { name: 'Here' } })
    const site = (await c.admin.get('schema/definitions')).definitions.find((d) => d.name === 'site')
    assert.equal(site.note, 'Where assets stand')
  })

  test('what people made is written as a definition file that another server takes', async () => {
    const text = c.perigee.cli(['schema', 'export'])
    assert.match(text, /entity "site" \{/)
    assert.match(text, /-- Where assets stand/)
    assert.match(text, /name = text \{/)
    assert.match(text, /extend "organization" \{[^]*colour = choice \{/)
    assert.match(text, /directory "colour" \{/)
    const other = createInstance('sqlite', { definitions: { 'sales/entities/travelled.lua': text } })
    try {
      other.cli(['user', 'add', 'root', '--role', 'admin'])
      await other.serve()
      const admin = other.client(other.token('root'))
      await admin.create('site', { name: 'There' })
      assert.equal((await admin.create('organization', { name: 'Y', colour: 'blue' })).colour, 'blue')
    } finally {
      await other.close()
    }
  })

  test('an entity is taken out of use and had back with its records', async () => {
    const body = (await c.admin.get('schema/definitions')).definitions.find((d) => d.name === 'asset').definition
    const written = await c.admin.request('POST', 'records/asset', { body: { name: 'Undone later' } })
    assert.equal(written.status, 201, written.text)
    await c.remove('entities/asset')
    await c.admin.refused(404, null, 'GET', 'records/asset')
    const refused = await c.admin.refused(422, 'undo_hidden', 'POST', `changesets/${written.headers.get('perigee-changeset')}/undo`)
    assert.match(refused.detail, /Bring the entity back/)
    await c.put('entities/asset', body)
    assert.equal((await c.get(c.ids[2])).mark, 'c2')
  })

  test('all of it is in force after a restart, and check is clean', async () => {
    await c.settled()
    await c.perigee.stop()
    c.perigee.cli(['check'])
    await c.perigee.serve()
    c.admin = c.perigee.client(c.perigee.token('root'))
    assert.equal((await c.get(c.ids[2])).mark, 'c2')
    assert.equal((await c.get(c.ids[11])).loud, 'c11!')
  })
})
