// Nobody lifts themselves: whoever looks after users, roles or the schema without being an
// administrator neither becomes one nor acts in the place of one - by tokens, links, records, undo,
// batches or definitions.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const definitions = `
role "office" {
  entities = {
    user = { read = true, create = true, update = true, delete = true },
    role = { read = true, create = true, update = true, delete = true },
    organization = { read = true, create = true, update = true },
  },
  permissions = { "users", "schema", "undo", "log" },
}
`
const lesser = { deal: { read: true } }

const open = async (c) => {
  const { perigee } = c
  for (const [login, role] of [['root', 'admin'], ['olga', 'office'], ['oscar', 'office'], ['ann', 'sales']]) perigee.cli(['user', 'add', login, '--role', role])
  await perigee.serve()
  for (const login of ['root', 'olga', 'ann']) c[login] = perigee.client(perigee.token(login))
  c.users = Object.fromEntries((await c.root.all('user')).map((user) => [user.login, user]))
  c.roles = Object.fromEntries((await c.root.all('role')).map((role) => [role.name, role.id]))
}

onEngines('escalation', { definitions: { 'sales/entities/office.lua': definitions } }, open, (test, c) => {
  test('tokens and links for an administrator are made by administrators', async () => {
    for (const more of [{}, { one_time: true }]) {
      await c.olga.refused(403, 'grant_beyond', 'POST', 'tokens', { body: { user: c.users.root.id, ...more } })
      await c.olga.expect(201, 'POST', 'tokens', { body: { user: c.users.ann.id, ...more } })
      await c.olga.expect(201, 'POST', 'tokens', { body: { user: c.users.oscar.id, ...more } })
      await c.root.expect(201, 'POST', 'tokens', { body: { user: c.users.olga.id, ...more } })
    }
  })

  test('nobody makes a link for themselves: it would set a password without the present one', async () => {
    for (const who of ['ann', 'olga', 'root']) await c[who].refused(403, 'link_own', 'POST', 'tokens', { body: { one_time: true } })
    await c.root.refused(403, 'link_own', 'POST', 'tokens', { body: { one_time: true, user: c.users.root.id } })
    await c.ann.expect(201, 'POST', 'tokens', { body: {} })
  })

  test('the role of administrators keeps its name', async () => {
    const admin = `records/role/${c.roles.admin}`
    await c.root.refused(422, 'reserved_name', 'PATCH', admin, { body: { name: 'boss' } })
    for (const body of [{ external_id: null }, { name: 'boss', external_id: null }, { name: 'boss', external_id: 'mine' }])
      await c.root.refused(422, null, 'PATCH', admin, { body })
    assert.equal((await c.root.patch('role', c.roles.admin, { label: 'Boss' })).label, 'Boss')
    assert.equal((await c.root.get(admin)).name, 'admin')
  })

  test('a role is given only by who has what it permits', async () => {
    const path = (login) => `records/user/${c.users[login].id}`
    const beyond = (method, where, options) => c.olga.refused(403, 'grant_beyond', method, where, options)
    await beyond('PATCH', path('olga'), { body: { role: c.roles.admin } })
    await beyond('PATCH', path('ann'), { body: { role: c.roles.admin } })
    await beyond('POST', 'records/user', { body: { login: 'eve', role: c.roles.admin } })
    await beyond('POST', 'batch', { body: { operations: [{ op: 'update', entity: 'user', id: c.users.olga.id, set: { role: c.roles.admin } }] } })
    await c.olga.expect(201, 'POST', 'records/user', { body: { login: 'mallory', role: c.roles.office } })
    await c.olga.patch('user', c.users.ann.id, { role: c.roles.support })
    await c.olga.patch('user', c.users.ann.id, { role: c.roles.sales })
    assert.equal((await c.root.get(path('olga'))).role.id, c.roles.office)
  })

  test('an administrator is changed by administrators', async () => {
    const path = `records/user/${c.users.root.id}`
    await c.olga.refused(403, 'grant_beyond', 'PATCH', path, { body: { login: 'gone' } })
    await c.olga.refused(403, 'grant_beyond', 'DELETE', path)
    assert.equal((await c.root.get(path)).login, 'root')
    await c.root.patch('user', c.users.root.id, { name: 'Root' })
  })

  test('the name of a role is what it grants', async () => {
    await c.olga.refused(422, 'reserved_name', 'PATCH', `records/role/${c.roles.admin}`, { body: { name: 'was_admin' } })
    await c.olga.refused(403, 'grant_beyond', 'DELETE', `records/role/${c.roles.admin}`)
    const taken = await c.olga.request('PATCH', `records/role/${c.roles.office}`, { body: { name: 'admin' } })
    assert.ok(taken.status >= 400 && taken.status < 500, taken.text)
    await c.olga.patch('role', c.roles.sales, { label_ru: 'Продавец' })
  })

  test('undo gives no role back', async () => {
    await c.root.patch('user', c.users.oscar.id, { role: c.roles.admin })
    const reply = await c.root.request('PATCH', `records/user/${c.users.oscar.id}`, { body: { role: c.roles.office } })
    const undone = await c.olga.request('POST', `changesets/${reply.headers.get('perigee-changeset')}/undo`, { body: {} })
    assert.notEqual(undone.status, 500)
    assert.equal((await c.root.get(`records/user/${c.users.oscar.id}`)).role.id, c.roles.office, undone.text)
  })

  test('definitions of roles are for administrators, others for who may change the schema', async () => {
    const role = { admin: true }
    await c.olga.refused(403, 'role_definition', 'PUT', 'schema/roles/office', { body: role })
    for (const door of ['plan', 'apply'])
      await c.olga.refused(403, 'role_definition', 'POST', `schema/${door}`, { body: { definitions: [{ kind: 'role', name: 'office', definition: role }] } })
    assert.equal((await c.olga.get('meta')).user.admin, false)
    await c.olga.expect(200, 'PUT', 'schema/entities/parcel', { body: { label: 'Parcel', label_plural: 'Parcels', title: 'name', fields: { name: { type: 'text' } } } })
    await c.root.expect(200, 'PUT', 'schema/roles/packer', { body: { label: 'Packer', entities: lesser } })
    await c.olga.refused(403, 'role_definition', 'DELETE', 'schema/roles/packer')
  })
})
