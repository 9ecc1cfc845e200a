// A stage, pipeline or value that goes, or a value that is renamed, with many records in it: a background step that moves them in batches,
// takes nothing new meanwhile, goes on after kill -9, can be cancelled, and is undone as one change.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const COUNT = 3000
const fields = { name: { type: 'text' }, tone: { type: 'choice', directory: 'tone', open: false }, tones: { type: 'choices', directory: 'tone', open: false } }

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  const token = c.perigee.token('root')
  c.admin = c.perigee.client(token)
  c.again = async () => { await c.perigee.serve(); c.admin = c.perigee.client(token) }
  c.define = (kind, name, definition) => ({ kind, name, definition })
  c.apply = (body) => c.admin.expect(200, 'POST', 'schema/apply', { body })
  c.steps = async (body) => (await c.admin.expect(200, 'POST', 'schema/plan', { body })).steps
  c.pipeline = async (name = 'Flow') => (await c.admin.get('meta')).pipelines.find((p) => p.entity === 'job' && p.name === name)
  c.stage = async (name) => (await c.pipeline()).stages.find((s) => s.name === name)
  c.count = async (where) => (await c.admin.get('records/job', { where, limit: '1', count: 'exact' })).total.value
  c.migration = async (subject) => (await c.admin.get('schema/migrations')).migrations.find((m) => m.subject === subject)
  c.ended = async (subject) => {
    for (;;) {
      const m = await c.migration(subject)
      if (m && m.state !== 'queued' && m.state !== 'running') return m
    }
  }
  c.items = async () => (await c.admin.get('records/directory_item', { where: 'directory.name == "tone"', fields: 'code,label,color,leaving', sort: 'id' })).records.map(({ version, ...one }) => one)
  c.tones = (...items) => ({ definitions: [c.define('directory', 'tone', { items })] })
  c.isSound = () => assert.equal(c.perigee.json(['check']).problems, 0)
  const flow = { name: 'Flow', stages: [{ name: 'First' }, { name: 'Second' }, { name: 'Third' }, { name: 'Done', kind: 'won' }] }
  await c.apply({ definitions: [c.define('directory', 'tone', { items: ['warm', 'cold', 'odd'] }), c.define('entity', 'job', { label: 'Job', title: 'name', pipeline: true, fields }), c.define('pipeline', 'job/Flow', flow)] })
  const stage = (await c.stage('Second')).id
  for (let at = 0; at < COUNT; at += 500) {
    const operations = Array.from({ length: 500 }, (_, i) => ({ op: 'create', entity: 'job', set: { name: `Job ${at + i}`, stage, tone: 'warm', tones: ['warm', 'odd'] } }))
    await c.admin.expect(200, 'POST', 'batch', { body: { operations } })
  }
  c.one = (await c.admin.get('records/job', { limit: '1' })).records[0]
}

onEngines('moving', {}, open, (test, c) => {
  test('the plan says that it is a background step, of how many records, and how long', async () => {
    const [step] = await c.steps({ move: ['job/Flow/Second=Third'] })
    assert.deepEqual([step.step, step.background, step.records, step.rows, step.into], ['remove_stage', true, COUNT, COUNT, 'Third'])
    assert.ok(step.seconds >= 1)
  })

  test('what takes nothing new lets stay and leave, begins nowhere, and says so', async () => {
    const [first, second, third] = (await c.pipeline()).stages.map((s) => s.id)
    const cold = (await c.admin.get('records/directory_item', { where: 'code == "cold"' })).records[0].id
    await c.admin.patch('stage', first, { leaving: true })
    await c.admin.patch('directory_item', cold, { leaving: true })
    const refused = async (field, set) => {
      const problem = await c.admin.refused(422, null, 'PATCH', `records/job/${c.one.id}`, { body: set })
      assert.match(JSON.stringify(problem), /on its way out/)
      assert.match(JSON.stringify(problem), new RegExp(field))
    }
    await refused('stage', { stage: first })
    await refused('tone', { tone: 'cold' })
    await refused('tones', { tones: ['warm', 'cold'] })
    const made = await c.admin.create('job', { name: 'Begins' })
    assert.equal(made.stage.id, second)
    await c.admin.patch('stage', second, { leaving: true })
    assert.equal((await c.admin.patch('job', made.id, { name: 'Stays' })).stage.id, second)
    assert.equal((await c.admin.patch('job', made.id, { stage: third })).stage.id, third)
    assert.equal((await c.pipeline()).stages[0].leaving, true)
    for (const id of [first, second]) await c.admin.patch('stage', id, { leaving: false })
    await c.admin.patch('directory_item', cold, { leaving: false })
    await c.admin.patch('job', made.id, { stage: first, tone: 'cold' })
    await c.admin.expect(204, 'DELETE', `records/job/${made.id}?purge=1`)
  })

  test('cancelled it says what has moved, which stays, and the stage is in use again', async () => {
    let m
    for (let ended = 404; ended !== 204;) {
      assert.equal((await c.apply({ move: ['job/Flow/Second=Third'] })).background, 1)
      m = await c.migration('job/Flow/Second')
      ended = (await c.admin.request('DELETE', `schema/migrations/${m.id}`)).status
      if (ended !== 204) await c.admin.expect(200, 'POST', `changesets/${m.detail.changeset}/undo`) // it was faster
    }
    const { id } = m
    m = await c.migration('job/Flow/Second')
    assert.equal(m.state, 'cancelled')
    assert.match(m.detail.message, new RegExp(`${m.done} of ${COUNT} records have moved`))
    assert.equal((await c.admin.request('DELETE', `schema/migrations/${id}`)).status, 404)
    const [second, third] = [await c.stage('Second'), await c.stage('Third')]
    assert.equal(second.leaving, undefined)
    assert.equal(await c.count(`stage == "${third.id}"`), m.done, 'neither more nor less')
    assert.equal(await c.count(`stage == "${second.id}"`), COUNT - m.done)
    const made = await c.admin.create('job', { name: 'New one', stage: second.id })
    await c.admin.expect(204, 'DELETE', `records/job/${made.id}?purge=1`)
    await c.admin.expect(200, 'POST', `changesets/${m.detail.changeset}/undo`)
    assert.equal(await c.count(`stage == "${second.id}"`), COUNT)
    c.isSound()
  })

  test('killed in the middle it goes on at the next start, and nothing new has entered', async () => {
    const second = (await c.stage('Second')).id
    await c.apply({ move: ['job/Flow/Second=Third'] })
    assert.equal((await c.stage('Second'))?.leaving ?? true, true)
    while ((await c.migration('job/Flow/Second')).done === 0);
    await c.perigee.stop('SIGKILL')
    await c.again()
    const entered = await c.admin.request('POST', 'records/job', { body: { name: 'Late', stage: second } })
    assert.notEqual(entered.status, 201)
    const m = await c.ended('job/Flow/Second')
    assert.deepEqual([m.state, m.done, m.total], ['done', COUNT, COUNT])
    assert.equal(await c.stage('Second'), undefined)
    assert.equal(await c.count(`stage == "${(await c.stage('Third')).id}"`), COUNT)
    assert.deepEqual((await c.steps({})).filter((s) => s.background), [])
    c.isSound()
    c.whole = m.detail.changeset
  })

  test('its whole is one change, and undone as one', async () => {
    const { records } = await c.admin.get('changesets', { limit: '100' })
    const whole = records.find((one) => one.id === c.whole)
    assert.equal(whole.cause, 'remove_stage job/Flow/Second')
    await c.admin.expect(200, 'POST', `changesets/${c.whole}/undo`)
    const second = await c.stage('Second')
    assert.equal(second.leaving, undefined)
    assert.equal(await c.count(`stage == "${second.id}"`), COUNT)
    await c.admin.create('job', { name: 'In use again', stage: second.id })
    c.isSound()
  })

  test('a record that a rule keeps where it is stops the move in words, and the value is in use again', async () => {
    const rule = { when: "tone == 'odd' and name == 'Job 1500'", refuse: 'tone', message: 'This one stays' }
    await c.apply({ definitions: [c.define('entity', 'job', { label: 'Job', title: 'name', pipeline: true, fields, rules: [rule] })] })
    await c.apply({ move: ['tone/warm=odd'] })
    const m = await c.ended('tone/warm')
    assert.equal(m.state, 'failed')
    assert.match(m.detail.message, new RegExp(`This one stays.*${m.done} of ${2 * COUNT} records have moved`))
    assert.ok(m.done > 0 && m.done < COUNT)
    assert.equal(await c.count('tone == "odd"'), m.done)
    const made = await c.admin.create('job', { name: 'In use again', tone: 'warm' })
    await c.admin.expect(204, 'DELETE', `records/job/${made.id}?purge=1`)
    await c.admin.expect(200, 'POST', `changesets/${m.detail.changeset}/undo`)
    assert.equal(await c.count('tone == "warm"'), COUNT)
    await c.apply({ definitions: [c.define('entity', 'job', { label: 'Job', title: 'name', pipeline: true, fields })] })
    c.isSound()
  })

  test('a value goes with its records in fields of one and of many, and takes nothing new meanwhile', async () => {
    await c.apply({ move: ['tone/warm=cold'] })
    const late = await c.admin.request('POST', 'records/job', { body: { name: 'Late', tone: 'warm', tones: ['warm'] } })
    assert.notEqual(late.status, 201)
    const m = await c.ended('tone/warm')
    assert.deepEqual([m.state, m.done], ['done', 2 * COUNT])
    assert.equal(await c.count('tone == "cold"'), COUNT)
    const one = await c.admin.get(`records/job/${c.one.id}`, { fields: 'tone,tones' })
    assert.deepEqual([one.tone, [...one.tones].sort()], ['cold', ['cold', 'odd']])
    c.isSound()
  })

  const named = (code, was) => c.tones({ code, was, label: 'Cold', color: 'blue' }, 'odd')

  test('a value with many records is renamed in the background, goes on after kill -9, and is undone as one', async () => {
    await c.apply(named('cold'))
    const cold = (await c.items()).find((one) => one.code === 'cold')
    const [step] = await c.steps(named('cool', 'cold'))
    assert.deepEqual([step.step, step.subject, step.into, step.background, step.rows], ['rename_item', 'tone/cold', 'cool', true, 2 * COUNT])
    assert.ok(step.seconds >= 1)
    await c.apply(named('cool', 'cold'))
    while ((await c.migration('tone/cold')).done === 0);
    await c.perigee.stop('SIGKILL')
    await c.again()
    assert.equal((await c.items()).find((one) => one.id === cold.id).code, 'cool', 'at once')
    const early = await c.admin.create('job', { name: 'Early', tone: 'cool' })
    assert.notEqual((await c.admin.request('POST', 'records/job', { body: { name: 'Late', tone: 'cold' } })).status, 201)
    const m = await c.ended('tone/cold')
    assert.deepEqual([m.step, m.state, m.done], ['rename_item', 'done', 2 * COUNT])
    assert.deepEqual((await c.items()).map((one) => one.code).sort(), ['cool', 'odd'])
    assert.equal(await c.count('tone == "cool"'), COUNT + 1)
    assert.equal(await c.count('tone == "cold" or one_of(tones, "cold")'), 0)
    assert.deepEqual(await c.steps(named('cool', 'cold')), [], 'nothing is left of it')
    c.isSound()
    await c.admin.expect(204, 'DELETE', `records/job/${early.id}?purge=1`)
    const undone = await c.admin.expect(200, 'POST', `changesets/${m.detail.changeset}/undo`)
    assert.deepEqual(undone.conflicts, [])
    assert.deepEqual((await c.items()).map((one) => one.code).sort(), ['cold', 'odd'])
    assert.deepEqual((await c.items()).find((one) => one.id === cold.id), cold)
    assert.equal(await c.count('tone == "cold" and one_of(tones, "cold")'), COUNT)
    c.isSound()
  })

  test('a rename that is cancelled leaves both values in use, and its undo brings the one back', async () => {
    const cold = (await c.items()).find((one) => one.code === 'cold')
    let m, back
    for (let ended = 404; ended !== 204;) {
      await c.apply(named('cold'))
      await c.apply(named('cool', 'cold'))
      m = await c.migration('tone/cold')
      back = await c.admin.request('POST', 'schema/plan', { body: named('cold', 'cool') })
      ended = (await c.admin.request('DELETE', `schema/migrations/${m.id}`)).status
      if (ended !== 204) await c.admin.expect(200, 'POST', `changesets/${m.detail.changeset}/undo`) // it was faster
    }
    assert.match(back.text, /records are still being moved/)
    m = await c.migration('tone/cold')
    assert.equal(m.state, 'cancelled')
    assert.match(m.detail.message, new RegExp(`${m.done} of ${2 * COUNT} records have moved`))
    assert.deepEqual((await c.items()).filter((one) => one.label).map((one) => [one.code, one.label, !!one.leaving]).sort(), [['cold', 'Cold', false], ['cool', 'Cold', false]])
    const made = []
    for (const tone of ['cold', 'cool']) made.push(await c.admin.create('job', { name: 'In use', tone }))
    for (const { id } of made) await c.admin.expect(204, 'DELETE', `records/job/${id}?purge=1`)
    c.isSound()
    const undone = await c.admin.expect(200, 'POST', `changesets/${m.detail.changeset}/undo`)
    assert.deepEqual(undone.conflicts, [])
    assert.deepEqual((await c.items()).map((one) => one.code).sort(), ['cold', 'odd'])
    assert.deepEqual((await c.items()).find((one) => one.id === cold.id), cold)
    assert.equal(await c.count('tone == "cold" and one_of(tones, "cold")'), COUNT)
    c.isSound()
  })

  test('where its records cannot go any more it stops in words, and what is on its way out is no goal', async () => {
    const other = { name: 'Other', stages: [{ name: 'Begin' }, { name: 'End', kind: 'won' }] }
    await c.apply({ definitions: [c.define('pipeline', 'job/Other', other)] })
    await c.apply({ move: ['job/Flow=Other'] })
    const [step] = (await c.steps({ move: ['job/Other=Flow'] })).filter((s) => s.subject === 'job/Other')
    assert.equal(step.step, 'refused')
    const m = await c.ended('job/Flow')
    assert.equal(m.state, 'done')
    assert.equal(await c.count(`pipeline == "${(await c.pipeline('Other')).id}"`), COUNT + 1)
    c.isSound()
  })
})
