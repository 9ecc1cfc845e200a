// crm.http: sent after the commit and not without it, to places that are allowed, answered by an
// event; what leads inside gets nowhere.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const script = (port) => `after("organization.created", { when = "name ~= 'Inside' and name ~= 'Broken'" }, function(event)
  crm.http { url = "http://127.0.0.1:${port}/hook", json = { name = event.record.name }, headers = { ["X-Key"] = "secret" }, event = "hook.answered" }
end)
after("hook.answered", function(event)
  crm.create("organization", { name = "Inside", description = event.data.status .. " " .. (event.data.body or event.data.failure) })
end)
after("contact.created", function(event)
  crm.http { url = "http://127.0.0.1:${port}/never" }
  error("not this time")
end)
action("organization", "wrong", { form = { url = text {} } }, function(organizations, form) crm.http { url = form.url } end)
action("organization", "later", function() crm.http { url = "http://localhost/", event = "hook.answered" } end)
`

const open = async (c) => {
  c.asked = []
  c.server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => { body += chunk })
    request.on('end', () => {
      c.asked.push({ method: request.method, url: request.url, headers: request.headers, body })
      response.writeHead(202, { 'Content-Type': 'text/plain' }).end('taken')
    })
  })
  await new Promise((resolve) => c.server.listen(0, '127.0.0.1', resolve))
  const { port } = c.server.address()
  c.server.unref()
  c.perigee.env = { ...c.perigee.env, PERIGEE_HTTP_ALLOWED: `10.1.2.3:80, 127.0.0.1:${port}` }
  const folder = join(c.perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'hooks.lua'), script(port), { mode: 0o600 })
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.make = (entity, body) => c.root.expect(201, 'POST', `records/${entity}`, { body })
  c.until = async (ask) => {
    for (;;) {
      const found = await ask()
      if (found) return found
    }
  }
  c.told = (text) => c.until(async () => (await c.root.get('records/organization', { where: `name == "Inside" and contains(description, "${text}")` })).records[0])
}

onEngines('requests of scripts', {}, open, (test, c) => {
  test('one goes out after the commit and its answer comes back', async () => {
    await c.make('organization', { name: 'Acme' })
    const told = await c.told('202')
    assert.equal(told.description, '202 taken')
    assert.equal(c.asked.length, 1)
    const [asked] = c.asked
    assert.equal(asked.method, 'POST')
    assert.equal(asked.url, '/hook')
    assert.deepEqual(JSON.parse(asked.body), { name: 'Acme' })
    assert.equal(asked.headers['x-key'], 'secret')
    assert.equal(asked.headers['content-type'], 'application/json')
    assert.match(asked.headers['idempotency-key'], /^\d+$/)
    const run = (await c.root.get('runs', { script: 'scripts/hooks', outcome: 'ok' })).records.at(-1)
    const { effects } = await c.root.get(`runs/${run.id}`)
    assert.equal(effects[0].verb, 'http')
    assert.ok(!JSON.stringify(effects).includes('secret'))
  })

  test('a run that fails sends nothing, a dry one neither', async () => {
    await c.make('contact', { last_name: 'Lee' })
    await c.until(async () => (await c.root.get('runs', { script: 'scripts/hooks', outcome: 'error' })).records.length)
    c.perigee.json(['script', 'dry-run', '--script', 'scripts/hooks', '--since', '2020-01-01T00:00:00Z'])
    assert.ok(!c.asked.some((asked) => asked.url === '/never'))
    assert.equal(c.asked.length, 1)
  })

  test('places inside are refused, at once where the form tells, else when the name is known', async () => {
    const { id } = await c.make('organization', { name: 'Broken' })
    const refused = (url) => c.root.refused(url.startsWith('http') ? 403 : 400, null, 'POST', 'records/organization/actions/wrong', { body: { ids: [id], form: { url } } })
    await refused('http://1.1.1.1:22/')
    await refused('http://127.0.0.1:9/')
    await refused('file:///etc/passwd')
    await c.root.expect(200, 'POST', 'records/organization/actions/later', { body: { ids: [id] } })
    const told = await c.told('points to a place')
    assert.match(told.description, /^0 /)
    assert.equal(c.asked.length, 1)
  })
})
