// The OpenAPI document: clean under a public linter, and true of the answers.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onEngines } from '../support/perigee.mjs'
import { faults, operationOf } from './support/schema.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const usd = (amount) => ({ amount, currency: 'USD' })

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'ann', '--role', 'sales', '--team', 'North'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.ann = c.perigee.client(c.perigee.token('ann'))
  c.document = await c.admin.get('openapi.json')
}

/** The program of the linter, installed by its lock file where it is missing. */
function linter() {
  const program = join(here, 'node_modules', '.bin', 'spectral')
  if (!existsSync(program)) {
    const made = spawnSync('npm', ['ci', '--prefix', here, '--silent', '--no-audit', '--no-fund'], { encoding: 'utf8', cwd: here })
    assert.equal(made.status, 0, `npm ci failed in tests/journeys: ${made.stderr}`)
  }
  return program
}

onEngines('OpenAPI', {}, open, (test, c) => {
  test('a public linter finds nothing', async (t) => {
    if (c.engine !== 'sqlite') return t.skip('the document does not depend on the engine')
    for (const [name, client] of [['admin', c.admin], ['sales', c.ann]]) {
      const file = join(c.perigee.folder, `${name}.json`)
      writeFileSync(file, JSON.stringify(await client.get('openapi.json')))
      const run = spawnSync(linter(), ['lint', file, '--ruleset', join(here, '.spectral.yaml'), '--fail-severity', 'hint', '--quiet'], { encoding: 'utf8', cwd: here })
      assert.equal(run.status, 0, `${name}: ${run.stdout.slice(0, 4000)} ${run.stderr.slice(0, 2000)}`)
    }
  })

  test('one path an entity, with its field types, as the caller may use them', async () => {
    const { document } = c
    assert.match(document.openapi, /^3\.1\./)
    for (const entity of ['deal', 'lead', 'organization', 'contact', 'activity', 'product', 'user']) {
      assert.deepEqual(Object.keys(document.paths[`/api/v1/records/${entity}`]).sort(), ['get', 'post'], entity)
      assert.deepEqual(Object.keys(document.paths[`/api/v1/records/${entity}/{id}`]).sort(), ['delete', 'get', 'patch'], entity)
    }
    const { properties, required } = document.components.schemas.deal_input
    assert.ok(properties.amount && properties.name && !properties.created_at && !properties.weighted)
    assert.deepEqual(required ?? [], ['name'])
    const some = await c.ann.get('openapi.json')
    assert.ok(!some.paths['/api/v1/records/setting'])
    assert.ok(!some.components.schemas.user.properties.role)
    for (const call of ['query', 'batch', 'search', 'changesets', 'settings', 'meta', 'live', 'files']) assert.ok(document.paths[`/api/v1/${call}`], call)
  })

  test('the answers are what the document says', async () => {
    const { document, admin } = c
    const untrue = []
    let checked = 0
    admin.onReply = (reply) => {
      const operation = operationOf(document, reply.method, reply.path)
      assert.ok(operation, `${reply.method} ${reply.path} is not described`)
      const answer = reply.status < 300 ? operation.responses[reply.status] : operation.responses[`${String(reply.status)[0]}XX`]
      assert.ok(answer, `${reply.method} ${reply.path}: ${reply.status} is not described`)
      if (!reply.body) return
      const content = (answer.$ref ? document.components.responses.problem : answer).content
      const schema = content[reply.headers.get('content-type')]?.schema
      assert.ok(schema, `${reply.method} ${reply.path}: ${reply.headers.get('content-type')}`)
      untrue.push(...faults(document, schema, reply.body).map((fault) => `${reply.method} ${reply.path} ${fault}`))
      checked++
    }
    const org = await admin.create('organization', { name: 'Acme', emails: [{ value: 'a@b.example' }], annual_revenue: usd('5'), founded_year: 1990 })
    const contact = await admin.create('contact', { last_name: 'Ivanova', organization: org.id, organizations: [{ id: org.id, role: 'payer' }], birthday: '1990-01-02', consents: { news: true } })
    const product = await admin.create('product', { name: 'Thing', price: usd('10') })
    const deal = await admin.create('deal', { name: 'Deal', organization: org.id, contact: contact.id, contacts: [{ id: contact.id }], lines: [{ product: product.id, quantity: '2', price: usd('10') }], expected_on: '2026-01-01' })
    await admin.create('lead', { last_name: 'Petrov' })
    await admin.create('activity', { subject: 'Call', about: { entity: 'deal', id: deal.id }, due_at: '2026-01-01T10:00:00Z' })
    await admin.patch('deal', deal.id, { name: 'Deal two' })
    await admin.expect(201, 'POST', `records/deal/${deal.id}/comments`, { body: { body: 'x' } })
    for (const { name } of (await admin.get('meta')).entities) {
      const reply = await admin.request('GET', `records/${name}?count=exact&limit=20`)
      if (reply.status === 200 && reply.body.records[0]) await admin.get(`records/${name}/${reply.body.records[0].id}`)
    }
    for (const part of ['timeline', 'changes', 'access', 'tags', 'followers', 'comments']) await admin.get(`records/deal/${deal.id}/${part}`)
    for (const path of ['changesets', 'search?q=acme', 'settings', 'session', 'tokens']) await admin.request('GET', path)
    await admin.query({ from: 'deal', measures: { n: 'count()', s: 'sum(amount)' }, group: ['stage.name'] })
    await admin.request('POST', 'records/organization/bulk', { body: { ids: [org.id], set: { employees: 3 } } })
    await admin.request('POST', 'batch', { body: { operations: [{ op: 'update', entity: 'organization', id: org.id, set: { employees: 4 } }] } })
    await admin.request('GET', 'records/deal/1')
    await admin.request('POST', 'records/deal', { body: { name: null } })
    await admin.request('POST', 'records/deal', { body: { nonsense: 1 } })
    await admin.expect(204, 'DELETE', `records/deal/${deal.id}`)
    const [entry] = (await admin.get('changesets', { limit: '1' })).records
    await admin.expect(200, 'POST', `changesets/${entry.id}/undo`)
    admin.onReply = undefined
    assert.deepEqual(untrue, [])
    assert.ok(checked > 50, String(checked))
  })
})
