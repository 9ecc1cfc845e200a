// Layers that meet in lists, views and rights: a plugin declares a directory, a pipeline, a view and what a
// role may, an administrator changes parts of them, the plugin is upgraded, and the plan asks who is right.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInstance, onEngines } from '../support/perigee.mjs'

const first = {
  items: '{ code = "home", label = "Home", color = "green" }, { code = "car", label = "Car" }, "life"',
  stages: '{ name = "Asked", probability = 10 }, { name = "Offered", probability = 40, limit_days = 5 }, { name = "Signed", kind = "won" }',
  view: 'label = "Policies", sort = "number", where = "number ~= nil"',
  grant: 'read = "team", create = true',
}

const plugin = (perigee, said = {}) => {
  const { items, stages, view, grant } = { ...first, ...said }
  const put = (path, text) => {
    mkdirSync(dirname(join(perigee.data, path)), { recursive: true })
    writeFileSync(join(perigee.data, path), text)
  }
  put('plugins/insurance/manifest.lua', 'return { name = "insurance", version = "1" }\n')
  put('plugins/insurance/entities/policy.lua', [
    `directory "cover" { label = "Cover", items = { ${items} } }`,
    'entity "policy" { label = "Policy", title = "number", pipeline = true, fields = { number = text {}, cover = choice "cover" {} } }',
    `pipeline "policy" { name = "Sale", stages = { ${stages} } }`,
    `view "policies" { page = "section", entity = "policy", ${view}, fields = { show = { "number", "cover" } } }`,
    `role "sales" { entities = { policy = { ${grant} } } }`,
  ].join('\n'))
}

const open = async (c) => {
  plugin(c.perigee)
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.put = (path, body) => c.admin.expect(200, 'PUT', `schema/${path}`, { body })
  c.apply = (body) => c.admin.expect(200, 'POST', 'schema/apply', { body })
  c.upgrade = async (said) => {
    await c.perigee.stop()
    plugin(c.perigee, said)
    await c.perigee.serve()
    c.admin = c.perigee.client(c.admin.token)
  }
  c.steps = async (body = {}) => (await c.admin.expect(200, 'POST', 'schema/plan', { body })).steps
  c.met = async () => (await c.steps()).filter((s) => s.step === 'layers_meet').map(({ subject, key, was, below, above }) => ({ subject, key, was, below, above }))
  c.made = async (kind, name) => (await c.admin.get('schema/definitions')).definitions.find((d) => d.kind === kind && d.name === name)?.definition
  c.items = async () => (await c.admin.get('meta')).directories.find((d) => d.name === 'cover').items.map((i) => [i.code, i.label])
  c.stages = async () => (await c.admin.get('meta')).pipelines.find((p) => p.entity === 'policy').stages.map((s) => [s.name, s.probability ?? 0])
  c.view = async () => (await c.admin.get('meta')).views.find((v) => v.name === 'policies')
  c.grant = async () => (await c.admin.get('schema/roles')).roles.find((r) => r.name === 'sales').entities.policy
}

const pipeline = `pipelines/${encodeURIComponent('policy/Sale')}`

onEngines('layers of lists', {}, open, (test, c) => {
  test('parts of a list are changed and added, what was said below is noted, the rest stays', async () => {
    await c.put('directories/cover', { items: [{ code: 'home', label: 'House' }, { code: 'dental', label: 'Teeth' }] })
    assert.deepEqual(await c.items(), [['home', 'House'], ['car', 'Car'], ['life', 'life'], ['dental', 'Teeth']])
    assert.deepEqual(await c.made('directory', 'cover'), {
      items: [{ code: 'home', label: 'House' }, { code: 'dental', label: 'Teeth' }],
      below: { items: { home: { label: { en: 'Home' } }, dental: { label: null } } },
    })
    await c.put(pipeline, { name: 'Sale', stages: [{ name: 'Offered', probability: 50, limit_days: 5 }, { name: 'Talked', probability: 20 }] })
    assert.deepEqual(await c.stages(), [['Asked', 10], ['Offered', 50], ['Signed', 0], ['Talked', 20]])
    assert.deepEqual((await c.made('pipeline', 'policy/Sale')).stages[0], { name: 'Offered', probability: 50 }, 'what says nothing new is no change')
    await c.put('views/policies', { sort: '-number' })
    const view = await c.view()
    assert.deepEqual([view.label, view.sort, view.where, view.fields.show], ['Policies', '-number', 'number ~= nil', ['number', 'cover']])
    assert.deepEqual(await c.made('view', 'policies'), { sort: '-number', below: { sort: 'number' } })
    await c.put('roles/sales', { entities: { policy: { read: 'own', create: true } } })
    assert.deepEqual(await c.grant(), { read: 'own', create: 'all' })
    assert.deepEqual((await c.made('role', 'sales')).below, { entities: { policy: { create: true, read: 'team' } } })
    assert.deepEqual(await c.met(), [])
    assert.equal(c.perigee.json(['check']).problems, 0)
  })

  test('an upgrade meets the changes: they stay, and the plan asks of each', async () => {
    await c.upgrade({
      items: '{ code = "home", label = "Home and garden", color = "blue" }, { code = "car", label = "Vehicle" }, { code = "dental", label = "Dental" }, "life"',
      stages: '{ name = "Asked", probability = 15 }, { name = "Offered", probability = 45, limit_days = 7 }, { name = "Signed", kind = "won" }',
      view: 'label = "Contracts", sort = "cover", where = "number ~= nil"',
      grant: 'read = "tree", create = true',
    })
    assert.deepEqual(await c.met(), [
      { subject: 'cover/home', key: 'label', was: { en: 'Home' }, below: { en: 'Home and garden' }, above: { en: 'House' } },
      { subject: 'cover/dental', key: 'label', was: null, below: { en: 'Dental' }, above: { en: 'Teeth' } },
      { subject: 'policy/Sale/Offered', key: 'probability', was: 40, below: 45, above: 50 },
      { subject: 'view:policies', key: 'sort', was: 'number', below: 'cover', above: '-number' },
      { subject: 'role:sales/policy', key: 'policy', was: { create: true, read: 'team' }, below: { create: true, read: 'tree' }, above: { create: true, read: 'own' } },
    ])
    assert.match(c.perigee.cli(['plan']), /layers_meet\s+cover\/home[^]*--keep cover\/home/)
    assert.deepEqual(await c.items(), [['home', 'House'], ['car', 'Vehicle'], ['dental', 'Teeth'], ['life', 'life']])
    assert.deepEqual(await c.stages(), [['Asked', 15], ['Offered', 50], ['Signed', 0], ['Talked', 20]])
    assert.deepEqual([(await c.view()).label, (await c.view()).sort], ['Contracts', '-number'])
    assert.deepEqual(await c.grant(), { read: 'own', create: 'all' }, 'rights are never wider than an administrator said')
  })

  test('kept: not asked again; taken: what the plugin says is in force', async () => {
    await c.apply({ keep: ['cover/home', 'role:sales/policy'] })
    assert.deepEqual((await c.met()).map((m) => m.subject), ['cover/dental', 'policy/Sale/Offered', 'view:policies'])
    assert.deepEqual((await c.made('directory', 'cover')).below.items.home, { label: { en: 'Home and garden' } })
    await c.apply({ take: ['policy/Sale/Offered', 'view:policies'] })
    c.perigee.cli(['apply', '--take', 'cover/dental'])
    assert.deepEqual(await c.met(), [])
    assert.deepEqual((await c.stages())[1], ['Offered', 45])
    assert.equal((await c.view()).sort, 'cover')
    assert.deepEqual(await c.items(), [['home', 'House'], ['car', 'Vehicle'], ['dental', 'Dental'], ['life', 'life']])
    assert.deepEqual((await c.made('directory', 'cover')).items, [{ code: 'home', label: 'House' }, { code: 'dental' }])
    assert.deepEqual(await c.made('view', 'policies'), {})
    assert.deepEqual(await c.grant(), { read: 'own', create: 'all' })
    await c.upgrade({
      items: '{ code = "home", label = "Home", color = "blue" }, { code = "car", label = "Vehicle" }, { code = "dental", label = "Tooth" }, "life"',
      stages: '{ name = "Asked", probability = 15 }, { name = "Offered", probability = 35, limit_days = 7 }, { name = "Signed", kind = "won" }',
      view: 'label = "Contracts", sort = "number", where = "number ~= nil"',
      grant: 'read = "all", create = true',
    })
    assert.deepEqual((await c.met()).map((m) => m.subject), ['cover/home', 'role:sales/policy'], 'what was taken follows the plugin')
    assert.deepEqual((await c.stages())[1], ['Offered', 35])
    await c.apply({ take: ['role:sales/policy'], keep: ['cover/home'] })
    assert.deepEqual(await c.grant(), { read: 'all', create: 'all' })
    assert.deepEqual(await c.met(), [])
  })

  test('a part that the plugin gives up is asked for; taken, its records get their fate', async () => {
    const policy = await c.admin.create('policy', { number: '1', cover: 'home' })
    await c.upgrade({ items: '{ code = "car", label = "Vehicle" }, { code = "dental", label = "Tooth" }, "life"' })
    assert.deepEqual((await c.met()).filter((m) => m.subject.startsWith('cover')), [{ subject: 'cover/home', key: 'label', was: { en: 'Home' }, below: null, above: { en: 'House' } }])
    const [, gone] = (await c.steps({ take: ['cover/home'] })).filter((s) => s.subject === 'cover/home' || s.step === 'remove_item').map((s) => s.step).concat(null)
    assert.equal(gone, null, 'one step: the value asks for the fate of its records')
    await c.apply({ take: ['cover/home'] })
    assert.deepEqual((await c.made('directory', 'cover')).items, [{ code: 'dental' }])
    assert.deepEqual((await c.steps()).filter((s) => s.step === 'remove_item').map((s) => [s.subject, s.records, s.asks]), [['cover/home', 1, true]])
    await c.apply({ move: ['cover/home=car'] })
    assert.equal((await c.admin.get(`records/policy/${policy.id}`)).cover, 'car')
    assert.deepEqual((await c.items()).map(([code]) => code), ['car', 'dental', 'life'])
    assert.equal(c.perigee.json(['check']).problems, 0)
  })

  test('a part that a later layer calls by another name keeps its records', async () => {
    const policy = await c.admin.create('policy', { number: '2', cover: 'life' })
    await c.put('directories/cover', { items: [{ code: 'living', was: 'life', label: 'Life' }] })
    assert.equal((await c.admin.get(`records/policy/${policy.id}`)).cover, 'living')
    assert.deepEqual((await c.items()).map(([code]) => code), ['car', 'dental', 'living'])
    assert.deepEqual((await c.steps()).filter((s) => s.subject.startsWith('cover')), [])
  })

  test('another server takes all of it from a file', async () => {
    const file = join(c.perigee.folder, 'made.lua')
    writeFileSync(file, c.perigee.cli(['schema', 'export']))
    const other = createInstance('sqlite')
    try {
      plugin(other, { items: '{ code = "car", label = "Vehicle" }, { code = "dental", label = "Tooth" }, "life"' })
      other.cli(['apply', file])
      assert.match(other.cli(['plan', file]), /as the definitions say/)
    } finally {
      await other.close()
    }
  })

  test('the plugin goes: what people added and changed is theirs and stays', async () => {
    await c.put('directories/cover', { label: 'Kinds of cover', items: [{ code: 'car', label: 'Cars' }, { code: 'pet', label: 'Pets' }] })
    await c.put('entities/organization/fields/insured', { type: 'choice', directory: 'cover' })
    const firm = await c.admin.create('organization', { name: 'Firm', insured: 'pet' })
    await c.perigee.stop()
    rmSync(join(c.perigee.data, 'plugins/insurance'), { recursive: true })
    await c.perigee.serve()
    c.admin = c.perigee.client(c.admin.token)
    assert.equal((await c.admin.get(`records/organization/${firm.id}`)).insured, 'pet')
    assert.deepEqual((await c.items()).filter(([code]) => ['car', 'pet'].includes(code)), [['car', 'Cars'], ['pet', 'Pets']])
    assert.deepEqual((await c.steps()).filter((s) => s.step === 'layers_meet'), [], 'nobody is asked what nobody said')
    assert.equal(c.perigee.json(['check']).problems, 0)
    await c.upgrade()
    assert.deepEqual((await c.made('directory', 'cover')).items, [{ code: 'car', label: 'Cars' }, { code: 'pet', label: 'Pets' }])
  })
})
