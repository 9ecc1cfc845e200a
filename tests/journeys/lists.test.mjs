// Pipelines and directories by plan: stages and values are renamed, moved, switched off, added and
// removed by their definitions; what records stand in goes only with their fate; history stays.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInstance, onEngines } from '../support/perigee.mjs'

const stages = (...list) => ({ name: 'Sales', stages: list })
const plain = [{ name: 'New', probability: 10 }, { name: 'Talk', probability: 40 }, { name: 'Won', kind: 'won' }]
const entity = { label: 'Job', title: 'name', pipeline: true, fields: { name: { type: 'text' }, tone: { type: 'choice', directory: 'tone', open: false } } }

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.define = (kind, name, definition) => ({ kind, name, definition })
  c.apply = (body) => c.admin.expect(200, 'POST', 'schema/apply', { body })
  c.plan = async (body) => (await c.admin.expect(200, 'POST', 'schema/plan', { body })).steps.map(({ step, subject, asks, records, into, message }) => ({ step, subject, ...(asks ? { asks } : {}), ...(records ? { records } : {}), ...(into ? { into } : {}), ...(message ? { message } : {}) }))
  c.pipeline = async (name = 'Sales') => (await c.admin.get('meta')).pipelines.find((p) => p.entity === 'job' && p.name === name)
  c.names = async (name) => (await c.pipeline(name))?.stages.map((s) => s.name)
  c.items = async () => (await c.admin.get('meta')).directories.find((d) => d.name === 'tone')?.items.map((i) => [i.code, i.label, ...(i.inactive ? ['off'] : [])])
  c.job = async (id) => c.admin.get(`records/job/${id}`)
  await c.apply({ definitions: [c.define('directory', 'tone', { items: [{ code: 'warm', label: 'Warm' }, { code: 'cold', label: 'Cold' }, 'odd'] }), c.define('entity', 'job', entity), c.define('pipeline', 'job/Sales', stages(...plain))] })
  const stage = (await c.pipeline()).stages[1].id
  c.one = await c.admin.create('job', { name: 'One', stage, tone: 'warm' })
  c.two = await c.admin.create('job', { name: 'Two', stage, tone: 'cold' })
}

onEngines('lists', {}, open, (test, c) => {
  test('a stage is renamed, changed, added in between and put in another order', async () => {
    assert.deepEqual(await c.names(), ['New', 'Talk', 'Won'])
    const now = stages({ name: 'Offer', probability: 60 }, { name: 'New', probability: 20 }, { name: 'Meeting', was: 'Talk', probability: 40 }, { name: 'Won', kind: 'won' })
    const definitions = [c.define('pipeline', 'job/Sales', now)]
    assert.deepEqual(await c.plan({ definitions }), [
      { step: 'add_stage', subject: 'job/Sales/Offer' },
      { step: 'change_stage', subject: 'job/Sales/New', into: 'probability = 20' },
      { step: 'rename_stage', subject: 'job/Sales/Talk', into: 'Meeting' },
      { step: 'order_stages', subject: 'job/Sales', into: 'Offer, New, Meeting, Won' },
    ])
    assert.deepEqual(await c.names(), ['New', 'Talk', 'Won'], 'a plan does nothing')
    await c.apply({ definitions })
    assert.deepEqual((await c.pipeline()).stages.map((s) => [s.name, s.probability ?? 0]), [['Offer', 60], ['New', 20], ['Meeting', 40], ['Won', 0]])
    assert.deepEqual((await c.job(c.one.id)).stage, { id: c.one.stage.id, title: 'Meeting' })
    assert.deepEqual(await c.plan({ definitions }), [], 'and nothing is left')
  })

  test('what people changed meets what the definition says anew', async () => {
    const [offer] = (await c.pipeline()).stages
    await c.admin.patch('stage', offer.id, { probability: 70 })
    const now = stages({ name: 'Offer', probability: 65 }, { name: 'New', probability: 20 }, { name: 'Meeting' , probability: 40 }, { name: 'Won', kind: 'won' })
    const definitions = [c.define('pipeline', 'job/Sales', now)]
    await c.apply({ definitions })
    const met = (await c.admin.expect(200, 'POST', 'schema/plan', { body: {} })).steps
    assert.deepEqual(met.map((s) => [s.step, s.subject, s.key, s.was, s.below, s.above]), [['layers_meet', 'job/Sales/Offer', 'probability', '60', '65', '70']])
    assert.equal((await c.pipeline()).stages[0].probability, 70)
    await c.apply({ take: ['job/Sales/Offer'] })
    assert.equal((await c.pipeline()).stages[0].probability, 65)
    assert.deepEqual(await c.plan({}), [])
  })

  test('a stage that is left out stays and is asked for; with records it goes only with their fate', async () => {
    const now = stages({ name: 'Offer', probability: 65 }, { name: 'New', probability: 20 }, { name: 'Won', kind: 'won' })
    await c.apply({ definitions: [c.define('pipeline', 'job/Sales', now)] })
    assert.deepEqual(await c.plan({}), [{ step: 'remove_stage', subject: 'job/Sales/Meeting', asks: true, records: 2 }])
    assert.ok((await c.names()).includes('Meeting'))
    const [refused] = await c.plan({ drop: ['job/Sales/Meeting'] })
    assert.equal(refused.step, 'refused')
    assert.match(refused.message, /^2 records stand in job\/Sales\/Meeting/)
    assert.equal((await c.admin.request('POST', 'schema/apply', { body: { drop: ['job/Sales/Meeting'] } })).status, 422)
    assert.equal((await c.plan({ move: ['job/Sales/Meeting=Nowhere'] }))[0].step, 'refused')
    const move = ['job/Sales/Meeting=New']
    assert.deepEqual(await c.plan({ move }), [{ step: 'remove_stage', subject: 'job/Sales/Meeting', records: 2, into: 'New' }])
    await c.apply({ move })
    assert.deepEqual(await c.names(), ['Offer', 'New', 'Won'])
    for (const id of [c.one.id, c.two.id]) assert.equal((await c.job(id)).stage.title, 'New')
    const moves = (await c.admin.get('records/stage_change', { where: `record == "${c.one.id}"`, sort: 'at', fields: 'from,to' })).records
    assert.deepEqual(moves.map((m) => [m.from?.id ?? null, m.to.id === c.one.stage.id]), [[null, true], [c.one.stage.id, false]], 'history names both stages')
    assert.deepEqual(await c.plan({}), [])
    const done = (await c.admin.get('schema/migrations')).migrations.find((m) => m.step === 'remove_stage')
    assert.deepEqual([done.state, done.subject, done.done], ['done', 'job/Sales/Meeting', 2])
  })

  test('it is undone as one', async () => {
    const { records: changesets } = await c.admin.get('changesets', { limit: '50' })
    const whole = changesets.find((one) => one.cause === 'remove_stage job/Sales/Meeting')
    await c.admin.expect(200, 'POST', `changesets/${whole.id}/undo`)
    assert.ok((await c.names()).includes('Meeting'))
    for (const id of [c.one.id, c.two.id]) assert.deepEqual((await c.job(id)).stage, { id: c.one.stage.id, title: 'Meeting' })
    const now = stages({ name: 'Offer', probability: 65 }, { name: 'New', probability: 20 }, { name: 'Meeting' }, { name: 'Won', kind: 'won' })
    await c.apply({ definitions: [c.define('pipeline', 'job/Sales', now)] })
    assert.ok((await c.names()).includes('Meeting'), 'declared again it is the same one')
  })

  test('values are renamed in records too, switched off, replaced or left as texts', async () => {
    const directory = { items: [{ code: 'hot', was: 'warm', label: 'Hot' }, { code: 'cold', label: 'Cold', active: false }, 'odd', 'new'] }
    const definitions = [c.define('directory', 'tone', directory)]
    assert.deepEqual(await c.plan({ definitions }), [
      { step: 'rename_item', subject: 'tone/warm', records: 1, into: 'hot' },
      { step: 'change_item', subject: 'tone/hot', into: 'label = Hot' },
      { step: 'change_item', subject: 'tone/cold', into: 'active = false' },
      { step: 'add_item', subject: 'tone/new' },
    ])
    await c.apply({ definitions })
    assert.deepEqual(await c.items(), [['hot', 'Hot'], ['cold', 'Cold', 'off'], ['odd', 'odd'], ['new', 'new']])
    assert.equal((await c.job(c.one.id)).tone, 'hot')
    assert.equal((await c.plan({ drop: ['tone/cold'] }))[0].step, 'refused')
    await c.apply({ move: ['tone/cold=odd'], leave: ['tone/hot'] })
    assert.equal((await c.job(c.two.id)).tone, 'odd')
    assert.equal((await c.job(c.one.id)).tone, 'hot', 'the text stays')
    assert.deepEqual((await c.items()).map(([code]) => code), ['odd', 'new'])
    assert.deepEqual(await c.plan({}), [], 'what people took away does not come back by itself')
  })

  test('a whole pipeline is renamed, and removed with the fate of its records', async () => {
    await c.admin.expect(200, 'PUT', `schema/pipelines/${encodeURIComponent('job/Trade')}`, { body: { ...stages({ name: 'Offer' }, { name: 'New' }, { name: 'Meeting' }, { name: 'Won', kind: 'won' }), name: 'Trade', was: 'Sales' } })
    assert.equal(await c.pipeline('Sales'), undefined)
    assert.deepEqual(await c.names('Trade'), ['Offer', 'New', 'Meeting', 'Won'])
    assert.equal((await c.job(c.one.id)).pipeline.title, 'Trade')
    await c.admin.expect(200, 'PUT', `schema/pipelines/${encodeURIComponent('job/Other')}`, { body: { name: 'Other', stages: [{ name: 'First' }] } })
    const path = `schema/pipelines/${encodeURIComponent('job/Trade')}`
    assert.equal((await c.admin.request('DELETE', path)).status, 422)
    await c.apply({ definitions: [c.define('pipeline', 'job/Trade', null)], move: ['job/Trade=Other'] })
    assert.deepEqual([(await c.job(c.one.id)).pipeline.title, (await c.job(c.one.id)).stage.title], ['Other', 'First'])
    assert.equal(await c.pipeline('Trade'), undefined)
    assert.deepEqual(await c.plan({}), [])
  })

  test('another server is taken along by export and apply, and the command line asks the same', async () => {
    const file = join(c.perigee.folder, 'lists.lua')
    writeFileSync(file, c.perigee.cli(['schema', 'export']))
    const other = createInstance('sqlite')
    try {
      other.cli(['apply', file])
      assert.match(other.cli(['plan', file]), /as the definitions say/)
      writeFileSync(file, 'pipeline "job" { name = "Other", stages = { { name = "Start", was = "First" }, { name = "End", kind = "won" } } }\n')
      assert.match(other.cli(['plan', file]), /rename_stage\s+job\/Other\/First\n\s+-> Start/)
      other.cli(['apply', file])
      assert.match(other.cli(['plan', file]), /as the definitions say/)
      assert.match(other.cli(['apply', '--drop', 'job/Other/End']), /remove_stage\s+job\/Other\/End/)
    } finally {
      await other.close()
    }
  })

  test('a stage, pipeline or value in use goes by no other door: how many stand there is said, and which command moves them', async () => {
    const fields = { name: { type: 'text' }, grade: { type: 'choice', directory: 'grade', open: false }, traits: { type: 'choices', directory: 'grade', open: false } }
    const grades = { items: ['top', 'mid', 'low', 'none'] }
    await c.apply({ definitions: [c.define('directory', 'grade', grades), c.define('entity', 'task', { title: 'name', pipeline: true, fields }), c.define('pipeline', 'task/Flow', { name: 'Flow', stages: [{ name: 'First' }, { name: 'Second' }, { name: 'Third' }] })] })
    const meta = await c.admin.get('meta')
    const flow = meta.pipelines.find((p) => p.name === 'Flow')
    const [first, second, third] = flow.stages.map((s) => s.id)
    const all = await Promise.all([1, 2, 3].map((n) => c.admin.create('task', { name: `Task ${n}`, stage: second, grade: 'top', traits: n === 1 ? ['top', 'low'] : ['top'] })))
    const directory = (await c.admin.get('records/directory', { where: 'name == "grade"' })).records[0].id
    const item = async (code) => (await c.admin.get('records/directory_item', { where: `directory == "${directory}" and code == "${code}"` })).records[0]?.id
    c.task = { flow, first, second, third, all, item }
    const problem = await c.admin.refused(422, null, 'DELETE', `records/stage/${second}`)
    assert.match(problem.detail, /^3 records stand in task\/Flow\/Second\..*apply --move "task\/Flow\/Second=/)
    assert.match((await c.admin.refused(422, null, 'DELETE', `records/pipeline/${flow.id}`)).detail, /^3 records stand in task\/Flow\./)
    assert.match((await c.admin.refused(422, null, 'DELETE', `records/directory_item/${await item('top')}`)).detail, /^6 records have the value grade\/top\..*--leave "grade\/top"/)
    assert.match((await c.admin.refused(422, null, 'DELETE', `records/directory_item/${await item('low')}`)).detail, /^1 records have the value grade\/low/)
    assert.match((await c.admin.refused(422, null, 'DELETE', `records/directory/${directory}`)).detail, /task\.grade|task\.traits/)
    assert.equal((await c.admin.request('DELETE', `records/stage/${second}?purge=1`)).status, 422)
    assert.equal((await c.admin.request('POST', 'batch', { body: { operations: [{ op: 'delete', entity: 'stage', id: second }] } })).status, 422)
    const bulk = await c.admin.expect(200, 'POST', 'records/stage/bulk', { body: { ids: [second], delete: true } })
    assert.deepEqual([bulk.failed, bulk.changeset], [1, null])
    assert.match(bulk.failures[0].detail, /^3 records stand in task\/Flow\/Second/)
    assert.equal((await c.admin.get(`records/stage/${second}`)).name, 'Second', 'it is all there')
  })

  test('what the same changeset moves away, stands there no more; what it puts there, does', async () => {
    const { first, second, third, all } = c.task
    const set = (id, stage) => ({ op: 'update', entity: 'task', id, set: { stage } })
    const gone = (id) => ({ op: 'delete', entity: 'stage', id })
    assert.equal((await c.admin.request('POST', 'batch', { body: { operations: [set(all[0].id, third), gone(second)] } })).status, 422)
    assert.equal((await c.admin.request('POST', 'batch', { body: { operations: [set(all[0].id, third), gone(third)] } })).status, 422)
    await c.admin.expect(200, 'POST', 'batch', { body: { operations: [gone(second), ...all.map((one) => set(one.id, third))] } })
    assert.equal((await c.admin.get(`records/task/${all[0].id}`)).stage.id, third)
    await c.admin.expect(204, 'DELETE', `records/stage/${first}`)
    const whole = (await c.admin.get('changesets', { limit: '10' })).records.filter((one) => !one.reverts)
    for (const { id } of whole.slice(0, 2)) await c.admin.expect(200, 'POST', `changesets/${id}/undo`)
    assert.equal((await c.admin.get(`records/task/${all[0].id}`)).stage.id, second)
  })

  test('a record in the trash lands where a new one would begin when its stage went meanwhile', async () => {
    const { first, second, flow } = c.task
    const two = await Promise.all(['Kept', 'Undone'].map((name) => c.admin.create('task', { name, stage: second, grade: 'none' })))
    for (const { id } of two) await c.admin.expect(204, 'DELETE', `records/task/${id}`)
    const trashed = (await c.admin.get('changesets', { limit: '1' })).records[0]
    await c.apply({ move: ['task/Flow/Second=Third'] })
    await c.admin.expect(200, 'POST', `records/task/${two[0].id}/restore`)
    await c.admin.expect(200, 'POST', `changesets/${trashed.id}/undo`)
    for (const { id } of two) {
      const record = await c.admin.get(`records/task/${id}`)
      assert.deepEqual([record.stage.id, record.pipeline.id], [first, flow.id])
    }
    assert.equal(c.perigee.json(['check']).problems, 0)
  })

  test('sets of values are moved, renamed and counted like single ones, and an undo puts them back', async () => {
    const { all } = c.task
    const traits = async (id) => [...(await c.admin.get(`records/task/${id}`)).traits].sort()
    assert.deepEqual(await c.plan({ move: ['grade/top=low'] }), [{ step: 'remove_item', subject: 'grade/top', records: 6, into: 'low' }])
    await c.apply({ move: ['grade/top=low'] })
    for (const { id } of all) assert.deepEqual([(await c.admin.get(`records/task/${id}`)).grade, await traits(id)], ['low', ['low']])
    const whole = (await c.admin.get('changesets', { limit: '50' })).records.find((one) => one.cause === 'remove_item grade/top')
    await c.admin.expect(200, 'POST', `changesets/${whole.id}/undo`)
    assert.deepEqual(await traits(all[0].id), ['low', 'top'])
    assert.deepEqual(await traits(all[1].id), ['top'])
    await c.apply({ definitions: [c.define('directory', 'grade', { items: [{ code: 'best', was: 'top', label: 'Best' }, 'mid', 'low', 'none'] })] })
    assert.deepEqual(await traits(all[0].id), ['best', 'low'])
    await c.apply({ leave: ['grade/best'] })
    assert.deepEqual(await traits(all[0].id), ['best', 'low'], 'the text stays')
    const left = await c.admin.patch('task', all[0].id, { traits: ['low'] })
    assert.deepEqual(left.traits, ['low'])
    assert.equal(c.perigee.json(['check']).problems, 0)
  })

  test('a value that a write brought along stays when its undo would take it from others', async () => {
    await c.apply({ definitions: [c.define('directory', 'origin', { items: ['web'] }), c.define('entity', 'visit', { title: 'name', fields: { name: { type: 'text' }, origin: { type: 'choice', directory: 'origin', open: true } } })] })
    const made = await c.admin.create('visit', { name: 'One', origin: 'Fair' })
    const changeset = (await c.admin.get('changesets', { limit: '1' })).records[0].id
    const other = await c.admin.create('visit', { name: 'Two', origin: 'Fair' })
    const { conflicts } = await c.admin.expect(200, 'POST', `changesets/${changeset}/undo`)
    assert.deepEqual(conflicts.map((one) => one.entity), ['directory_item'])
    assert.ok((await c.admin.get(`records/visit/${made.id}`)).deleted_at)
    assert.equal((await c.admin.get(`records/visit/${other.id}`)).origin, 'Fair')
    await c.admin.create('visit', { name: 'Three', origin: 'Post' })
    const alone = (await c.admin.get('changesets', { limit: '1' })).records[0].id
    assert.deepEqual((await c.admin.expect(200, 'POST', `changesets/${alone}/undo`)).conflicts, [])
    const codes = (await c.admin.get('meta')).directories.find((d) => d.name === 'origin').items.map((i) => i.code)
    assert.deepEqual(codes, ['web', 'Fair'])
  })

  test('values and stages take fields of their own, which are asked, shown along a path and travel', async () => {
    await c.admin.expect(200, 'PUT', 'schema/entities/directory_item/fields/rating', { body: { type: 'integer' } })
    await c.admin.expect(200, 'PUT', 'schema/entities/stage/fields/duty', { body: { type: 'text' } })
    const [web] = (await c.admin.get('records/directory_item', { where: 'code == "web"' })).records
    await c.admin.patch('directory_item', web.id, { rating: 5 })
    assert.deepEqual((await c.admin.get('records/directory_item', { where: 'rating > 4' })).records.map((one) => one.code), ['web'])
    await c.admin.patch('stage', c.task.first, { duty: 'Call back' })
    const found = (await c.admin.get('records/task', { where: 'stage.duty == "Call back"', fields: 'name,stage.duty' })).records
    assert.ok(found.length > 0 && found.every((one) => one['stage.duty'] === 'Call back'))
    assert.match(c.perigee.cli(['schema', 'export']), /extend "directory_item" \{ fields = \{\s+rating = integer \{\}/)
  })
})
