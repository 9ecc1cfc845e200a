// Somebody leaves: in one step sessions, tokens and links end and all open work goes to others by rule, each
// move in the history; nothing open is left to the leaver or to nobody, and one undo returns all of it.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const password = 'correct horse battery staple 42'

const open = async (c) => {
  const { perigee } = c
  for (const [login, role, team] of [['root', 'admin', 'North'], ['other', 'admin', 'North'], ['ann', 'sales', 'North'], ['ben', 'sales', 'North'], ['cleo', 'sales', 'North'], ['gone', 'sales', 'North']])
    perigee.cli(['user', 'add', login, '--role', role, '--team', team, '--password-stdin'], { input: `${password}\n` })
  await perigee.serve()
  for (const login of ['root', 'other', 'ann', 'ben', 'cleo']) c[login] = perigee.client(perigee.token(login))
  c.users = Object.fromEntries((await c.root.all('user')).map((user) => [user.login, user]))
  c.stages = (await c.root.get('meta')).pipelines.find((item) => item.entity === 'deal').stages
}

onEngines('hand-over', {}, open, (test, c) => {
  const stage = (kind) => c.stages.find((item) => item.kind === kind).id
  const give = (user, body, status = 200, who = c.root) => who.expect(status, 'POST', `users/${user.id}/hand-over`, { body })
  const owned = async (entity, user) => (await c.root.all(entity, { where: `owner == "${user.id}"`, sort: 'id' }))
  const owner = async (record, entity) => (await c.root.get(`records/${entity}/${record.id}`)).owner?.id ?? null
  const signIn = () => fetch(`${c.perigee.base}/api/v1/session`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: c.perigee.base }, body: JSON.stringify({ login: 'gone', password }) })
  /** What a person works on: open and closed, of several kinds, led people and a team. */
  const load = async (user) => {
    const make = (entity, name, more) => c.root.create(entity, { ...(entity === 'activity' ? { subject: name } : entity === 'contact' ? { last_name: name } : { name }), owner: user.id, ...more })
    const work = { deal: [], activity: [], organization: [], contact: [] }
    for (let i = 0; i < 5; i++) work.deal.push(await make('deal', `Open ${i}`, { amount: { amount: `${i * 1000}.00`, currency: 'USD' } }))
    work.activity.push(await make('activity', 'To do', {}), await make('activity', 'Under way', { status: 'in_progress' }))
    work.organization.push(await make('organization', 'Customer', {}))
    work.contact.push(await make('contact', 'Person', {}))
    const closed = { deal: [await make('deal', 'Won', { stage: stage('won') }), await make('deal', 'Lost', { stage: stage('lost') })], activity: [await make('activity', 'Done', { status: 'done' }), await make('activity', 'Off', { status: 'cancelled' }), await make('activity', 'Noted', { kind: 'note' })] }
    return { work, closed }
  }

  test('who may not, nobody to take over, oneself, somebody who does not sign in: refused in words, and nothing happens', async () => {
    const { gone, root, ann } = c.users
    await c.root.create('deal', { name: 'Waits', owner: gone.id })
    await give(gone, { to: [ann.id] }, 403, c.ann)
    await give({ id: '2200000000000000000' }, {}, 404)
    await give({ id: '1' }, {}, 404)
    await c.root.refused(422, 'hand_over_self', 'POST', `users/${root.id}/hand-over`, { body: { to: [ann.id] } })
    await c.root.refused(422, 'hand_over_nobody', 'POST', `users/${gone.id}/hand-over`, { body: {} })
    await c.root.refused(422, 'hand_over_nobody', 'POST', `users/${gone.id}/hand-over`, { body: { rules: [{ entity: 'deal', to: [ann.id] }] } })
    await c.root.patch('user', c.users.cleo.id, { active: false })
    for (const to of [[gone.id], [c.users.cleo.id], ['2200000000000000000']]) await c.root.refused(422, 'hand_over_person', 'POST', `users/${gone.id}/hand-over`, { body: { to } })
    await c.root.patch('user', c.users.cleo.id, { active: true })
    for (const body of [{ to: [] }, { to: ann.id }, { to: ['x'] }, { to: [ann.id], rules: {} }, { to: [ann.id], rules: [{ to: [ann.id] }] }, { to: [ann.id], closed: 'yes' }]) await c.root.refused(400, 'hand_over_form', 'POST', `users/${gone.id}/hand-over`, { body })
    await c.root.refused(422, 'hand_over_entity', 'POST', `users/${gone.id}/hand-over`, { body: { to: [ann.id], rules: [{ entity: 'user', to: [ann.id] }] } })
    await give(gone, { to: [ann.id], rules: [{ entity: 'deal', where: 'no_such == 1', to: [ann.id] }] }, 400)
    await give(gone, { who: ann.id }, 400)
    assert.equal((await c.root.get(`records/user/${gone.id}`)).active, true)
    for (const deal of await owned('deal', gone)) await c.root.expect(204, 'DELETE', `records/deal/${deal.id}`)
  })

  test('one step ends every way in and moves the open work; one undo returns all of it', async () => {
    const { gone, ann, ben } = c.users
    const { work, closed } = await load(gone)
    await c.root.patch('user', ben.id, { manager: gone.id })
    const team = (await c.root.all('team'))[0]
    await c.root.patch('team', team.id, { head: gone.id })
    const token = c.perigee.client(c.perigee.token('gone'))
    assert.equal((await token.request('GET', 'meta')).status, 200)
    const cookie = (await signIn()).headers.get('set-cookie').split(';')[0]
    const bySession = () => fetch(`${c.perigee.base}/api/v1/meta`, { headers: { Cookie: cookie } }).then((answer) => answer.status)
    assert.equal(await bySession(), 200)

    const dry = await give(gone, { dry: true })
    const counts = Object.fromEntries(dry.entities.map(({ entity, open, closed: done }) => [entity, [open, done]]))
    assert.deepEqual([counts.deal, counts.activity, counts.organization, counts.contact], [[5, 2], [2, 3], [1, 0], [1, 0]])
    assert.deepEqual([dry.changeset, (await owned('deal', gone)).length], [null, 7], 'a dry one writes nothing')

    const answer = await give(gone, { to: [ann.id] })
    assert.deepEqual([answer.left, answer.failures, answer.matched], [0, [], 9])
    for (const [entity, records] of Object.entries(work)) for (const record of records) assert.equal(await owner(record, entity), ann.id, `${entity} ${record.id}`)
    for (const [entity, records] of Object.entries(closed)) for (const record of records) assert.equal(await owner(record, entity), gone.id, 'what is done keeps its name')
    for (const entity of Object.keys(work)) assert.equal((await c.root.all(entity, { where: 'owner == nil' })).length, 0, 'nothing is left ownerless')
    assert.equal((await c.root.get(`records/user/${ben.id}`)).manager.id, ann.id)
    assert.equal((await c.root.get(`records/team/${team.id}`)).head.id, ann.id)
    assert.deepEqual([(await token.request('GET', 'meta')).status, await bySession(), (await signIn()).status], [401, 401, 401])
    const [change] = (await c.root.get(`records/deal/${work.deal[0].id}/changes`, { fields: 'owner' })).records
    assert.deepEqual([change.fields.owner.before.id, change.fields.owner.after.id, change.actor.id], [gone.id, ann.id, c.users.root.id])
    const listed = (await c.root.get('changesets')).records[0]
    assert.equal(listed.id, answer.changeset, 'one entry of the log')
    assert.equal(listed.changes, 12, 'nine records, the person, whom they led, and the team')

    const undone = await c.root.expect(200, 'POST', `changesets/${answer.changeset}/undo`, { body: {} })
    assert.deepEqual(undone.conflicts, [])
    for (const [entity, records] of Object.entries(work)) for (const record of records) assert.equal(await owner(record, entity), gone.id)
    assert.equal((await c.root.get(`records/user/${ben.id}`)).manager.id, gone.id)
    assert.equal((await c.root.get(`records/team/${team.id}`)).head.id, gone.id)
    assert.equal((await c.root.get(`records/user/${gone.id}`)).active, true)
    assert.deepEqual([(await token.request('GET', 'meta')).status, await bySession()], [401, 401], 'what was ended stays so')
    assert.equal((await signIn()).status, 200)
    await c.root.refused(409, 'already_undone', 'POST', `changesets/${answer.changeset}/undo`, { body: {} })
    await c.root.patch('user', ben.id, { manager: null })
  })

  test('by rule: the first that fits, several in turn, closed ones when asked; signing in stays when said', async () => {
    const { gone, ann, ben, cleo } = c.users
    const before = (await owned('deal', gone)).map((deal) => deal.id)
    const answer = await give(gone, { to: [cleo.id], rules: [{ entity: 'deal', where: 'amount >= 3000', to: [ann.id] }, { entity: 'deal', to: [ben.id, cleo.id] }], closed: true, disable: false })
    assert.equal(answer.left, 0)
    const deals = await Promise.all(before.map((id) => c.root.get(`records/deal/${id}`)))
    const of = (user) => deals.filter((deal) => deal.owner.id === user.id)
    assert.deepEqual(of(ann).map((deal) => deal.name).sort(), ['Open 3', 'Open 4'])
    assert.deepEqual([of(ben).length, of(cleo).length], [3, 2], 'five in turn between two')
    assert.equal((await owned('activity', gone)).length, 0)
    assert.ok((await owned('activity', cleo)).length >= 5, 'done ones, too')
    assert.equal((await c.root.get(`records/user/${gone.id}`)).active, true)
    assert.equal((await signIn()).status, 200)
    assert.deepEqual((await c.root.expect(200, 'POST', `changesets/${answer.changeset}/undo`, { body: {} })).conflicts, [])
    assert.deepEqual((await owned('deal', gone)).map((deal) => deal.id).sort(), before.sort())
  })

  test('nothing to do still ends the ways in; a second one has nothing left', async () => {
    const { gone, ann } = c.users
    await give(gone, { to: [ann.id], closed: true })
    const again = await give(gone, { to: [ann.id], closed: true })
    assert.deepEqual([again.entities, again.changeset], [[], null])
    await c.root.patch('user', gone.id, { active: true })
    assert.equal((await signIn()).status, 200)
    const empty = await give(gone, {})
    assert.equal((await signIn()).status, 401)
    assert.deepEqual((await c.root.expect(200, 'POST', `changesets/${empty.changeset}/undo`, { body: {} })).conflicts, [])
  })

  test('more than 10,000 records are a job of the same single changeset', async () => {
    const { gone, ann, ben } = c.users
    const rows = ['name,owner', ...Array.from({ length: 10200 }, (_, i) => `Company ${i},gone`)].join('\n')
    const made = await c.root.expect(202, 'POST', 'imports?entity=organization&map=name=name,owner=owner.login', { body: `${rows}\n`, headers: { 'Content-Type': 'text/csv' } })
    const ended = async (path, states) => {
      for (;; await new Promise((next) => setTimeout(next, 50))) {
        const now = await c.root.get(path)
        if (states.includes(now.state)) return now
      }
    }
    const loaded = await ended(`imports/${made.id}`, ['done', 'failed', 'cancelled'])
    assert.equal(loaded.state, 'done', JSON.stringify(loaded))
    const count = async (user) => (await c.root.get('records/organization', { where: `owner == "${user.id}"`, limit: 1, count: 'exact' })).total.value
    assert.equal(await count(gone), 10200)
    const { job } = await give(gone, { to: [ann.id, ben.id] }, 202)
    const now = await ended(`jobs/${job}`, ['done', 'failed', 'cancelled'])
    assert.equal(now.state, 'done', now.error)
    assert.deepEqual([now.progress.left, now.progress.matched, await count(gone)], [0, 10200, 0])
    assert.equal((await c.root.get('changesets')).records[0].id, now.progress.changeset)
    const undo = await c.root.expect(202, 'POST', `changesets/${now.progress.changeset}/undo`, { body: {} })
    const back = await ended(`jobs/${undo.job}`, ['done', 'failed', 'cancelled'])
    assert.equal(back.state, 'done', back.error)
    assert.equal(await count(gone), 10200)
    assert.equal((await c.root.get(`records/user/${gone.id}`)).active, true)
  })
})
