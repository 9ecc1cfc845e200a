// Other doors of the REST contract: files, settings, meta, the live feed, conversion of leads, and how
// handlers and scripts stand in the log.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const probe = `
before("organization", function(organization, change)
  if organization.legal_name == "stamp me" then organization.legal_name = "stamped" end
  if organization.legal_name == "refuse me" then crm.refuse("legal_name", "No such name, please") end
end)
after("organization.created", { when = "industry == nil and starts_with(name, 'Watched')" }, function(event)
  crm.create("activity", { subject = "Greet " .. event.record.name, about = event.record })
end)
`

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'ann', '--role', 'sales', '--team', 'North'])
  c.perigee.cli(['user', 'add', 'bob', '--role', 'sales', '--team', 'South'])
  await c.perigee.serve()
  for (const [name, login] of [['admin', 'root'], ['ann', 'ann'], ['bob', 'bob']]) c[name] = c.perigee.client(c.perigee.token(login))
}

async function until(ask, ms = 15000) {
  for (const end = Date.now() + ms; ; await new Promise((r) => setTimeout(r, 50))) {
    const found = await ask()
    if (found) return found
    if (Date.now() > end) throw new Error(`did not come about: ${ask}`)
  }
}

onEngines('doors', { definitions: { 'sales/entities/probe.lua': probe } }, open, (test, c) => {
  test('files: up streamed, down whole, in parts, under conditions', async () => {
    const bytes = Buffer.alloc(300000, 'perigee ')
    const made = await c.admin.request('POST', `files?name=${encodeURIComponent('../отчёт "x".html')}`, { body: bytes, headers: { 'Content-Type': 'text/html' } })
    assert.equal(made.status, 201, made.text)
    assert.equal(made.body.name, 'отчёт "x".html')
    assert.equal(made.body.bytes, bytes.length)
    const path = `files/${made.body.id}/content`
    const get = async (headers) => {
      const answer = await fetch(`${c.perigee.base}/api/v1/${path}`, { headers: { Authorization: `Bearer ${c.admin.token}`, ...headers } })
      return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
    }
    const whole = await get({})
    assert.equal(whole.status, 200)
    assert.ok(whole.bytes.equals(bytes))
    assert.match(whole.headers.get('content-disposition'), /^attachment; filename\*=UTF-8''/)
    assert.equal(whole.headers.get('x-content-type-options'), 'nosniff')
    assert.match(whole.headers.get('content-security-policy'), /sandbox/)
    for (const [range, from, to] of [['bytes=0-9', 0, 9], ['bytes=299990-', 299990, 299999], ['bytes=-5', 299995, 299999], ['bytes=10-9999999', 10, 299999]]) {
      const part = await get({ Range: range })
      assert.equal(part.status, 206, range)
      assert.ok(part.bytes.equals(bytes.subarray(from, to + 1)), range)
      assert.equal(part.headers.get('content-range'), `bytes ${from}-${to}/300000`)
    }
    const outside = await get({ Range: 'bytes=300000-' })
    assert.equal(outside.status, 416)
    assert.equal(outside.headers.get('content-range'), 'bytes */300000')
    assert.equal((await get({ 'If-None-Match': whole.headers.get('etag') })).status, 304)
    assert.equal((await get({ Range: 'bytes=0-1', 'If-Range': '"other"' })).status, 200)
    assert.equal((await c.ann.request('GET', path)).status, 200, 'a salesperson reads files')
    const empty = await c.admin.request('POST', 'files?name=empty.txt', { body: '', headers: { 'Content-Type': 'text/plain' } })
    assert.equal(empty.status, 201)
    assert.equal(empty.body.bytes, 0)
    const org = await c.admin.create('organization', { name: 'With papers' })
    const about = await c.admin.request('POST', `files?name=a.txt&about=organization:${org.id}`, { body: 'x', headers: { 'Content-Type': 'text/plain' } })
    assert.equal(about.body.about.id, org.id)
    const unseen = await c.bob.request('POST', `files?name=a.txt&about=organization:${org.id}`, { body: 'x', headers: { 'Content-Type': 'text/plain' } })
    assert.equal(unseen.status, 422, unseen.text)
    await c.admin.refused(422, null, 'PATCH', `records/file/${made.body.id}`, { body: { bytes: 1 } })
  })

  test('settings: shown to all, changed by admins, the currency fixed once money is stored', async () => {
    const before = await c.admin.get('settings')
    assert.equal(before.base_currency, 'USD')
    assert.equal((await c.ann.get('settings')).base_currency, 'USD')
    await c.ann.refused(403, null, 'PATCH', 'settings', { body: { company_name: 'x' } })
    assert.equal((await c.admin.expect(200, 'PATCH', 'settings', { body: { company_name: 'Acme Ltd', base_currency: 'EUR' } })).base_currency, 'EUR')
    await c.admin.expect(200, 'PATCH', 'settings', { body: { base_currency: 'USD' } })
    for (const body of [{ zone: 'Nowhere/Land' }, { base_currency: 'QQQ' }, { week_start: 9 }, { language: 'xx' }])
      assert.ok([400, 422].includes((await c.admin.request('PATCH', 'settings', { body })).status), JSON.stringify(body))
    await c.admin.refused(400, null, 'PATCH', 'settings', { body: { no_such: 1 } })
    await c.admin.create('product', { name: 'Priced', price: { amount: '1', currency: 'USD' } })
    const fixed = await c.admin.request('PATCH', 'settings', { body: { base_currency: 'EUR' } })
    assert.ok([409, 422].includes(fixed.status), fixed.text)
    assert.equal((await c.admin.get('settings')).base_currency, 'USD')
  })

  test('settings: of two who change what they saw the second is told, and nothing of theirs is lost', async () => {
    const patch = (body, etag) => c.admin.request('PATCH', 'settings', { body, headers: { 'If-Match': etag } })
    const seen = (await c.admin.request('GET', 'settings')).headers.get('etag')
    assert.match(seen, /^"\d+"$/)
    assert.equal((await c.ann.request('GET', 'settings')).headers.get('etag'), null)
    const first = await patch({ company_name: 'First' }, seen)
    assert.equal(first.status, 200, first.text)
    for (const body of [{ company_name: 'Second' }, { week_start: 7 }]) {
      const late = await patch(body, seen)
      assert.equal(late.status, 412, late.text)
    }
    assert.equal((await c.admin.get('settings')).company_name, 'First')
    assert.equal((await patch({ company_name: 'Second' }, first.headers.get('etag'))).status, 200)
    assert.equal((await patch({ company_name: 'Third' }, '*')).status, 200)
    assert.equal((await patch({ company_name: 'x' }, 'x')).status, 400)
    const [now, before] = [(await c.admin.request('GET', 'settings')).headers.get('etag'), first.headers.get('etag')]
    assert.notEqual(now, before)
    const secret = await patch({ mail_password: 'one' }, now)
    assert.notEqual(secret.headers.get('etag'), now, 'a secret counts, too, though it is not shown')
    const both = await Promise.all(['A', 'B', 'C', 'D'].map((company_name) => patch({ company_name }, secret.headers.get('etag'))))
    assert.deepEqual(both.map((one) => one.status).sort(), [200, 412, 412, 412], 'of four at once one')
    await c.admin.expect(200, 'PATCH', 'settings', { body: { company_name: 'Acme Ltd', mail_password: '' } })
  })

  test('meta: the schema as the caller sees it', async () => {
    const names = (meta) => meta.entities.map((e) => e.name)
    const all = await c.admin.get('meta')
    const some = await c.ann.get('meta')
    for (const name of ['deal', 'lead', 'organization', 'contact', 'activity', 'product']) assert.ok(names(some).includes(name), name)
    assert.ok(names(all).includes('setting'))
    assert.ok(!names(some).includes('setting'))
    const fields = (meta, entity) => meta.entities.find((e) => e.name === entity).fields.map((f) => f.name)
    assert.ok(fields(all, 'user').includes('role'))
    assert.ok(!fields(some, 'user').includes('role'))
    const first = await c.ann.request('GET', 'meta')
    assert.equal((await c.ann.request('GET', 'meta', { headers: { 'If-None-Match': first.headers.get('etag') } })).status, 304)
  })

  test('live: hints for what one may see, gone for what one may no longer, Last-Event-ID', async () => {
    const ann = await c.ann.live()
    const bob = await c.bob.live()
    assert.match(ann.type, /^text\/event-stream/)
    const made = await c.ann.create('organization', { name: 'Seen by Ann' })
    const hint = await ann.until((h) => h.id === made.id)
    assert.deepEqual([hint.event, hint.entity, hint.version, hint.gone], ['change', 'organization', 1, undefined])
    assert.ok(!ann.text.includes('Seen by Ann'), 'no values')
    await c.ann.patch('organization', made.id, { name: 'Again' })
    await ann.until((h) => h.id === made.id && h.version === 2)
    const south = (await c.admin.get('records/user', { where: 'login == "bob"' })).records[0]
    await c.admin.patch('organization', made.id, { owner: south.id, team: south.team.id })
    assert.equal((await ann.until((h) => h.id === made.id && h.version === 3)).gone, true)
    assert.equal((await bob.until((h) => h.id === made.id)).version, 3)
    assert.equal(bob.hints.filter((h) => h.id === made.id).length, 1)
    ann.close()
    const again = await c.ann.live({ headers: { 'Last-Event-ID': String(hint.seq) } })
    assert.equal((await again.until((h) => h.id === made.id)).gone, true, 'seen at that moment, no longer now')
    again.close()
    await c.bob.expect(204, 'DELETE', `records/organization/${made.id}`)
    assert.equal((await bob.until((h) => h.id === made.id && h.gone)).gone, true)
    bob.close()
    await c.perigee.client(null).refused(401, null, 'GET', 'live')
  })

  test('a lead is converted in one changeset, and undo takes it back whole', async () => {
    const lead = await c.ann.create('lead', {
      last_name: 'Petrova', first_name: 'Anna', organization_name: 'Petrov & Co', emails: [{ value: 'anna@petrov.example' }], phones: [{ value: '+7 900 000-00-01' }],
      source: 'website', utm_source: 'search', amount: { amount: '5000', currency: 'USD' }, interest: 'Everything',
    })
    assert.equal(lead.stage.title, 'New')
    await c.ann.create('activity', { subject: 'First call', kind: 'call', about: { entity: 'lead', id: lead.id } })
    const reply = await c.ann.request('POST', `records/lead/${lead.id}/convert`)
    assert.ok([200, 201].includes(reply.status), reply.text)
    const now = await c.ann.get(`records/lead/${lead.id}`)
    assert.equal(now.stage.title, 'Converted')
    assert.ok(now.converted_at)
    const deal = await c.ann.get(`records/deal/${now.converted_deal.id}`)
    assert.deepEqual(deal.amount, { amount: '5000.00', currency: 'USD' })
    assert.equal(deal.lead.id, lead.id)
    assert.equal(deal.source, 'website')
    assert.equal(deal.organization.title, 'Petrov & Co')
    const contact = await c.ann.get(`records/contact/${now.converted_contact.id}`)
    assert.equal(contact.emails[0].value, 'anna@petrov.example')
    assert.equal(contact.organization.id, now.converted_organization.id)
    for (const [entity, id] of [['contact', contact.id], ['organization', now.converted_organization.id], ['deal', deal.id]])
      assert.ok(JSON.stringify(await c.ann.get(`records/${entity}/${id}/timeline`)).includes('First call'), entity)
    const again = await c.ann.request('POST', `records/lead/${lead.id}/convert`)
    assert.ok([409, 422].includes(again.status), again.text)
    await c.bob.refused(404, null, 'POST', `records/lead/${lead.id}/convert`)
    const second = await c.ann.create('lead', { last_name: 'Petrova', organization_name: 'petrov & co', emails: [{ value: 'ANNA@petrov.example' }] })
    await c.ann.request('POST', `records/lead/${second.id}/convert`, { body: { deal: false } })
    const found = await c.ann.get(`records/lead/${second.id}`)
    assert.equal(found.converted_contact.id, contact.id)
    assert.equal(found.converted_organization.id, now.converted_organization.id)
    assert.equal(found.converted_deal, null)
    const [entry] = (await c.ann.get(`records/lead/${lead.id}/changes`)).records
    await c.ann.expect(200, 'POST', `changesets/${entry.changeset}/undo`)
    assert.equal((await c.ann.get(`records/lead/${lead.id}`)).stage.title, 'New')
    assert.equal((await c.ann.get(`records/lead/${lead.id}`)).converted_at, null)
    assert.ok((await c.ann.get(`records/deal/${deal.id}`)).deleted_at)
  })

  test('a before handler changes, and refuses, as part of saving', async () => {
    const made = await c.ann.create('organization', { name: 'Probed', legal_name: 'stamp me', industry: null })
    assert.equal(made.legal_name, 'stamped')
    const [change] = (await c.ann.get(`records/organization/${made.id}/changes`)).records
    assert.equal(change.door, 'rest')
    const refused = await c.ann.refused(422, null, 'POST', 'records/organization', { body: { name: 'x', legal_name: 'refuse me' } })
    assert.equal(refused.field, 'legal_name')
    assert.match(refused.detail, /No such name, please/)
    const patched = await c.ann.request('PATCH', `records/organization/${made.id}`, { body: { legal_name: 'stamp me', name: 'Twice' } })
    const entry = (await c.ann.get(`records/organization/${made.id}/changes`)).records[0]
    assert.equal(entry.changeset, patched.headers.get('perigee-changeset'))
    const told = JSON.stringify(entry)
    assert.ok(told.includes('probe.lua') || told.includes('script'), `the cause of what the handler set: ${told}`)
  })

  test('an after handler writes once, with its cause in the log', async () => {
    const made = await c.ann.create('organization', { name: 'Watched One' })
    const activity = await until(async () => (await c.admin.get('records/activity', { where: 'subject == "Greet Watched One"' })).records[0])
    assert.equal(activity.about.id, made.id)
    const [change] = (await c.admin.get(`records/activity/${activity.id}/changes`)).records
    assert.equal(change.door, 'script')
    assert.match(change.cause, /probe\.lua/)
    const entry = (await c.admin.get('changesets')).records.find((r) => r.id === change.changeset)
    assert.match(entry.cause, /probe\.lua/)
    assert.equal(entry.door, 'script')
    await c.ann.create('organization', { name: 'Watched Two', industry: 'retail' }).catch(() => {})
    await c.ann.create('organization', { name: 'Watched Three' })
    await until(async () => (await c.admin.get('records/activity', { where: 'subject == "Greet Watched Three"' })).records[0])
    assert.equal((await c.admin.get('records/activity', { where: 'starts_with(subject, "Greet")', count: 'exact' })).total.value, 2)
  })

  test('a script-made change has the door script and its file as cause', async () => {
    const file = join(c.perigee.folder, 'tidy.lua')
    writeFileSync(file, 'return crm.create("organization", { name = "Made by hand", industry = crm.null })')
    const line = JSON.parse(c.perigee.cli(['script', 'run', file, '--json']).trim().split('\n').pop())
    assert.equal(line.outcome, 'ok', JSON.stringify(line))
    const entry = (await c.admin.get('changesets', { limit: '1' })).records[0]
    assert.equal(entry.door, 'script')
    assert.match(entry.cause, /tidy\.lua/)
    assert.equal((await c.admin.get('records/organization', { where: 'name == "Made by hand"', count: 'exact' })).total.value, 1)
    const dry = JSON.parse(c.perigee.cli(['script', 'dry-run', file, '--json']).trim().split('\n').pop())
    assert.equal(dry.outcome, 'ok')
    assert.equal((await c.admin.get('changesets', { limit: '1' })).records[0].id, entry.id)
  })

  test('names of stages and directories: stored text is the same for all, labels are translated', async () => {
    const ru = { 'Accept-Language': 'ru' }
    const deal = await c.admin.create('deal', { name: 'Names' })
    assert.equal((await c.admin.request('GET', `records/deal/${deal.id}?fields=stage.name`, { headers: ru })).body['stage.name'], 'Prospecting')
    const meta = (await c.admin.request('GET', 'meta', { headers: ru })).text
    for (const word of ['Сделка', 'Поиск', 'Сайт']) assert.ok(meta.includes(word), word)
  })
})
