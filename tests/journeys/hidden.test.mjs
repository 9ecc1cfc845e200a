// Hidden fields are hidden in every use: their names answer like names that do not exist, and canaries
// in them turn up in no answer of any route - rows, errors, exports, search, history, undo, feeds.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'
import { unzip } from './support/unzip.mjs'

const definitions = `
role "blind" {
  entities = {
    deal = { read = true, create = true, update = true, delete = true, export = true, hidden = { "amount", "weighted", "description", "competitor", "contacts", "closed_on" } },
    organization = { read = true, create = true, update = true, delete = true, export = true, hidden = { "legal_name", "annual_revenue", "won_amount", "industry", "addresses" } },
    contact = { read = true, export = true, only = { "last_name", "first_name", "name", "owner", "team" } },
    activity = { read = true, create = true, export = true, hidden = { "body" } },
    file = { read = true, create = true, hidden = { "digest" } },
  },
  permissions = { "import", "undo" },
}
`
const hidden = {
  deal: ['amount', 'weighted', 'description', 'competitor', 'contacts', 'closed_on'],
  organization: ['legal_name', 'annual_revenue', 'won_amount', 'industry', 'addresses'],
  contact: ['emails', 'birthday', 'description'],
  activity: ['body'],
  user: ['role', 'zone', 'language', 'kind'],
}
const canaries = ['canary', '987654', '1987-06-05', 'Chatham']
const usd = (amount) => ({ amount, currency: 'USD' })

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'bea', '--role', 'blind', '--team', 'North'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.bea = c.perigee.client(c.perigee.token('bea'))
  const { root } = c
  c.leaks = []
  c.bea.onReply = (reply) => {
    const text = reply.text + [...reply.headers].flat().join('\n')
    for (const word of canaries) if (text.toLowerCase().includes(word.toLowerCase())) c.leaks.push(`${reply.method} ${reply.path}: ${word} in ${reply.text.slice(0, 600)}`)
  }
  const me = (await root.get('records/user', { where: 'login == "root"' })).records[0]
  await root.patch('user', me.id, { zone: 'Pacific/Chatham' })
  const rival = await root.create('organization', { name: 'Rival', legal_name: 'canaryrival gmbh' })
  c.org = await root.create('organization', { name: 'Shown', legal_name: 'canarylegal inc', annual_revenue: usd('987654.11'), addresses: [{ value: 'canarystreet 1' }] })
  c.contact = await root.create('contact', { last_name: 'Shownperson', first_name: 'Shown', emails: [{ value: 'canary@secret.example' }], birthday: '1987-06-05', description: 'canarytext' })
  const secret = await root.create('contact', { last_name: 'Canarycontact' })
  c.won = (await root.get('records/stage', { where: 'name == "Won"' })).records[0].id
  c.deal = await root.create('deal', {
    name: 'Shown deal', amount: usd('987654.32'), description: 'canarydescription', competitor: rival.id, contacts: [secret.id], organization: c.org.id, closed_on: '1987-06-05', stage: c.won,
  })
  c.activity = await root.create('activity', { subject: 'Shown activity', body: 'canarybody', about: { entity: 'deal', id: c.deal.id } })
  for (const word of ['canarysecond', 'canarythird']) await root.patch('deal', c.deal.id, { description: word })
  const reply = await root.request('PATCH', `records/deal/${c.deal.id}`, { body: { description: 'canaryfourth', amount: usd('987654.99'), name: 'Shown deal two' } })
  c.mixed = reply.headers.get('perigee-changeset')
  await root.patch('deal', c.deal.id, { description: 'canaryfifth', amount: usd('987654.88') })
  // Rival and its canary are the competitor of the deal only; the person they name is seen nowhere else.
  await root.expect(204, 'DELETE', `records/contact/${secret.id}?purge=1`)
  c.leaks.length = 0
}

onEngines('hidden fields', { definitions: { 'sales/entities/blind.lua': definitions } }, open, (test, c) => {
  const clean = () => assert.deepEqual(c.leaks, [], 'a canary sang')
  const ids = () => ({ deal: c.deal.id, organization: c.org.id, contact: c.contact.id, activity: c.activity.id })

  test('the canaries are there for those who may see them', async () => {
    const text = (await c.root.request('GET', `records/deal/${c.deal.id}`)).text
    assert.ok(text.includes('canaryfifth') && text.includes('987654'))
    assert.ok((await c.root.get('search', { q: 'canarylegal' })).results.length > 0)
  })

  test('a hidden name answers exactly like one that does not exist, in every use', async () => {
    const meant = /; did you mean (?:\\"|“)(\w+)(?:\\"|”)\?/g // a visible name that happens to be near; never a hidden one
    const alike = (reply, name) => {
      for (const [, suggestion] of reply.text.matchAll(meant)) assert.ok(!Object.values(hidden).flat().includes(suggestion), reply.text)
      return reply.text.replaceAll(meant, '.').replaceAll(/unknown_field_near|similar_field/g, 'unknown_field').replaceAll(name, '#')
        .replaceAll(/"request_id":"[^"]*"/g, '').replaceAll(/"column":\d+/g, '').replaceAll(/Column \d+/g, '')
    }
    let probes = 0
    const same = async (make, name) => {
      const absent = `${name.slice(0, -1)}q` // as near to what can be seen, and to the hidden name itself
      const [method, path, body] = make(name)
      const [, otherPath, otherBody] = make(absent)
      const one = await c.bea.request(method, path, { body })
      const other = await c.bea.request(method, otherPath, { body: otherBody })
      probes++
      assert.equal(one.status, 400, `${method} ${path} ${JSON.stringify(body)}: ${one.status} ${one.text.slice(0, 300)}`)
      assert.equal(alike(one, name), alike(other, absent), `${method} ${path}`)
    }
    for (const [entity, names] of Object.entries(hidden))
      for (const name of names) {
        const list = (query) => ['GET', `records/${entity}?${query}`]
        await same((n) => list(`fields=${n}`), name)
        await same((n) => list(`sort=${n}`), name)
        await same((n) => list(`sort=-${n}`), name)
        await same((n) => list(`where=${encodeURIComponent(`${n} ~= nil`)}`), name)
        await same((n) => list(`where=${encodeURIComponent(`not (${n} == nil)`)}&count=exact`), name)
        await same((n) => ['POST', 'query', { from: entity, group: [n], measures: { n: 'count()' } }], name)
        await same((n) => ['POST', 'query', { from: entity, measures: { n: `count_distinct(${n})` } }], name)
        await same((n) => ['POST', 'query', { from: entity, measures: { n: `count(${n} ~= nil)` } }], name)
        await same((n) => ['POST', 'query', { from: entity, measures: { n: 'count()' }, where: `${n} ~= nil` }], name)
        if (entity === 'user') {
          await same((n) => ['GET', `records/deal?fields=owner.${n}`], name)
          await same((n) => ['GET', `records/deal?where=${encodeURIComponent(`owner.${n} ~= nil`)}`], name)
          continue
        }
        await same((n) => ['GET', `records/${entity}/${ids()[entity]}?fields=${n}`], name)
        await same((n) => ['GET', `export/${entity}?fields=${n}`], name)
        await same((n) => ['GET', `export/${entity}?where=${encodeURIComponent(`${n} ~= nil`)}`], name)
        if (entity === 'organization') await same((n) => ['GET', `records/deal?fields=organization.${n}`], name)
        if (entity === 'organization') await same((n) => ['POST', 'query', { from: 'deal', group: [`organization.${n}`], measures: { n: 'count()' } }], name)
        if (entity === 'contact') continue
        await same((n) => ['POST', `records/${entity}`, { name: 'x', subject: 'x', [n]: 'x' }].slice(0, 3), name)
        if (entity === 'activity') continue
        await same((n) => ['PATCH', `records/${entity}/${ids()[entity]}`, { [n]: null }], name)
        await same((n) => ['POST', `records/${entity}/bulk`, { ids: [ids()[entity]], set: { [n]: null } }], name)
        await same((n) => ['POST', 'batch', { operations: [{ op: 'update', entity, id: ids()[entity], set: { [n]: null } }] }], name)
      }
    assert.ok(probes > 200, String(probes))
    clean()
  })

  test('every route that reads is free of them', async () => {
    const get = (path, headers) => c.bea.request('GET', path, { headers })
    for (const entity of Object.keys(hidden)) {
      await get(`records/${entity}?count=exact&limit=1000`)
      await get(`export/${entity}?format=json`)
      await get(`export/${entity}?format=csv`)
      await get(`export/${entity}?format=vcf`)
      const book = await fetch(`${c.bea.base}/api/v1/export/${entity}?format=xlsx`, { headers: { Authorization: `Bearer ${c.bea.token}` } })
      if (book.status === 200) c.bea.onReply({ status: 200, headers: book.headers, method: 'GET', path: `export/${entity}?format=xlsx`, text: Object.values(unzip(Buffer.from(await book.arrayBuffer()))).join('\n'), body: null })
      await get(`records/${entity}?as_of=${encodeURIComponent(new Date().toISOString())}`)
    }
    for (const [entity, id] of Object.entries(ids()))
      for (const part of ['', '/timeline', '/changes', '/access', '/tags', '/followers', '/comments', `?as_of=${encodeURIComponent(c.activity.created_at)}`]) await get(`records/${entity}/${id}${part}`)
    for (const q of ['canary', 'canarylegal', 'canarybody', 'canarydescription', 'canaryrival', 'secret', 'canary@secret.example']) {
      // The term comes back in nothing but the request; results must not know it.
      const found = await c.bea.get('search', { q })
      assert.deepEqual(found.results, [], q)
      for (const entity of ['organization', 'deal', 'contact', 'activity']) assert.equal((await c.bea.get(`records/${entity}`, { q, count: 'exact' })).total.value, 0, `${entity} ${q}`)
    }
    for (const path of ['meta', 'openapi.json', 'changesets', 'search?q=shown', 'session', 'settings']) await get(path)
    for (const language of ['en', 'ru']) await get('meta', { 'Accept-Language': language })
    clean()
    const shown = await c.bea.get(`records/deal/${c.deal.id}`)
    for (const name of hidden.deal) assert.ok(!(name in shown), name)
    const { entities } = await c.bea.get('meta')
    const openapi = await c.bea.get('openapi.json')
    for (const [entity, names] of Object.entries(hidden)) {
      const seen = entities.find((e) => e.name === entity).fields.map((f) => f.name)
      for (const name of names) {
        assert.ok(!seen.includes(name), `${entity}.${name} in meta`)
        assert.ok(!(name in openapi.components.schemas[entity].properties), `${entity}.${name} in OpenAPI`)
      }
    }
    for (const [entity, id] of Object.entries(ids())) {
      const text = (await c.bea.request('GET', `records/${entity}/${id}/access`)).text + (await c.bea.request('GET', `records/${entity}/${id}/changes`)).text
      for (const name of hidden[entity]) assert.ok(!text.includes(`"${name}"`), `${name} in ${text}`)
    }
  })

  test('a change of hidden fields alone is no change to see', async () => {
    const { records } = await c.bea.get(`records/deal/${c.deal.id}/changes`)
    assert.deepEqual(records.map((r) => r.op), ['update', 'create'])
    assert.ok(records.every((r) => !JSON.stringify(r.fields).includes('canary')))
    clean()
  })

  test('errors, conditions, undo and the feed keep the secret', async () => {
    const path = `records/deal/${c.deal.id}`
    const feed = await c.bea.live()
    await c.bea.request('PATCH', path, { body: { name: 'x' }, headers: { 'If-Match': '"1"' } })
    await c.bea.request('PATCH', path, { body: { probability: 1000 } })
    await c.bea.request('PATCH', path, { body: { name: null, probability: -1 } })
    await c.bea.request('POST', 'batch', { body: { operations: [{ op: 'update', entity: 'deal', id: c.deal.id, version: 1, set: { name: 'x' } }] } })
    const renamed = await c.bea.patch('deal', c.deal.id, { name: 'Renamed by Bea' })
    assert.ok(!('amount' in renamed))
    const kept = await c.root.get(path)
    assert.deepEqual([kept.description, kept.amount.amount], ['canaryfifth', '987654.88'], 'what cannot be seen is not touched')
    const undo = await c.bea.request('POST', `changesets/${c.mixed}/undo`)
    assert.ok([200, 403].includes(undo.status), undo.text)
    for (const name of hidden.deal) assert.ok(!undo.text.includes(`"${name}"`), undo.text)
    await feed.until((h) => h.id === c.deal.id)
    for (const word of canaries) assert.ok(!feed.text.includes(word))
    feed.close()
    await c.bea.request('POST', 'records/organization/bulk', { body: { ids: [c.org.id], set: { employees: -5 } } })
    await c.bea.request('POST', 'records/deal?dry=1', { body: { name: 'x', organization: c.org.id } })
    const moved = await c.bea.request('PATCH', path, { body: { stage: (await c.root.get('records/stage', { where: 'name == "Proposal"' })).records[0].id } })
    assert.equal(moved.status, 200, moved.text)
    clean()
  })
})
