// Looking with the eyes of another: an administrator reads as a role or a person would, writes nothing
// meanwhile, and each look stands in the log of sign-ins; nobody else may, and nobody without beginning.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { onEngines } from '../support/perigee.mjs'

/** With the header once for each: `fetch` would make one of them. */
const ask = (who, views) => new Promise((done, failed) => {
  const sent = request(`${who.base}/api/v1/records/deal`, { headers: { Authorization: `Bearer ${who.token}`, 'X-View-As': views } }, (answer) => {
    let text = ''
    answer.on('data', (part) => { text += part }).on('end', () => done({ status: answer.statusCode, body: JSON.parse(text) }))
  })
  sent.on('error', failed).end()
})

const open = async (c) => {
  const { perigee } = c
  for (const [login, role, team] of [['root', 'admin', 'North'], ['second', 'admin', 'North'], ['ann', 'sales', 'North'], ['sue', 'sales', 'South']]) perigee.cli(['user', 'add', login, '--role', role, '--team', team])
  await perigee.serve()
  for (const login of ['root', 'second', 'ann', 'sue']) c[login] = perigee.client(perigee.token(login))
  c.users = Object.fromEntries((await c.root.all('user')).map((user) => [user.login, user]))
  for (const login of ['root', 'ann', 'sue']) c[`of_${login}`] = await c[login].create('deal', { name: `Deal of ${login}` })
}

onEngines('viewing', {}, open, (test, c) => {
  const begin = (as, who = c.root) => who.expect(204, 'POST', 'session/view', { body: { as } })
  const names = (who, headers = {}) => who.expect(200, 'GET', 'records/deal?sort=name&fields=name', { headers }).then((page) => page.records.map((deal) => deal.name))

  test('without beginning, and for anybody but administrators, it is refused', async () => {
    for (const as of ['role:sales', `user:${c.users.sue.id}`]) {
      await c.root.refused(403, 'view_over', 'GET', 'records/deal', { headers: { 'X-View-As': as } })
      await c.ann.refused(403, 'view_administrators', 'POST', 'session/view', { body: { as } })
      await c.ann.refused(403, 'view_over', 'GET', 'records/deal', { headers: { 'X-View-As': as } })
    }
    for (const as of ['role:no_such', 'user:17', 'user:1', 'user:x', 'sales', ':', `role:${'x'.repeat(300)}`]) await c.root.refused(422, 'view_unknown', 'POST', 'session/view', { body: { as } })
    await c.root.refused(400, 'field_needed', 'POST', 'session/view', { body: {} })
  })

  test('as a person one sees what they see, as a role what one would see with it', async () => {
    const person = `user:${c.users.sue.id}`
    await begin(person)
    await begin('role:sales')
    assert.deepEqual(await names(c.root), ['Deal of ann', 'Deal of root', 'Deal of sue'])
    assert.deepEqual(await names(c.root, { 'X-View-As': person }), await names(c.sue))
    assert.deepEqual(await names(c.root, { 'X-View-As': 'role:sales' }), ['Deal of ann', 'Deal of root'], 'their own team, with the rights of the role')
    await c.root.refused(404, null, 'GET', `records/deal/${c.of_ann.id}`, { headers: { 'X-View-As': person } })
    const meta = await c.root.expect(200, 'GET', 'meta', { headers: { 'X-View-As': person } })
    assert.deepEqual([meta.user.login, meta.user.admin, meta.user.role], ['sue', false, 'sales'])
    const asked = { body: { from: 'deal', measures: { n: 'count()' } }, headers: { 'X-View-As': person } }
    assert.equal((await c.root.expect(200, 'POST', 'query', asked)).rows[0].n, 1)
  })

  test('two heads on one request are refused in words, whichever comes first', async () => {
    const person = `user:${c.users.sue.id}`
    await begin(person)
    await begin('role:sales')
    for (const twice of [[person, 'role:sales'], ['role:sales', person], [person, person], ['', person]]) {
      const answer = await ask(c.root, twice)
      assert.equal(answer.status, 400)
      assert.match(answer.body.detail, /X-View-As/)
    }
    assert.equal((await ask(c.root, [person])).status, 200)
  })

  test('nothing is written: not by records, not by what is one\'s own, not by ending sessions', async () => {
    const as = `user:${c.users.sue.id}`
    await begin(as)
    const tries = [
      ['POST', 'records/deal', { name: 'Not there' }], ['PATCH', `records/deal/${c.of_sue.id}`, { name: 'Changed' }], ['DELETE', `records/deal/${c.of_sue.id}`],
      ['POST', 'records/deal/bulk', { where: 'true', delete: true }], ['POST', 'batch', { operations: [] }], ['PATCH', 'me/settings', { theme: 'dark' }], ['PATCH', 'settings', { language: 'ru' }],
      ['POST', 'tokens', {}], ['DELETE', 'session'], ['POST', 'session/view', { as: 'role:sales' }], ['PUT', 'schema/roles/sales', {}], ['POST', `records/deal/${c.of_sue.id}/comments`, { body: 'x' }],
    ]
    for (const [method, path, body] of tries) await c.root.refused(403, 'view_only', method, path, { body, headers: { 'X-View-As': as } })
    const now = await c.sue.get(`records/deal/${c.of_sue.id}`)
    assert.deepEqual([now.name, now.version], ['Deal of sue', c.of_sue.version])
    assert.deepEqual(await c.sue.get('me/settings'), {})
  })

  test('a look ends with the person, and with the administrator\'s own right', async () => {
    const as = `user:${c.users.sue.id}`
    await begin(as, c.second)
    await begin('role:sales', c.second)
    assert.equal((await names(c.second, { 'X-View-As': as })).length, 1)
    await c.root.patch('user', c.users.sue.id, { active: false })
    await c.second.refused(403, 'view_over', 'GET', 'records/deal', { headers: { 'X-View-As': as } })
    await c.root.refused(422, 'view_unknown', 'POST', 'session/view', { body: { as } })
    await c.root.patch('user', c.users.second.id, { role: { id: (await c.root.get('records/role', { where: 'name == "head"' })).records[0].id } })
    await c.second.refused(403, 'view_over', 'GET', 'records/deal', { headers: { 'X-View-As': 'role:sales' } })
  })

  test('each look stands in the log, with who and when; others do not read it', async () => {
    const { records, next } = await c.root.get('sign-ins')
    const looks = records.filter((row) => row.outcome === 'view')
    assert.equal(next, null)
    assert.deepEqual([...new Set(looks.map((row) => row.login))].sort(), ['role:sales', `user:${c.users.sue.id}`].sort())
    assert.ok(looks.every((row) => ['root', 'second'].includes(row.user.title) && Date.parse(row.at) > 0 && row.address))
    for (const row of looks) assert.equal(row.whom?.title, row.login.startsWith('user:') ? 'sue' : undefined)
    const at = records.map((row) => row.at)
    assert.deepEqual(at, [...at].sort().reverse(), 'newest first')
    assert.deepEqual((await c.root.get('sign-ins', { after: records[0].id })).records, records.slice(1))
    await c.ann.refused(403, 'action_forbidden', 'GET', 'sign-ins')
  })
})
