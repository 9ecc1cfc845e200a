// Definitions that wait: where the company wishes so, what one administrator changes comes into
// force when another one approves it; through REST and the command line, with a record of who
// decided.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'
import { run } from './support/backup.mjs'

const open = async (c) => {
  for (const login of ['ann', 'bob']) c.perigee.cli(['user', 'add', login, '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'sam', '--role', 'sales'])
  await c.perigee.serve()
  for (const login of ['ann', 'bob', 'sam']) c[login] = c.perigee.client(c.perigee.token(login))
  c.thing = (label, more = {}) => ({ label, title: 'name', fields: { name: { type: 'text' }, ...more } })
  c.has = async (entity) => (await c.ann.get('meta')).entities.some((one) => one.name === entity)
  c.waiting = async () => (await c.ann.get('schema/changes')).changes.filter((one) => one.state === 'waiting')
  c.decide = (who, id, what, body) => who.request('POST', `schema/changes/${id}/${what}`, body ? { body } : undefined)
}

onEngines('approval', {}, open, (test, c) => {
  test('off, as it is at first, a change is in force at once and carries its meaning', async () => {
    assert.equal((await c.ann.get('settings')).approve_definitions, false)
    await c.ann.expect(200, 'PUT', 'schema/entities/boat?note=what%20we%20sail', { body: c.thing('Boat') })
    assert.ok(await c.has('boat'))
    const { definitions } = await c.ann.get('schema/definitions')
    assert.equal(definitions[0].note, 'what we sail')
    assert.match(definitions[0].at, /^20/)
    const ann = (await c.ann.get('records/user', { where: "login == 'ann'" })).records[0]
    assert.equal(definitions[0].author, ann.id)
    assert.deepEqual((await c.ann.get('schema/changes')).changes, [])
  })

  test('switched on, a change waits with what it will do, until somebody else approves', async () => {
    for (const value of ['perhaps', 7, null]) assert.equal((await c.ann.request('PATCH', 'settings', { body: { approve_definitions: value } })).status, 422)
    await c.ann.expect(200, 'PATCH', 'settings', { body: { approve_definitions: true } })
    const made = await c.ann.expect(202, 'PUT', 'schema/entities/ship?note=bigger', { body: c.thing('Ship') })
    assert.ok(made.waiting)
    assert.ok(made.steps.some((step) => step.step === 'create_entity'))
    assert.ok(!(await c.has('ship')))
    const [change] = await c.waiting()
    assert.equal(change.id, made.waiting)
    assert.equal(change.note, 'bigger')
    assert.match(change.at, /^20/)
    assert.deepEqual(change.definitions.map((one) => [one.kind, one.name, one.definition.label]), [['entity', 'ship', 'Ship']])
    assert.ok(change.plan.steps.some((step) => step.step === 'create_entity' && step.subject === 'ship'))
    const own = await c.ann.refused(403, 'change_own', 'POST', `schema/changes/${change.id}/approve`)
    assert.match(own.detail, /somebody else/)
    assert.equal((await c.decide(c.sam, change.id, 'approve')).status, 403)
    assert.equal((await c.sam.request('GET', 'schema/changes')).status, 403)
    assert.equal((await c.decide(c.bob, change.id, 'approve', { digest: 'another plan' })).status, 412)
    assert.ok(!(await c.has('ship')))
    const done = await c.decide(c.bob, change.id, 'approve', { digest: change.plan.digest })
    assert.equal(done.status, 200, done.text)
    assert.ok(await c.has('ship'))
    const stored = (await c.ann.get('schema/definitions')).definitions.find((one) => one.name === 'ship')
    assert.equal(stored.author, change.author, 'it is still the work of its author')
    assert.equal(stored.note, 'bigger')
    const [kept] = (await c.ann.get('schema/changes')).changes
    assert.equal(kept.state, 'approved')
    assert.notEqual(kept.decided_by, kept.author)
    assert.equal((await c.decide(c.bob, change.id, 'approve')).body.code, 'change_decided')
    assert.equal((await c.decide(c.bob, change.id, 'refuse')).body.code, 'change_decided')
  })

  test('fields, removals and whole plans wait too; planning does not', async () => {
    const dry = await c.ann.expect(200, 'PUT', 'schema/entities/ship/fields/length?dry=1', { body: { type: 'integer' } })
    assert.equal(dry.waiting, undefined)
    const field = await c.ann.expect(202, 'PUT', 'schema/entities/ship/fields/length', { body: { type: 'integer' } })
    const gone = await c.bob.expect(202, 'DELETE', 'schema/entities/boat')
    const both = await c.bob.expect(202, 'POST', 'schema/apply', { body: { note: 'two', definitions: [{ kind: 'entity', name: 'dock', definition: c.thing('Dock') }] } })
    assert.equal((await c.waiting()).length, 3)
    assert.ok(await c.has('boat'))
    assert.equal((await c.decide(c.ann, gone.waiting, 'approve')).status, 200)
    assert.ok(!(await c.has('boat')))
    assert.equal((await c.decide(c.bob, field.waiting, 'approve')).status, 200)
    const refused = await c.decide(c.ann, both.waiting, 'refuse', { reason: 'no docks' })
    assert.equal(refused.status, 204, refused.text)
    assert.ok(!(await c.has('dock')))
    assert.equal((await c.ann.get('schema/changes')).changes.find((one) => one.id === both.waiting).reason, 'no docks')
    const mine = await c.ann.expect(202, 'PUT', 'schema/entities/dock', { body: c.thing('Dock') })
    assert.equal((await c.decide(c.ann, mine.waiting, 'refuse')).status, 204, 'one takes back the own')
    assert.deepEqual(await c.waiting(), [])
    assert.equal((await c.ann.request('PUT', 'schema/entities/wrong', { body: c.thing('Wrong', { x: { type: 'ref', entity: 'nowhere' } }) })).status, 400, 'mistakes are told at once')
    assert.deepEqual(await c.waiting(), [])
    assert.equal((await c.decide(c.ann, '77', 'approve')).status, 404)
    assert.equal((await c.decide(c.ann, 'x', 'refuse')).status, 404)
  })

  test('what was changed meanwhile is not overwritten', async () => {
    const one = await c.ann.expect(202, 'PUT', 'schema/entities/ship/fields/flag', { body: { type: 'text' } })
    const two = await c.ann.expect(202, 'PUT', 'schema/entities/ship/fields/port', { body: { type: 'text' } })
    assert.equal((await c.decide(c.bob, one.waiting, 'approve')).status, 200)
    const late = await c.decide(c.bob, two.waiting, 'approve')
    assert.equal(late.status, 412)
    assert.equal(late.body.code, 'change_stale')
    const fields = (await c.ann.get('schema/entities/ship')).fields.map((f) => f.name)
    assert.ok(fields.includes('flag') && !fields.includes('port'))
    const russian = await c.bob.request('POST', `schema/changes/${two.waiting}/approve`, { headers: { 'Accept-Language': 'ru' } })
    assert.match(russian.body.detail, /с тех пор изменили/)
    assert.equal((await c.decide(c.bob, two.waiting, 'refuse')).status, 204)
  })

  test('of two who decide at once one decides', async () => {
    const { waiting } = await c.ann.expect(202, 'PUT', 'schema/entities/ship/fields/mast', { body: { type: 'text' } })
    const done = await Promise.all([c.decide(c.bob, waiting, 'approve'), c.decide(c.bob, waiting, 'refuse'), c.decide(c.bob, waiting, 'approve')])
    assert.equal(done.filter((one) => one.status < 300).length, 1, done.map((one) => one.status).join())
    const { state } = (await c.ann.get('schema/changes')).changes.find((one) => one.id === waiting)
    const fields = (await c.ann.get('schema/entities/ship')).fields.map((f) => f.name)
    assert.equal(fields.includes('mast'), state === 'approved')
  })

  test('those decided come page by page, each once, after those that wait', async () => {
    const ids = []
    for (let n = 0; n < 3; n++) ids.push((await c.ann.expect(202, 'PUT', `schema/entities/page${n}`, { body: c.thing('Page') })).waiting)
    const whole = (await c.ann.get('schema/changes', { limit: 100 })).changes
    assert.deepEqual(whole.slice(0, 3).map((one) => one.id), [...ids].reverse())
    const seen = []
    let after
    for (let pages = 0; pages === 0 || after; pages++) {
      const { changes, next } = await c.ann.get('schema/changes', { limit: 2, ...(after ? { after } : {}) })
      seen.push(...changes)
      assert.ok(changes.length <= 2)
      assert.ok(pages < whole.length)
      if (pages === 0) assert.equal((await c.decide(c.bob, ids[0], 'refuse')).status, 204) // not seen yet: it comes among those decided
      after = next
    }
    assert.deepEqual(seen.map((one) => one.id).sort(), whole.map((one) => one.id).sort())
    assert.ok(seen.every((one) => one.state !== 'waiting' || one.plan), 'each that waits says what it would do')
    for (const wrong of [{ limit: 0 }, { limit: 101 }, { after: 'x' }, { page: 1 }]) assert.equal((await c.ann.request('GET', `schema/changes?${new URLSearchParams(wrong)}`)).status, 400)
    const listed = c.perigee.json(['schema', 'changes'])
    assert.deepEqual(listed.changes.map((one) => one.id).sort(), whole.map((one) => one.id).sort())
    for (const id of ids.slice(1)) assert.equal((await c.decide(c.bob, id, 'refuse')).status, 204)
  })

  test('a hundred wait at most; one that is decided makes room', async () => {
    const put = (n, options) => c.ann.request('PUT', `schema/entities/many${n}`, { body: c.thing('Many'), ...options })
    const ids = []
    for (let n = 0; n < 100; n++) ids.push((await put(n)).body.waiting)
    assert.ok(ids.every(Boolean))
    const full = await put(100)
    assert.equal(full.status, 422, full.text)
    assert.equal(full.body.code, 'changes_full')
    assert.match(full.body.detail, /100 changes wait/)
    assert.match((await put(100, { headers: { 'Accept-Language': 'ru' } })).body.detail, /ожидают уже 100/)
    assert.equal((await c.decide(c.bob, ids[7], 'refuse')).status, 204)
    assert.equal((await put(100)).status, 202)
    assert.equal((await put(101)).status, 422)
    for (const { id } of (await c.ann.get('schema/changes', { limit: 100 })).changes.filter((one) => one.state === 'waiting')) assert.equal((await c.decide(c.bob, id, 'refuse')).status, 204)
    assert.deepEqual(await c.waiting(), [])
  })

  test('of two that were made of the same definition the second to be approved is stale, also at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const names = ['left', 'right'].map((side) => `${side}${round}`)
      const ids = []
      for (const name of names) ids.push((await c.ann.expect(202, 'PUT', `schema/entities/ship/fields/${name}`, { body: { type: 'text' } })).waiting)
      const done = await Promise.all(ids.map((id) => c.decide(c.bob, id, 'approve')))
      assert.deepEqual(done.map((one) => one.status).sort(), [200, 412], done.map((one) => one.text).join('\n'))
      const { definition } = (await c.ann.get('schema/definitions')).definitions.find((one) => one.kind === 'entity' && one.name === 'ship')
      assert.deepEqual(names.map((name) => name in definition.fields), done.map((one) => one.status === 200))
      assert.equal((await c.decide(c.bob, ids[done.findIndex((one) => one.status === 412)], 'refuse')).status, 204)
    }
  })

  test('a draft that is approved is still a draft', async () => {
    const definitions = [{ kind: 'entity', name: 'raft', definition: c.thing('Raft'), draft: true }]
    const { waiting } = await c.ann.expect(202, 'POST', 'schema/apply', { body: { definitions } })
    const change = (await c.waiting()).find((one) => one.id === waiting)
    assert.deepEqual(change.definitions.map((one) => one.draft), [true])
    assert.equal((await c.decide(c.bob, waiting, 'approve')).status, 200)
    assert.ok(!(await c.has('raft')))
    assert.equal((await c.ann.get('schema/definitions')).definitions.find((one) => one.name === 'raft').draft, true)
  })

  test('a digest, a reason or a note that is no text decides nothing', async () => {
    const { waiting } = await c.ann.expect(202, 'PUT', 'schema/entities/ship/fields/bell', { body: { type: 'text' } })
    for (const [what, body] of [['approve', { digest: 5 }], ['approve', { digest: null }], ['approve', []], ['refuse', { reason: ['x'] }]])
      assert.equal((await c.decide(c.bob, waiting, what, body)).status, 400, JSON.stringify(body))
    for (const body of [{ digest: 5 }, { note: {} }, { lossy: 'no' }, { definitions: [{ kind: 'entity', name: 'x', definition: {}, draft: 'yes' }] }])
      assert.equal((await c.ann.request('POST', 'schema/apply', { body })).status, 400, JSON.stringify(body))
    assert.equal((await c.waiting()).find((one) => one.id === waiting).state, 'waiting')
    assert.equal((await c.decide(c.bob, waiting, 'refuse')).status, 204)
  })

  test('the command line asks the same, beside a server and without one', async () => {
    const file = join(c.perigee.folder, 'crane.lua')
    writeFileSync(file, "entity 'crane' { label = 'Crane', title = 'name', fields = { name = text {} } }\n")
    const as = (login, ...args) => run([...args, '--as', login, '--json', '--data', c.perigee.data])
    for (const beside of [true, false]) {
      if (!beside) await c.perigee.stop()
      for (const command of ['plan', 'apply']) {
        const sam = as('sam', command, file)
        assert.equal(sam.status, 1, sam.stdout)
        assert.match(sam.stderr, /may change the schema/)
      }
      const waits = as('ann', 'apply', file, '--note', beside ? 'lifting' : 'lifting again')
      assert.equal(waits.status, 0, waits.stderr)
      const id = waits.json.waiting
      assert.equal(as('ann', 'schema', 'approve', id).status, 1)
      assert.equal(as('sam', 'schema', 'changes').status, 1)
      const listed = as('bob', 'schema', 'changes')
      assert.equal(listed.json.changes[0].id, id)
      assert.match(run(['schema', 'changes', '--as', 'bob', '--data', c.perigee.data]).stdout, /waiting .* ann: lifting/)
      if (beside) assert.equal(as('bob', 'schema', 'refuse', id, '--reason', 'too heavy').status, 0)
      else assert.equal(as('bob', 'schema', 'approve', id).status, 0)
      assert.equal(as('bob', 'schema', 'approve', id).status, 1)
    }
    const again = run(['apply', file, '--as', 'ann', '--data', c.perigee.data])
    assert.match(again.stdout, /waits for another administrator: schema approve \d+/)
    const direct = run(['apply', file, '--data', c.perigee.data])
    assert.equal(direct.status, 0, direct.stderr)
    await c.perigee.serve()
    for (const login of ['ann', 'bob', 'sam']) c[login] = c.perigee.client(c[login].token)
    assert.ok(await c.has('crane'))
  })

  test('switched off again, what waits can still be decided', async () => {
    const { waiting } = await c.ann.expect(202, 'PUT', 'schema/entities/ship/fields/keel', { body: { type: 'text' } })
    await c.bob.expect(200, 'PATCH', 'settings', { body: { approve_definitions: false } })
    assert.equal((await c.decide(c.ann, waiting, 'approve')).status, 403)
    assert.equal((await c.decide(c.bob, waiting, 'approve')).status, 200)
    await c.ann.expect(200, 'PUT', 'schema/entities/ship/fields/sail', { body: { type: 'text' } })
  })
})
