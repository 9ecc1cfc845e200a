// Notifications: who is told what, once, and nothing of what they may not see when they look.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const scripts = `
after("product.created", function(event)
  crm.notify(event.record.owner, "A new product", event.record)
end)
`

const until = async (ask, fits, most = 600) => {
  for (let tries = 0; tries < most; tries++) {
    const found = await ask()
    if (fits(found)) return found
    await new Promise((next) => setTimeout(next, 50))
  }
  throw new Error(`never came: ${JSON.stringify(await ask())}`)
}
const told = (who, query = {}) => who.get('me/notifications', query)
const kinds = (page) => page.notifications.map((item) => item.kind)

const open = async (c) => {
  c.ids = {}
  for (const [login, role] of [['root', 'admin'], ['ann', 'sales'], ['bob', 'sales'], ['vic', 'reader']]) {
    c.perigee.cli(['user', 'add', login, '--role', role])
    c[login] = login
  }
  await c.perigee.serve()
  for (const login of ['root', 'ann', 'bob', 'vic']) c[login] = c.perigee.client(c.perigee.token(login))
  for (const user of (await c.root.get('records/user', { limit: 50 })).records) c.ids[user.login] = user.id
}

onEngines('notifications', { definitions: { 'sales/entities/told.lua': scripts } }, open, (test, c) => {
  test('a record that somebody gives me is told, my own doing is not', async () => {
    const own = await c.root.create('organization', { name: 'Kept', owner: c.ids.root })
    c.acme = await c.root.create('organization', { name: 'Acme', owner: c.ids.ann })
    const { notifications, unread } = await until(() => told(c.ann), (page) => page.notifications.length > 0)
    assert.equal(unread, 1)
    assert.equal(notifications[0].kind, 'assigned')
    const done = (await c.root.get('changesets', { limit: 1 })).records[0]
    assert.deepEqual([done.door, done.changes], ['rest', 1], 'what people are told is no entry of its own in the list of what was done')
    assert.deepEqual(notifications[0].about, { entity: 'organization', id: c.acme.id, title: 'Acme' })
    assert.equal(notifications[0].actor.id, c.ids.root)
    assert.equal(notifications[0].read_at, null)
    await c.root.expect(200, 'PATCH', `records/organization/${own.id}`, { body: { owner: c.ids.bob } })
    assert.deepEqual(kinds(await until(() => told(c.bob), (page) => page.notifications.length > 0)), ['assigned'])
    assert.deepEqual(kinds(await told(c.root)), [])
  })

  test('mentions and comments on what one owns or follows are told, each once', async () => {
    await c.root.request('POST', `records/organization/${c.acme.id}/followers`, { body: { add: [c.ids.bob, c.ids.ann] } })
    await c.root.create('comment', { about: { entity: 'organization', id: c.acme.id }, body: 'Look', mentions: [c.ids.vic] })
    assert.deepEqual(kinds(await until(() => told(c.vic), (page) => page.unread > 0)), ['mention'])
    assert.deepEqual(kinds(await until(() => told(c.ann), (page) => page.unread > 1)), ['comment', 'assigned'], 'owner and follower, told once')
    const note = await c.root.create('activity', { kind: 'note', subject: 'Call', about: { entity: 'organization', id: c.acme.id }, mentions: [c.ids.vic] })
    await until(() => told(c.vic), (page) => page.unread === 2)
    await c.root.expect(200, 'PATCH', `records/activity/${note.id}`, { body: { mentions: [c.ids.vic, c.ids.ann] } })
    await until(() => told(c.ann), (page) => page.unread === 3)
    assert.equal((await told(c.vic)).unread, 2)
  })

  test('what a reader may not see is told to nobody', async () => {
    const before = await told(c.bob)
    const secret = await c.root.create('organization', { name: 'Zebra secret', owner: c.ids.root })
    await c.root.create('comment', { about: { entity: 'organization', id: secret.id }, body: 'psst', mentions: [c.ids.bob] })
    const raw = await until(() => c.root.get('records/notification', { where: `user == '${c.ids.bob}'`, limit: 50 }), (page) => page.records.some((row) => row.about?.id === secret.id))
    const after = await told(c.bob)
    assert.equal(after.unread, before.unread)
    assert.ok(raw.records.length > after.notifications.length)
    assert.doesNotMatch(JSON.stringify(after), /Zebra|secret/)
    assert.doesNotMatch((await c.bob.request('GET', 'records/notification?limit=50')).text, new RegExp(`Zebra|psst|${secret.id}`))
    await c.root.expect(200, 'PATCH', `records/organization/${secret.id}`, { body: { owner: c.ids.bob } })
    assert.ok((await until(() => told(c.bob), (page) => page.unread === before.unread + 2)).notifications.some((item) => item.about?.title === 'Zebra secret'))
  })

  test('marking, kinds left out, pages and bad questions', async () => {
    const { notifications } = await told(c.ann)
    assert.deepEqual(await c.ann.expect(200, 'POST', 'me/notifications/read', { body: { ids: [notifications[0].id] } }), { marked: 1 })
    assert.equal((await told(c.ann)).unread, notifications.length - 1)
    assert.deepEqual(await c.bob.expect(200, 'POST', 'me/notifications/read', { body: { ids: [notifications[1].id] } }), { marked: 0 }, 'of others nothing is marked')
    assert.ok(!kinds(await told(c.ann, { without: 'assigned,due' })).includes('assigned'))
    const first = await told(c.ann, { limit: 1 })
    assert.equal(first.notifications.length, 1)
    assert.notEqual((await told(c.ann, { limit: 1, after: first.next })).notifications[0].id, first.notifications[0].id)
    assert.deepEqual(kinds(await told(c.ann, { unread: '1' })).length, notifications.length - 1)
    await c.ann.expect(200, 'POST', 'me/notifications/read', { body: {} })
    assert.equal((await told(c.ann)).unread, 0)
    for (const path of ['me/notifications?limit=0', 'me/notifications?limit=101', "me/notifications?without=a'b", 'me/notifications?other=1'])
      assert.equal((await c.ann.request('GET', path)).status, 400, path)
    await c.ann.refused(400, null, 'POST', 'me/notifications/read', { body: { ids: 'x' } })
    await c.ann.refused(403, null, 'POST', 'records/notification', { body: { user: c.ids.bob, kind: 'message', text: 'spam' } })
  })

  test('scripts tell people, a job that ends is told to who began it', async () => {
    const product = await c.root.create('product', { name: 'Pump', owner: c.ids.root })
    const page = await until(() => told(c.root), (all) => all.notifications.some((item) => item.kind === 'message'))
    assert.equal(page.notifications[0].text, 'A new product')
    assert.equal(page.notifications[0].about.id, product.id)
    const answer = await c.root.request('POST', 'imports?entity=organization', { body: 'name\nImported\n', headers: { 'Content-Type': 'text/csv' } })
    assert.equal(answer.status, 202, answer.text)
    const ended = await until(() => told(c.root), (all) => all.notifications.some((item) => item.kind === 'job'))
    assert.equal(ended.notifications.find((item) => item.kind === 'job').text, 'base.import')
  })

  test('a change of definitions that waits is told to who may decide, its end to its author', async () => {
    c.perigee.cli(['user', 'add', 'dan', '--role', 'admin'])
    c.dan = c.perigee.client(c.perigee.token('dan'))
    const approvals = async (who) => (await told(who)).notifications.filter((item) => item.kind === 'approval').map((item) => [item.text, item.actor?.id, item.about])
    const dan = (await c.root.get('records/user', { where: 'login == "dan"' })).records[0].id
    await c.root.expect(200, 'PATCH', 'settings', { body: { approve_definitions: true } })
    const propose = async (name) => (await c.root.expect(202, 'PUT', `schema/entities/${name}`, { body: { label: name, title: 'name', fields: { name: { type: 'text' } } } })).waiting
    const [ship, raft] = [await propose('ship'), await propose('raft')]
    await until(() => approvals(c.dan), (all) => all.length === 2)
    // Each is told by a job of its own: which of two ends first is nobody's promise.
    assert.deepEqual((await approvals(c.dan)).sort(), [[`waiting/${raft}`, c.ids.root, null], [`waiting/${ship}`, c.ids.root, null]].sort())
    for (const who of [c.root, c.ann, c.bob, c.vic]) assert.deepEqual(await approvals(who), [])
    await c.dan.expect(200, 'POST', `schema/changes/${ship}/approve`)
    await c.dan.expect(204, 'POST', `schema/changes/${raft}/refuse`, { body: { reason: 'no' } })
    await until(() => approvals(c.root), (all) => all.length === 2)
    assert.deepEqual((await approvals(c.root)).sort(), [[`approved/${ship}`, dan, null], [`refused/${raft}`, dan, null]].sort())
    const withdrawn = await propose('kayak')
    await until(() => approvals(c.dan), (all) => all.length === 3)
    await c.root.expect(204, 'POST', `schema/changes/${withdrawn}/refuse`, { body: {} })
    await c.root.expect(200, 'PATCH', 'settings', { body: { approve_definitions: false } })
    assert.equal((await approvals(c.root)).length, 2, 'what the author takes back is no news to the author')
  })

  test('a task that comes due is told once, after a restart too', async () => {
    const at = new Date(Date.now() - 1000).toISOString()
    const task = await c.ann.create('activity', { kind: 'task', subject: 'Pay', due_at: at, owner: c.ids.ann })
    await c.ann.create('activity', { kind: 'task', subject: 'Done', due_at: at, done_at: at, owner: c.ids.ann })
    const due = async () => (await c.root.get('records/notification', { where: "kind == 'due'", limit: 50 })).records
    const looked = async (since) => (await c.root.get('jobs', { limit: 100 })).records.some((job) => job.kind === 'base.reminders' && job.state === 'done' && Date.parse(job.created_at) >= since)
    const again = async () => {
      await c.perigee.stop()
      const stopped = Date.now()
      c.perigee.sql("UPDATE sys_schedule SET next_at = 1 WHERE name LIKE '%reminders'") // what came due meanwhile comes at the start
      await c.perigee.serve()
      for (const login of ['root', 'ann']) c[login] = c.perigee.client(c[login].token)
      await until(() => looked(stopped), Boolean)
    }
    await again()
    await until(due, (rows) => rows.length > 0)
    await again()
    assert.deepEqual((await due()).map((row) => row.about.id), [task.id])
    assert.ok((await told(c.ann)).notifications.some((item) => item.kind === 'due' && item.about.id === task.id))
  })
})
