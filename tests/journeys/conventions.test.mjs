// The conventions of the REST contract: forms of values, problems, conditions, keys, limits, languages.
import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import http from 'node:http'
import { onEngines } from '../support/perigee.mjs'

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'ann', '--role', 'sales', '--team', 'North'])
  c.perigee.cli(['user', 'add', 'bob', '--role', 'reader'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.ann = c.perigee.client(c.perigee.token('ann'))
  c.bob = c.perigee.client(c.perigee.token('bob'))
  c.acme = await c.admin.create('organization', { name: 'Acme', external_id: 'acme' })
}

const oddIds = ['1', '0', '-1', 'abc', '99999999999999999999999', '1.5', '%20', '9223372036854775807', '9223372036854775808', '１２', '1e3']

onEngines('conventions', {}, open, (test, c) => {
  test('a record is flat: id, version and its fields, in their forms', async () => {
    const made = await c.admin.create('deal', {
      name: 'Big', organization: c.acme.id, amount: { amount: '1054', currency: 'USD' }, expected_on: '2026-11-21', source: 'website',
      lines: [{ name: 'Part', quantity: '2.5', price: { amount: '10', currency: 'USD' }, discount_percent: '10' }],
    })
    assert.match(made.id, /^\d{18,19}$/)
    assert.equal(made.version, 1)
    assert.deepEqual(made.amount, { amount: '22.50', currency: 'USD' }, 'with lines the amount is their total')
    assert.equal(made.expected_on, '2026-11-21')
    assert.match(made.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    assert.deepEqual(made.organization, { id: c.acme.id, title: 'Acme' })
    assert.equal(made.source, 'website')
    assert.equal(made.probability, 10)
    assert.equal(made.lines.length, 1)
    assert.match(made.lines[0].id, /^\d+$/)
    assert.match(made.lines[0].quantity, /^2\.5(0*)$/)
    assert.deepEqual(made.lines[0].total, { amount: '22.50', currency: 'USD' })
    assert.deepEqual(await c.admin.get(`records/deal/${made.id}`), made)
    const { stage, pipeline } = made
    assert.equal(stage.title, 'Prospecting')
    assert.equal(pipeline.title, 'Sales')
    for (const key of Object.keys(made)) assert.match(key, /^[a-z][a-z0-9_]*$/)
  })

  test('a reference is written as an id, {id} or {external_id}', async () => {
    for (const organization of [c.acme.id, { id: c.acme.id }, { external_id: 'acme' }, { id: c.acme.id, title: 'whatever' }]) {
      const made = await c.admin.create('deal', { name: 'Ref', organization })
      assert.deepEqual(made.organization, { id: c.acme.id, title: 'Acme' })
    }
    for (const organization of ['1', 'abc', { id: '1' }, { external_id: 'nobody' }, {}, 17, [], true]) {
      const problem = await c.admin.refused(422, null, 'POST', 'records/deal', { body: { name: 'Ref', organization } })
      assert.equal(problem.field, 'organization', JSON.stringify(organization))
    }
    assert.equal((await c.admin.create('deal', { name: 'None', organization: null })).organization, null)
  })

  test('dotted fields come back as flat keys', async () => {
    const deal = await c.admin.create('deal', { name: 'Dotted', organization: c.acme.id })
    const shown = await c.admin.get(`records/deal/${deal.id}`, { fields: 'name,organization.name,stage.kind,owner.login' })
    assert.deepEqual(shown, { id: deal.id, version: 1, name: 'Dotted', 'organization.name': 'Acme', 'stage.kind': 'open', 'owner.login': 'root' })
    const listed = await c.admin.get('records/deal', { fields: 'organization.name', where: `id == "${deal.id}"` })
    assert.deepEqual(listed.records, [{ id: deal.id, version: 1, 'organization.name': 'Acme' }])
  })

  test('lists of e-mails are value, label, primary', async () => {
    const made = await c.admin.create('contact', { last_name: 'Ivanova', emails: [{ value: 'a@b.example', label: 'work', primary: true }, { value: 'c@d.example' }] })
    assert.equal(made.emails.length, 2)
    assert.deepEqual(made.emails[0], { value: 'a@b.example', label: 'work', primary: true })
    assert.equal(made.emails[1].value, 'c@d.example')
    for (const item of made.emails) assert.deepEqual(Object.keys(item).sort(), ['label', 'primary', 'value'])
  })

  test('text is stored exactly', async () => {
    for (const text of [' ', '  two  ', '\u0001\u0007\u001b[0m', 'a\tb\nc\r\nd', '\u{1F600}é', 'e\u0301', '\u202e\u200b', '"\\/', "'; DROP TABLE x; --", 'x'.repeat(1000), 'ж'.repeat(1000), '<b>&amp;</b>', '\u007f\u0085\u2028']) {
      const made = await c.admin.create('organization', { name: 'T', legal_name: text })
      assert.equal(made.legal_name, text)
      assert.equal((await c.admin.get(`records/organization/${made.id}`)).legal_name, text)
      const found = await c.admin.get('records/organization', { where: `id == "${made.id}"`, fields: 'legal_name' })
      assert.equal(found.records[0].legal_name, text)
    }
    const nul = await c.admin.request('POST', 'records/organization', { body: '{"name":"a\\u0000b"}' })
    assert.ok([400, 422].includes(nul.status), nul.text)
    const bytes = Buffer.concat([Buffer.from('{"name":"a'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
    assert.equal((await c.admin.request('POST', 'records/organization', { body: bytes })).status, 400)
    const surrogate = await c.admin.request('POST', 'records/organization', { body: '{"name":"\\ud800"}' })
    assert.equal(surrogate.status, 400)
    const overlong = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')])
    assert.equal((await c.admin.request('POST', 'records/organization', { body: overlong })).status, 400)
    const query = await c.admin.request('GET', 'records/organization?where=name+%3D%3D+%22%00%22')
    assert.equal(query.status, 400)
    assert.equal((await c.admin.request('GET', 'search?q=%ff')).status, 400)
  })

  test('400 for what is malformed and for fields that do not exist', async () => {
    const bad = [
      ['POST', 'records/deal', '{"name":'], ['POST', 'records/deal', '[]'], ['POST', 'records/deal', '"x"'], ['POST', 'records/deal', '{"name":"a","name":"b"}'],
      ['POST', 'records/deal', { name: 'x', no_such_field: 1 }], ['POST', 'records/deal', ''], ['POST', 'query', { from: 'deal' }],
      ['POST', 'query', { from: 'deal', measures: { n: 'count(' } }], ['POST', 'query', { from: 'deal', measures: { n: 'count()' }, group: ['no_such'] }],
      ['POST', 'query', { from: 'deal', measures: { n: 'sum(no_such)' } }], ['POST', 'query', { from: 'deal', measures: { n: 'count()' }, where: 'no_such == 1' }],
      ['POST', 'query', { from: 'deal', measures: { n: 'count()' }, sort: ['nothing'] }], ['POST', 'query', { from: 'deal', measures: { n: 'count()' }, extra: 1 }],
      ['POST', 'records/deal/bulk', {}], ['POST', 'records/deal/bulk', { set: { name: 'x' } }], ['POST', 'batch', {}], ['POST', 'batch', { operations: [{ op: 'jump', entity: 'deal' }] }],
    ]
    for (const [method, path, body] of bad) await c.admin.refused(400, null, method, path, { body })
    for (const query of ['where=no_such+%3D%3D+1', 'where=((', 'sort=no_such', 'sort=-', 'fields=no_such', 'fields=organization.no_such', 'limit=0', 'limit=1001', 'limit=x', 'after=zzz', 'count=maybe', 'trash=perhaps', 'unknown=1', 'as_of=yesterday', 'limit=5&limit=6'])
      await c.admin.refused(400, null, 'GET', `records/deal?${query}`)
    const unknown = await c.admin.refused(400, null, 'POST', 'records/deal', { body: { name: 'x', no_such_field: 1 } })
    assert.ok(unknown.field === 'no_such_field' || unknown.fields?.some((f) => f.field === 'no_such_field'), JSON.stringify(unknown))
    for (const body of [{ amount: 'NaN' }, { amount: { amount: '1.001', currency: 'USD' } }, { amount: { amount: '1', currency: 'XXY' } }, { expected_on: '2026-02-30' }, { probability: 'many' }, { probability: 1.5 }, { source: 17 }, { lines: 'none' }])
      assert.ok([400, 422].includes((await c.admin.request('POST', 'records/deal', { body: { name: 'x', ...body } })).status), JSON.stringify(body))
  })

  test('401 without and with wrong credentials, health needs none', async () => {
    const nobody = c.perigee.client(null)
    await nobody.refused(401, null, 'GET', 'records/deal')
    await nobody.refused(401, null, 'GET', 'records/nothing')
    await c.perigee.client('pgt_wrong').refused(401, null, 'GET', 'records/deal')
    const basic = await nobody.request('GET', 'records/deal', { headers: { Authorization: 'Basic cm9vdDp4' } })
    assert.equal(basic.status, 401)
    for (const path of ['/healthz', '/readyz']) assert.equal((await nobody.request('GET', path)).status, 200)
  })

  test('404 for any id that names nothing', async () => {
    const other = await c.admin.create('contact', { last_name: 'Elsewhere' })
    for (const id of [...oddIds, other.id])
      for (const [method, path, body] of [
        ['GET', ''], ['PATCH', '', { name: 'x' }], ['DELETE', ''], ['DELETE', '?purge=1'], ['POST', '/restore'], ['GET', '/timeline'], ['GET', '/changes'],
        ['GET', '/access'], ['GET', '/tags'], ['POST', '/tags', { add: [] }], ['GET', '/followers'], ['POST', '/followers'], ['GET', '/comments'], ['POST', '/comments', { body: 'x' }],
      ]) {
        const reply = await c.admin.request(method, `records/deal/${id}${path}`, { body })
        assert.equal(reply.status, 404, `${method} records/deal/${id}${path}: ${reply.status} ${reply.text}`)
      }
    for (const id of oddIds) {
      for (const [method, path] of [['POST', `changesets/${id}/undo`], ['GET', `files/${id}/content`], ['POST', `records/lead/${id}/convert`]])
        assert.equal((await c.admin.request(method, path)).status, 404, `${method} ${path}`)
    }
    await c.admin.refused(404, null, 'GET', 'records/nothing')
    await c.admin.refused(404, null, 'GET', 'records/nothing/17')
    await c.admin.refused(404, null, 'GET', 'nowhere')
  })

  test('403 for an entity or action that the role lacks', async () => {
    await c.bob.refused(403, null, 'POST', 'records/deal', { body: { name: 'x' } })
    await c.bob.refused(403, null, 'PATCH', `records/organization/${c.acme.id}`, { body: { name: 'x' } })
    await c.bob.refused(403, null, 'DELETE', `records/organization/${c.acme.id}`)
    await c.bob.refused(403, null, 'GET', 'export/organization')
    await c.ann.refused(403, null, 'GET', 'records/setting')
    await c.ann.refused(403, null, 'GET', 'records/role')
    await c.bob.refused(403, null, 'PATCH', 'settings', { body: { language: 'ru' } })
  })

  test('409 unique and Idempotency-Key', async () => {
    const problem = await c.admin.refused(409, null, 'POST', 'records/organization', { body: { name: 'Again', external_id: 'acme' } })
    assert.equal(problem.field, 'external_id')
    const key = { 'Idempotency-Key': 'one' }
    const first = await c.admin.request('POST', 'records/organization', { headers: key, body: { name: 'Once' } })
    const again = await c.admin.request('POST', 'records/organization', { headers: key, body: { name: 'Once' } })
    assert.equal(first.status, 201)
    assert.equal(again.status, 201)
    assert.deepEqual(again.body, first.body)
    assert.equal(again.headers.get('location'), first.headers.get('location'))
    assert.equal(again.headers.get('etag'), first.headers.get('etag'))
    await c.admin.refused(409, 'idempotency_key_reused', 'POST', 'records/organization', { headers: key, body: { name: 'Twice' } })
    const prepared = { headers: { 'Idempotency-Key': 'handled' }, body: { last_name: 'Once', external_id: 'handled' } } // has before handlers
    const [made, kept] = [await c.admin.request('POST', 'records/lead', prepared), await c.admin.request('POST', 'records/lead', prepared)]
    assert.equal(made.status, 201)
    assert.deepEqual(kept.body, made.body)
    const other = await c.ann.request('POST', 'records/organization', { headers: key, body: { name: 'Once' } })
    assert.equal(other.status, 201)
    assert.notEqual(other.body.id, first.body.id)
    const named = await c.admin.get('records/organization', { where: 'name == "Once"', count: 'exact' })
    assert.equal(named.total.value, 2)
    const batch = { operations: [{ op: 'create', entity: 'organization', set: { name: 'In a batch' } }] }
    const one = await c.admin.request('POST', 'batch', { headers: { 'Idempotency-Key': 'b' }, body: batch })
    const two = await c.admin.request('POST', 'batch', { headers: { 'Idempotency-Key': 'b' }, body: batch })
    assert.equal(one.status, 200)
    assert.deepEqual(two.body, one.body)
    await c.admin.refused(400, null, 'POST', 'records/organization', { headers: { 'Idempotency-Key': 'x'.repeat(300) }, body: { name: 'x' } })
  })

  test('ETag, If-None-Match, If-Match; 412 with the current record', async () => {
    const made = await c.admin.request('POST', 'records/organization', { body: { name: 'Tagged' } })
    const path = `records/organization/${made.body.id}`
    assert.equal(made.headers.get('location'), `/api/v1/${path}`)
    const etag = made.headers.get('etag')
    assert.ok(etag)
    const read = await c.admin.request('GET', path)
    assert.equal(read.headers.get('etag'), etag)
    const same = await c.admin.request('GET', path, { headers: { 'If-None-Match': etag } })
    assert.equal(same.status, 304)
    assert.equal(same.text, '')
    const changed = await c.admin.request('PATCH', path, { headers: { 'If-Match': etag }, body: { name: 'Second' } })
    assert.equal(changed.status, 200)
    assert.notEqual(changed.headers.get('etag'), etag)
    const stale = await c.admin.refused(412, null, 'PATCH', path, { headers: { 'If-Match': etag }, body: { name: 'Third' } })
    assert.equal(stale.current.name, 'Second')
    assert.equal(stale.current.version, 2)
    await c.admin.refused(412, null, 'DELETE', path, { headers: { 'If-Match': etag } })
    assert.equal((await c.admin.request('GET', path, { headers: { 'If-None-Match': etag } })).status, 200)
    const hidden = await c.ann.request('PATCH', path, { headers: { 'If-Match': etag }, body: { name: 'x' } })
    assert.equal(hidden.status, 404)
    assert.ok(!hidden.text.includes('Second'))
    assert.equal((await c.admin.request('DELETE', path, { headers: { 'If-Match': changed.headers.get('etag') } })).status, 204)
  })

  test('413 and 415', async () => {
    await c.admin.refused(413, null, 'POST', 'records/organization', { body: JSON.stringify({ name: 'x'.repeat(1100 * 1024) }) }).catch((e) => {
      if (!/ECONNRESET|EPIPE|fetch failed/.test(String(e.cause ?? e))) throw e
    })
    await c.admin.refused(413, null, 'POST', 'batch', { body: { operations: Array(1001).fill({ op: 'create', entity: 'tag', set: { name: 'x' } }) } })
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x'])
      await c.admin.refused(415, null, 'POST', 'records/organization', { headers: { 'Content-Type': type }, body: '{"name":"x"}' })
    await c.admin.refused(415, null, 'POST', 'records/organization', { headers: { 'Content-Encoding': 'gzip' }, body: '{"name":"x"}' })
    const deep = await c.admin.request('POST', 'records/organization', { body: `{"name":${'['.repeat(60)}${']'.repeat(60)}}` })
    assert.ok([400, 413].includes(deep.status), deep.text)
    const many = await c.admin.request('POST', 'records/organization', { body: { name: 'x', tags: Array(20000).fill('1') } })
    assert.ok([400, 413].includes(many.status), many.text.slice(0, 300))
  })

  test('a key that a body does not have is refused, whatever the route', async () => {
    const bodies = { tokens: { name: 'x' }, session: { login: 'x', password: 'y' }, 'session/link': { token: 'x' }, 'session/password': { password: 'x', new_password: 'y' }, batch: { operations: [] } }
    for (const [path, body] of Object.entries(bodies)) {
      const refused = await c.admin.refused(400, 'body_key_unknown', 'POST', path, { body: { ...body, expires: 'never' } })
      assert.match(refused.detail, /expires/, path)
    }
    const before = (await c.admin.get('tokens')).records.length
    await c.admin.refused(400, 'body_key_unknown', 'POST', 'tokens', { body: { name: 'x', scope: 'read' } })
    assert.equal((await c.admin.get('tokens')).records.length, before)
    const { paths } = (await c.admin.request('GET', 'openapi.json')).body
    const described = Object.entries(paths).find(([path]) => path.endsWith('/tokens'))[1].post.requestBody.content['application/json'].schema
    assert.equal(described.additionalProperties, false)
  })

  test('422 names the field, or the fields', async () => {
    const one = await c.admin.refused(422, null, 'POST', 'records/deal', { body: { name: 'x', probability: 101 } })
    assert.equal(one.field, 'probability')
    assert.equal(one.fields, undefined, 'one is told once')
    const two = await c.admin.refused(422, null, 'POST', 'records/activity', { body: { percent: 101, duration_seconds: -1 } })
    const fields = two.fields.map((f) => f.field).sort()
    assert.deepEqual(fields, ['duration_seconds', 'percent', 'subject'])
    for (const f of two.fields) assert.ok(f.code && f.detail)
    assert.equal((await c.admin.refused(422, null, 'POST', 'records/deal', { body: { name: null } })).field, 'name')
  })

  test('messages in the language of the caller', async () => {
    const english = await c.admin.refused(422, null, 'POST', 'records/deal', { body: { name: 'x', probability: 101 } })
    assert.match(english.detail, /probability lies/)
    const russian = await c.admin.refused(422, null, 'POST', 'records/deal', { headers: { 'Accept-Language': 'ru-RU,ru;q=0.9,en;q=0.8' }, body: { name: 'x', probability: 101 } })
    assert.match(russian.detail, /Вероятность лежит/)
    assert.equal(russian.code, english.code)
    const missing = await c.admin.refused(404, null, 'GET', 'records/deal/1', { headers: { 'Accept-Language': 'ru' } })
    assert.match(missing.detail + missing.title, /[а-я]/i)
    const malformed = await c.admin.refused(400, null, 'GET', 'records/deal?where=((', { headers: { 'Accept-Language': 'ru' } })
    assert.match(malformed.detail, /[а-я]/i)
    const unsigned = await c.perigee.client(null).refused(401, null, 'GET', 'records/deal', { headers: { 'Accept-Language': 'ru' } })
    assert.match(unsigned.detail, /[а-я]/i)
    const meta = (await c.admin.request('GET', 'meta', { headers: { 'Accept-Language': 'ru' } })).body
    assert.equal(meta.entities.find((e) => e.name === 'deal').label, 'Сделка')
  })

  test('X-Request-Id is echoed, or made', async () => {
    const named = await c.admin.request('GET', 'records/nothing', { headers: { 'X-Request-Id': 'my-id-1' } })
    assert.equal(named.headers.get('x-request-id'), 'my-id-1')
    assert.equal(named.body.request_id, 'my-id-1')
    const made = await c.admin.request('GET', 'records/nothing')
    assert.equal(made.headers.get('x-request-id'), made.body.request_id)
  })

  test('gzip for those who take it, and one connection for many requests', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const ask = (headers) =>
      new Promise((done, fail) => {
        const request = http.get(`${c.perigee.base}/api/v1/meta`, { agent, headers: { Authorization: `Bearer ${c.admin.token}`, ...headers } }, (answer) => {
          const pieces = []
          answer.on('data', (piece) => pieces.push(piece))
          answer.on('end', () => done({ answer, body: Buffer.concat(pieces), reused: request.reusedSocket }))
        })
        request.on('error', fail)
      })
    const plain = await ask({})
    const packed = await ask({ 'Accept-Encoding': 'gzip' })
    assert.equal(plain.answer.headers['content-encoding'], undefined)
    assert.equal(packed.answer.headers['content-encoding'], 'gzip')
    assert.match(packed.answer.headers.vary ?? '', /accept-encoding/i)
    assert.ok(packed.body.length < plain.body.length / 2)
    assert.deepEqual(JSON.parse(gunzipSync(packed.body)), JSON.parse(plain.body))
    assert.ok(packed.reused)
    agent.destroy()
  })

  test('405 says what is allowed', async () => {
    const reply = await c.admin.request('PUT', 'records/deal', { body: {} })
    assert.equal(reply.status, 405)
    assert.match(reply.headers.get('allow'), /GET.*POST|POST.*GET/)
  })

  test('signing in: a throttled stranger gets 429 with Retry-After', async () => {
    const nobody = c.perigee.client(null)
    let last
    for (let i = 0; i < 30 && last?.status !== 429; i++) last = await nobody.request('POST', 'session', { body: { login: 'nobody-here', password: 'wrong horse' } })
    assert.equal(last.status, 429, last.text)
    assert.ok(Number(last.headers.get('retry-after')) > 0)
    assert.equal(last.body.status, 429)
  })
})
