// Two nodes on one PostgreSQL database write what the other is taking away: a record enters a stage or takes a
// value, a part is put into a box, and the stage, value or box is removed on the other node in the same
// moment. Each case is made to cross for sure: an outside transaction holds the row that every commit
// draws its number from, so that both have done all but commit, or wait for each other.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createInstance, engines } from '../support/perigee.mjs'
import { hold, waiting } from './support/hold.mjs'

const skip = engines.includes('postgres') ? false : 'PostgreSQL is not asked for'
const define = (kind, name, definition) => ({ kind, name, definition })
const box = (on_delete) => ({ box: { type: 'ref', entity: 'box', on_delete }, name: { type: 'text' } })

describe('what crosses between nodes', { skip }, () => {
  let a, b, A, B, stages
  before(async () => {
    a = createInstance('postgres')
    if (!a) return
    a.cli(['user', 'add', 'root', '--role', 'admin'])
    b = a.peer()
    await a.serve()
    const token = a.token('root')
    A = a.client(token)
    const definitions = [
      define('directory', 'tone', { items: ['warm', 'cold', 'odd', 'even'] }),
      define('entity', 'job', { title: 'name', pipeline: true, fields: { name: { type: 'text' }, tone: { type: 'choice', directory: 'tone', open: false }, tones: { type: 'choices', directory: 'tone', open: false } } }),
      define('pipeline', 'job/Way', { name: 'Way', stages: ['First', 'Second', 'Third', 'Fourth', 'Last'].map((name) => ({ name })) }),
      define('entity', 'box', { title: 'name', fields: { name: { type: 'text' } } }),
      define('entity', 'kept_part', { title: 'name', fields: box('refuse') }),
      define('entity', 'part', { title: 'name', fields: box('with') }),
    ]
    await A.expect(200, 'POST', 'schema/apply', { body: { definitions } })
    await b.serve()
    B = b.client(token)
    while ((await A.get('/readyz')).nodes !== 2 || (await B.get('/readyz')).nodes !== 2) await turn()
    stages = Object.fromEntries((await A.get('meta')).pipelines.find((p) => p.name === 'Way').stages.map((s) => [s.name, s.id]))
  })
  after(async () => {
    await b?.stop()
    await a?.stop()
    await a?.close()
  })
  const test = (name, body) => it(name, async (t) => (a ? body(t) : t.skip('skipped: PostgreSQL is not installed')))

  /** The first has written and not committed when the second comes; both go on when both wait. */
  const cross = async (first, second) => {
    const held = await hold(a.postgres.uri, "SELECT value FROM sys_sequence WHERE name = 'changeset' FOR UPDATE")
    const one = first()
    while (waiting(a) < 1) await turn()
    const other = second()
    while (waiting(a) < 2) await turn()
    await held.release()
    return Promise.all([one, other])
  }
  const sound = () => assert.equal(a.json(['check']).problems, 0)
  const item = async (code) => (await A.get('records/directory_item', { where: `code == "${code}" and directory.name == "tone"` })).records[0].id
  const living = async (entity, id) => (await A.get(`records/${entity}/${id}`)).deleted_at == null

  test('a record that entered a stage first keeps it from going', async () => {
    const [made, gone] = await cross(() => A.request('POST', 'records/job', { body: { name: 'In', stage: stages.Second } }), () => B.request('DELETE', `records/stage/${stages.Second}`))
    assert.equal(made.status, 201, made.text)
    assert.equal(gone.status, 422, gone.text)
    assert.match(gone.body.detail, /^1 records stand in job\/Way\/Second/)
    assert.ok(await living('stage', stages.Second))
    sound()
  })

  test('a stage that went first takes nobody in', async () => {
    const [gone, made] = await cross(() => B.request('DELETE', `records/stage/${stages.Third}`), () => A.request('POST', 'records/job', { body: { name: 'Late', stage: stages.Third } }))
    assert.equal(gone.status, 204, gone.text)
    assert.equal(made.status, 422, made.text)
    assert.equal(made.body.field, 'stage')
    sound()
  })

  test('what entered while a plan moves a stage\'s records away is moved, too', async () => {
    const there = await A.create('job', { name: 'There', stage: stages.Fourth })
    const [made, moved] = await cross(() => A.request('POST', 'records/job', { body: { name: 'Just now', stage: stages.Fourth } }), () => B.request('POST', 'schema/apply', { body: { move: ['job/Way/Fourth=Last'] } }))
    assert.equal(made.status, 201, made.text)
    assert.equal(moved.status, 200, moved.text)
    for (const id of [there.id, made.body.id]) assert.equal((await A.get(`records/job/${id}`)).stage.title, 'Last')
    sound()
  })

  for (const [field, value, code] of [['tone', 'warm', 'warm'], ['tones', ['cold'], 'cold']])
    test(`a value that a record took first stays: ${field}`, async () => {
      const id = await item(code)
      const [made, gone] = await cross(() => A.request('POST', 'records/job', { body: { name: 'Toned', [field]: value } }), () => B.request('DELETE', `records/directory_item/${id}`))
      assert.equal(made.status, 201, made.text)
      assert.equal(gone.status, 422, gone.text)
      assert.ok(await living('directory_item', id))
    })

  for (const [field, value, code] of [['tone', 'odd', 'odd'], ['tones', ['even'], 'even']])
    test(`a value that went first is nobody's: ${field}`, async () => {
      const id = await item(code)
      const [gone, made] = await cross(() => B.request('DELETE', `records/directory_item/${id}`), () => A.request('POST', 'records/job', { body: { name: 'Late', [field]: value } }))
      assert.equal(gone.status, 204, gone.text)
      assert.equal(made.status, 422, made.text)
      assert.equal(made.body.field, field)
      sound()
    })

  test('a part that was put in first keeps its box, or goes with it', async () => {
    for (const entity of ['kept_part', 'part']) {
      const { id } = await A.create('box', { name: 'Box' })
      const [made, gone] = await cross(() => A.request('POST', `records/${entity}`, { body: { name: 'Part', box: id } }), () => B.request('DELETE', `records/box/${id}`))
      assert.equal(made.status, 201, made.text)
      assert.equal(gone.status, entity === 'part' ? 204 : 422, gone.text)
      assert.equal(await living(entity, made.body.id), await living('box', id), `${entity} and its box share a fate`)
    }
    sound()
  })

  test('a box that went first takes no part', async () => {
    for (const entity of ['kept_part', 'part']) {
      const { id } = await A.create('box', { name: 'Box' })
      const [gone, made] = await cross(() => B.request('DELETE', `records/box/${id}`), () => A.request('POST', `records/${entity}`, { body: { name: 'Part', box: id } }))
      assert.equal(gone.status, 204, gone.text)
      assert.equal(made.status, 422, made.text)
      assert.equal(made.body.field, 'box')
    }
    sound()
  })
})
