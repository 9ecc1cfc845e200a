// Import over REST: mappings that are remembered, rejected rows with their reasons, fields and records
// that are none of the importing person's business, and work that is too long to wait for.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'
import { dump } from './support/company.mjs'

const definitions = `
local own = "owner == me()"
role "loader" {
  entities = {
    organization = { read = own, create = true, update = own, delete = own, hidden = { "annual_revenue", "legal_name" }, locked = { "employees" } },
    contact = { read = true },
  },
  permissions = { "import" },
}
role "auditor" { entities = { organization = { read = own, hidden = { "legal_name" } } }, permissions = { "log" } }
`
const headers = { 'Content-Type': 'text/csv' }

const open = async (c) => {
  const { perigee } = c
  for (const [login, role, team] of [['root', 'admin', 'North'], ['lou', 'loader', 'North'], ['max', 'loader', 'South'], ['hal', 'head', 'South'], ['sue', 'sales', 'South'], ['rob', 'reader', 'South'], ['amy', 'auditor', 'South']]) {
    perigee.cli(['user', 'add', login, '--role', role, '--team', team])
  }
  await perigee.serve()
  for (const login of ['root', 'lou', 'max', 'hal', 'sue', 'rob', 'amy']) c[login] = perigee.client(perigee.token(login))
  c.path = (query) => `imports?${new URLSearchParams({ entity: 'organization', ...query })}`
  c.dry = (client, query, body) => client.expect(200, 'POST', c.path({ dry: '1', ...query }), { body, headers })
  c.finished = async (client, id) => {
    for (const end = Date.now() + 300000; ; await new Promise((done) => setTimeout(done, 30))) {
      const state = await client.get(`imports/${id}`)
      if (state.state === 'done' || state.state === 'failed') return state
      if (Date.now() > end) throw new Error(`the import does not end: ${JSON.stringify(state)}`)
    }
  }
  c.load = async (client, query, body) => c.finished(client, (await client.expect(202, 'POST', c.path(query), { body, headers })).id)
  c.jobDone = async (client, id) => {
    for (const end = Date.now() + 300000; ; await new Promise((done) => setTimeout(done, 50))) {
      const job = await client.get(`jobs/${id}`)
      if (job.state === 'done' || job.state === 'failed') return job
      if (Date.now() > end) throw new Error(`the job does not end: ${JSON.stringify(job)}`)
    }
  }
}

const fields = (mapping) => Object.fromEntries(mapping.columns.map((pair) => [pair.column, pair.field]))

onEngines('import', { definitions: { 'sales/entities/loader.lua': definitions } }, open, (test, c) => {
  test('a confirmed mapping is offered first: to the same person, else to anybody', async () => {
    const table = 'Wer,Wo,Wozu\nAlpha,Chile,x\n'
    await c.lou.refused(400, 'no_mapping', 'POST', c.path({ dry: '1' }), { body: table, headers })
    const tried = await c.dry(c.lou, { map: 'Wer=name,Wo=country' }, table)
    assert.deepEqual(tried.mapping, { from: 'given', columns: [{ column: 'Wer', field: 'name' }, { column: 'Wo', field: 'country' }] })
    await c.lou.refused(400, 'no_mapping', 'POST', c.path({ dry: '1' }), { body: table, headers }) // a dry run confirms nothing
    assert.equal((await c.load(c.lou, { map: 'Wer=name,Wo=country' }, table)).created, 1)
    const offered = await c.dry(c.lou, {}, 'wozu, WO ,Wer\ny,Peru,Beta\n')
    assert.equal(offered.mapping.from, 'remembered')
    assert.deepEqual(fields(offered.mapping), { Wer: 'name', WO: 'country' })
    const anybody = await c.dry(c.max, {}, table)
    assert.deepEqual([anybody.mapping.from, fields(anybody.mapping)], ['remembered', { Wer: 'name', Wo: 'country' }])
    assert.equal((await c.load(c.max, { map: 'Wer=name,Wozu=country' }, 'Wer,Wo,Wozu\nGamma,x,Oman\n')).created, 1)
    assert.deepEqual(fields((await c.dry(c.max, {}, table)).mapping), { Wer: 'name', Wozu: 'country' }, 'his own')
    assert.deepEqual(fields((await c.dry(c.lou, {}, table)).mapping), { Wer: 'name', Wo: 'country' }, 'her own still')
    assert.deepEqual(fields((await c.dry(c.hal, {}, table)).mapping), { Wer: 'name', Wozu: 'country' }, "the last of anybody's")
    const done = await c.load(c.lou, {}, 'Wer,Wo,Wozu\nDelta,Fiji,z\n')
    assert.deepEqual([done.state, done.created], ['done', 1], JSON.stringify(done))
    assert.equal((await c.lou.get('records/organization', { where: "name == 'Delta'" })).records[0].country, 'Fiji')
  })

  test('what is remembered holds for the same headers, the same entity and a key that it fills', async () => {
    await c.lou.refused(400, 'no_mapping', 'POST', c.path({ dry: '1' }), { body: 'Wer,Wo\nA,B\n', headers })
    await c.root.refused(400, 'no_mapping', 'POST', 'imports?entity=contact&dry=1', { body: 'Wer,Wo,Wozu\nA,B,C\n', headers })
    const table = 'External ID,Company,Land\nk-1,Epsilon,Malta\n'
    assert.equal((await c.load(c.lou, { map: 'Company=name,Land=country' }, table)).created, 1)
    assert.equal((await c.dry(c.lou, {}, table)).mapping.from, 'remembered')
    const keyed = await c.dry(c.lou, { key: 'external_id' }, table)
    assert.equal(keyed.mapping.from, 'guessed')
    assert.deepEqual(fields(keyed.mapping), { 'External ID': 'external_id', Company: 'name' })
  })

  test('the command line remembers as well, and says so', () => {
    const file = join(c.perigee.folder, 'cli.csv')
    writeFileSync(file, 'Qui,Ou\nEta,Gabon\n')
    c.perigee.cli(['import', 'organization', file], { status: 1 })
    c.perigee.cli(['import', 'organization', file, '--map', 'Qui=name,Ou=country'])
    const text = c.perigee.cli(['import', 'organization', file, '--dry-run'])
    assert.match(text, /mapped last time/)
    assert.match(text, /Qui=name/)
    assert.equal(c.perigee.json(['import', 'organization', file]).created, 1)
    const named = c.perigee.json(['import', 'organization', file, '--as', 'root', '--dry-run'])
    assert.equal(named.created, 1)
  })

  test('a mapping confirmed by another never opens or names a hidden field', async () => {
    const table = 'Quem,Quanto,Juridico\nTheta,1000000,Theta SA\n'
    assert.equal((await c.load(c.root, { map: 'Quem=name,Quanto=annual_revenue,Juridico=legal_name' }, table)).created, 1)
    const reply = await c.lou.request('POST', c.path({ dry: '1' }), { body: table, headers })
    assert.equal(reply.status, 200, reply.text)
    assert.deepEqual(reply.body.mapping, { from: 'remembered', columns: [{ column: 'Quem', field: 'name' }] })
    assert.ok(!/annual_revenue|legal_name/.test(reply.text), reply.text)
    const done = await c.load(c.lou, {}, table.replace('Theta,', 'Theta of Lou,'))
    assert.equal(done.created, 1)
    const [record] = (await c.root.get('records/organization', { where: "name == 'Theta of Lou'" })).records
    assert.deepEqual([record.annual_revenue, record.legal_name], [null, null])
  })

  test('hidden and read-only fields: refused by name like unknown ones, left alone when guessed, never written', async () => {
    const table = 'name,Annual revenue,Legal name,Employees\nIota,5,Iota Ltd,7\n'
    const ask = (map, client = c.lou) => client.request('POST', c.path({ map, dry: '1' }), { body: table, headers })
    const plain = (reply, field) => reply.text.replaceAll(field, '#').replace(/"request_id":"[^"]*"/, '')
    const unknown = await ask('name=name,Employees=no_such_field')
    assert.equal(unknown.status, 400)
    for (const field of ['annual_revenue', 'legal_name', 'employees', 'name_', 'version', 'created_at', 'won_amount']) {
      const reply = await ask(`name=name,Employees=${field}`)
      assert.equal(plain(reply, field), plain(unknown, 'no_such_field'), field)
    }
    const guessed = await c.dry(c.lou, {}, table)
    assert.deepEqual(guessed.mapping, { from: 'guessed', columns: [{ column: 'name', field: 'name' }] })
    assert.equal((await c.load(c.lou, {}, table)).created, 1)
    const [record] = (await c.root.get('records/organization', { where: "name == 'Iota'" })).records
    assert.deepEqual([record.annual_revenue, record.legal_name, record.employees], [null, null, null])
    assert.deepEqual(fields((await c.dry(c.root, {}, table)).mapping), { name: 'name', 'Annual revenue': 'annual_revenue', 'Legal name': 'legal_name', Employees: 'employees' })
    const asKey = await c.lou.request('POST', c.path({ map: 'name=name', key: 'legal_name', dry: '1' }), { body: table, headers })
    const noKey = await c.lou.request('POST', c.path({ map: 'name=name', key: 'no_such_field', dry: '1' }), { body: table, headers })
    assert.equal(plain(asKey, 'legal_name'), plain(noKey, 'no_such_field'))
    const byHidden = await c.lou.request('POST', c.path({ map: 'name=name,Legal name=parent.legal_name', dry: '1' }), { body: table, headers })
    assert.equal(byHidden.status, 400, byHidden.text)
  })

  test('rows of records that one may not see or change are rejected, and nothing is given away', async () => {
    const theirs = await c.root.create('organization', { name: 'Secret Kappa', external_id: 'kappa-1', country: 'Peru' })
    const before = await dump(c.root)
    const table = 'key,called,where\nkappa-1,Stolen,Chile\n'
    for (const client of [c.lou, c.max]) {
      const reply = await client.request('POST', c.path({ map: 'key=external_id,called=name,where=country', key: 'external_id', dry: '1' }), { body: table, headers })
      assert.equal(reply.status, 200, reply.text)
      assert.deepEqual([reply.body.created, reply.body.updated, reply.body.rejected], [0, 0, 1], reply.text)
      assert.ok(!/Secret|Peru/.test(reply.text) && !reply.text.includes(theirs.id), reply.text)
      const update = await c.dry(client, { map: 'key=external_id,called=name', key: 'external_id', mode: 'update' }, table)
      const missing = await c.dry(client, { map: 'key=external_id,called=name', key: 'external_id', mode: 'update' }, table.replace('kappa-1', 'kappa-0'))
      assert.equal(JSON.stringify(update).replaceAll('kappa-1', '#'), JSON.stringify(missing).replaceAll('kappa-0', '#'), 'unseen and missing are told alike')
    }
    const done = await c.load(c.lou, { map: 'key=external_id,called=name,where=country', key: 'external_id', file_name: 'kappa.csv' }, table)
    assert.deepEqual([done.state, done.rejected, done.changeset], ['done', 1, null])
    const byId = await c.load(c.lou, { mode: 'upsert', key: 'external_id', map: 'id=id,key=external_id,called=name' }, `id,key,called\n${theirs.id},kappa-9,Stolen by id\n`)
    assert.equal(byId.updated, 0, JSON.stringify(byId))
    const stolen = (await c.root.get('records/organization', { where: "starts_with(name, 'Stolen')" })).records
    assert.ok(stolen.every((record) => record.id !== theirs.id))
    for (const record of stolen) await c.root.expect(204, 'DELETE', `records/organization/${record.id}?purge=1`)
    assert.equal((await c.root.get(`records/organization/${theirs.id}`)).version, 1)
    const unchanged = (text) => text.split('\n').slice(0, -1).join('\n') // without the newest changeset
    assert.equal(unchanged(await dump(c.root)), unchanged(before))
  })

  test('who may not import, or not create such records, is refused; an import is its owner\'s', async () => {
    const table = 'name\nLambda\n'
    const before = await dump(c.root)
    for (const client of [c.sue, c.rob]) {
      for (const dry of ['0', '1']) await client.refused(403, null, 'POST', c.path({ dry }), { body: table, headers })
    }
    await c.perigee.client(null).refused(401, null, 'POST', c.path({}), { body: table, headers })
    const foreign = await c.lou.request('POST', 'imports?entity=contact&map=name%3Dlast_name', { body: table, headers })
    assert.ok(foreign.status === 403 || (foreign.status === 202 && (await c.finished(c.lou, foreign.body.id)).created === 0), foreign.text)
    const unseen = await c.lou.request('POST', 'imports?entity=deal&dry=1', { body: table, headers })
    const missing = await c.lou.request('POST', 'imports?entity=no_such&dry=1', { body: table, headers })
    assert.ok([403, 404].includes(unseen.status), unseen.text)
    assert.equal(missing.status, 404, missing.text)
    assert.equal(await dump(c.root), before)
    const own = await c.load(c.lou, {}, 'name\nMu\n')
    await c.max.refused(404, null, 'GET', `imports/${own.id}`)
    await c.max.refused(404, null, 'GET', `imports/${own.id}/rejects`)
    await c.max.refused(404, null, 'GET', 'imports/2200000000000000000')
    assert.equal((await c.root.get(`imports/${own.id}`)).id, own.id, 'an admin reads the log')
    const secret = await c.load(c.root, { map: 'a=name,b=legal_name' }, 'a,b\n,canary\n')
    assert.equal(secret.rejected, 1)
    for (const path of ['', '/rejects']) await c.amy.refused(404, null, 'GET', `imports/${secret.id}${path}`) // the log is no way to hidden fields
    await c.amy.refused(404, null, 'DELETE', `imports/${secret.id}`)
    assert.match((await c.root.request('GET', `imports/${secret.id}/rejects`)).text, /canary/)
  })

  test('rejected rows are a file: as they stood, with the reason and the line', async () => {
    const table = 'name;employees;note\r\nNu;12;a\r\n;5;"b ""quoted"", line\r\nbreak"\r\nXi;many;c\r\nOmicron;7;d\r\n'
    const done = await c.load(c.root, { map: 'name=name,employees=employees,note=description', file_name: 'three.csv' }, table)
    assert.deepEqual([done.rows, done.created, done.rejected, done.file_name, done.state, done.error], [4, 2, 2, 'three.csv', 'done', null])
    const reply = await c.root.request('GET', `imports/${done.id}/rejects`)
    assert.equal(reply.status, 200)
    assert.match(reply.headers.get('content-type'), /^text\/csv/)
    assert.match(reply.headers.get('content-disposition'), /attachment/)
    const lines = reply.text.split(/\r\n(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    assert.equal(lines[0], 'name,employees,note,perigee_reason,perigee_line')
    assert.match(lines[1], /^,5,"b ""quoted"", line\r\nbreak",name: .*filled.*,3$/s)
    assert.match(lines[2], /^Xi,many,c,"?employees: .*many.*,5$/)
    const fixed = reply.text.replace(',5,"b', 'Pi,5,"b').replace('Xi,many', 'Xi,9')
    const again = await c.load(c.root, { map: 'name=name,employees=employees,note=description' }, fixed)
    assert.deepEqual([again.created, again.rejected], [2, 0], 'mended rows go in as they came out')
    assert.equal((await c.root.get('records/organization', { where: "name == 'Pi'" })).records[0].description, 'b "quoted", line\r\nbreak')
    assert.deepEqual(done.reasons.map(({ line, field }) => [line, field]), [[3, 'name'], [5, 'employees']])
    assert.match(done.reasons[1].detail, /many/)
    assert.equal(done.next, null)
    const first = await c.root.get(`imports/${done.id}`, { limit: 1 })
    assert.deepEqual([first.reasons, first.next], [[done.reasons[0]], '3'])
    const second = await c.root.get(`imports/${done.id}`, { limit: 1, after: first.next })
    assert.deepEqual([second.reasons, second.next], [[done.reasons[1]], null])
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'after=-1', 'page=2']) await c.root.refused(400, null, 'GET', `imports/${done.id}?${query}`)
    assert.deepEqual((await c.root.get(`imports/${again.id}`)).reasons, [])
    const none = await c.root.request('GET', `imports/${again.id}/rejects`)
    assert.deepEqual([none.status, none.text], [200, ''])
  })

  test('a file that is no table, an unknown key or mode fail as a whole, in words', async () => {
    for (const [query, body] of [[{ map: 'nope=name' }, 'name\nA\n'], [{ map: 'name=nope' }, 'name\nA\n'], [{ key: 'country' }, 'name\nA\n'], [{ mode: 'replace' }, 'name\nA\n'],
      [{ mode: 'update' }, 'name\nA\n'], [{ unknown: 'guess' }, 'name\nA\n'], [{ currency: 'XXY' }, 'name\nA\n'], [{ date_order: 'abc' }, 'name\nA\n'], [{ scale: 'name:x' }, 'name\nA\n'],
      [{ values: 'nope:a=b' }, 'name\nA\n'], [{ what: 'x' }, 'name\nA\n'], [{}, '']]) {
      const reply = await c.root.request('POST', c.path({ dry: '1', ...query }), { body, headers })
      assert.ok([400, 422].includes(reply.status), `${JSON.stringify(query)}: ${reply.status} ${reply.text}`)
      assert.equal(reply.headers.get('content-type'), 'application/problem+json')
    }
    const failed = await c.load(c.root, { map: 'nope=name' }, 'name\nA\n')
    assert.deepEqual([failed.state, failed.changeset], ['failed', null])
    assert.match(failed.error, /nope/)
  })

  test('a preview says how the table would be read, and writes nothing', async () => {
    const table = 'Name;Founded year;Website;Annual revenue;Nothing known\nOne;1999;one.example;5;x\nTwo;long ago;;6;\n'
    const before = await dump(c.root)
    const look = (client, query = {}) => client.expect(200, 'POST', c.path({ preview: '1', ...query }), { body: table, headers })
    const seen = await look(c.root)
    assert.deepEqual([seen.encoding, seen.delimiter, seen.from, seen.rows], ['UTF-8', ';', 'guessed', 2])
    const of = (answer, name) => answer.columns.find((column) => column.column === name)
    const year = of(seen, 'Founded year')
    assert.deepEqual([year.field, year.filled, year.unread, year.samples[0]], ['founded_year', 2, 1, { text: '1999', value: 1999 }])
    assert.ok(year.samples[1].problem.includes('long ago'))
    assert.equal(of(seen, 'Nothing known').field, null)
    assert.equal(of(await look(c.lou), 'Annual revenue').field, null, 'a hidden field is not guessed')
    assert.equal(of(await look(c.root, { map: 'Name=name' }), 'Website').field, null)
    assert.equal((await look(c.root, { delimiter: 'tab' })).columns.length, 1)
    await c.sue.refused(403, null, 'POST', c.path({ preview: '1' }), { body: table, headers })
    assert.equal(await dump(c.root), before)
  })

  test('the rows that a dry run would not take come as a table; what does not run is not stopped', async () => {
    const lines = await c.root.expect(200, 'POST', c.path({ dry: '1', rejects: '1' }), { body: 'name,employees\nFine,5\nBad,many\n', headers })
    assert.match(lines, /^name,employees,perigee_reason,perigee_line\r\nBad,many,.*many.*,3\r\n$/)
    const done = await c.load(c.root, {}, 'name\nStopped too late\n')
    assert.equal(done.progress, null)
    await c.root.refused(409, null, 'DELETE', `imports/${done.id}`)
    await c.max.refused(404, null, 'DELETE', `imports/${done.id}`)
  })

  test('a key from elsewhere goes before a title that says the same', async () => {
    const meant = await c.root.create('organization', { name: 'Keyed', external_id: 'K-7' })
    const titled = await c.root.create('organization', { name: 'K-7' })
    const done = await c.load(c.root, { entity: 'contact', map: 'who=last_name,firm=organization' }, 'who,firm\nEight,K-7\nNine,Keyed\n')
    assert.equal(done.created, 2)
    const { records } = await c.root.get('records/contact', { where: "one_of(last_name, 'Eight', 'Nine')", sort: 'last_name', fields: 'last_name,organization' })
    assert.deepEqual(records.map((r) => [r.last_name, r.organization.id]), [['Eight', meant.id], ['Nine', meant.id]])
    assert.notEqual(titled.id, meant.id)
  })

  test('more than can be waited for: bulk and undo answer 202 and are done by a job', async () => {
    const rows = 10050
    const table = `external_id,name\n${Array.from({ length: rows }, (_, at) => `big-${at},Big ${at}`).join('\n')}\n`
    const done = await c.load(c.root, { key: 'external_id' }, table)
    assert.deepEqual([done.state, done.created], ['done', rows], JSON.stringify(done))
    const count = async (where) => (await c.root.query({ from: 'organization', where, measures: { n: 'count()' } })).rows[0].n
    const where = "starts_with(external_id, 'big-')"
    const change = { body: { where: `${where} and country == nil`, set: { employees: 3 } }, headers: { 'Idempotency-Key': 'large' } }
    const bulk = await c.root.request('POST', 'records/organization/bulk', change)
    assert.equal(bulk.status, 202, bulk.text)
    const repeated = await c.root.request('POST', 'records/organization/bulk', change)
    assert.deepEqual([repeated.status, repeated.body], [202, bulk.body], 'a repeated key is the same job')
    assert.equal(bulk.headers.get('location'), `/api/v1/jobs/${bulk.body.job}`)
    await c.sue.refused(404, null, 'GET', `jobs/${bulk.body.job}`)
    const told = await c.jobDone(c.root, bulk.body.job)
    assert.equal(told.state, 'done', JSON.stringify(told))
    assert.equal(told.progress.changed, rows, JSON.stringify(told))
    assert.equal(await count(`${where} and employees == 3`), rows)
    const entry = (await c.root.get('changesets', { limit: '1' })).records[0]
    assert.equal(entry.changes, rows)
    for (const [client, status] of [[c.rob, 403], [c.lou, 404]]) {
      for (const id of [entry.id, done.changeset]) await client.refused(status, null, 'POST', `changesets/${id}/undo`)
    }
    const undo = await c.root.request('POST', `changesets/${entry.id}/undo`)
    assert.equal(undo.status, 202, undo.text)
    assert.equal((await c.jobDone(c.root, undo.body.job)).state, 'done')
    assert.equal(await count(`${where} and employees == nil`), rows)
    await c.root.refused(409, 'already_undone', 'POST', `changesets/${entry.id}/undo`)
    const kept = (await c.root.get('records/organization', { where: "external_id == 'big-7'" })).records[0]
    await c.root.patch('organization', kept.id, { name: 'Edited since' })
    const whole = await c.root.request('POST', `changesets/${done.changeset}/undo`)
    assert.equal(whole.status, 202, whole.text)
    const ended = await c.jobDone(c.root, whole.body.job)
    assert.equal(ended.state, 'done', JSON.stringify(ended))
    assert.ok(Array.isArray(ended.progress.conflicts) && ended.progress.changeset.reverts === done.changeset, JSON.stringify(ended))
    assert.equal(await count(where), 0)
  })

  const lines = async (id) => (await c.root.expect(200, 'GET', `imports/${id}/rejects`)).split('\r\n').slice(0, -1)

  test('rejected rows may be more than one kept text holds, and longer: the import goes on', async () => {
    const wide = Array.from({ length: 300 }, (_, i) => `"Row ""${i}"" ${'y'.repeat(8000)}",5\n`).join('')
    const long = `"${'z,"" '.repeat(200000)}",6\n`
    const done = await c.load(c.root, {}, `name,employees\n${wide}${long}Last good,7\n`)
    assert.deepEqual([done.state, done.created, done.rejected], ['done', 1, 301], JSON.stringify(done).slice(0, 400))
    const kept = await lines(done.id)
    assert.equal(kept.length, 302)
    assert.match(kept[0], /^name,employees,perigee_reason,perigee_line$/)
    assert.ok(kept[300].startsWith(`"Row ""299"" ${'y'.repeat(8000)}",5,`) && kept[300].endsWith(',301'), kept[300].slice(-100))
    assert.match(kept[301], /^"z,"" .*…",…,.*,302$/, 'of a row too long to be kept the end is cut')
  })

  test('a quote that is never closed costs its row, not the import; a row of zero bytes is no blank one', async () => {
    const open = await c.load(c.root, {}, `name\nBefore the quote\n"${'a'.repeat(30_000_000)}`)
    assert.deepEqual([open.state, open.created, open.reasons[0].detail], ['done', 1, 'The row is too long.'], JSON.stringify(open).slice(0, 400))
    const zero = await c.load(c.root, {}, `name\n${'\0'.repeat(2000)}\n`)
    assert.deepEqual([zero.state, zero.rows, zero.rejected], ['done', 1, 1], JSON.stringify(zero))
    const bytes = Buffer.concat([Buffer.from(`name\n${`${'Plain text '.repeat(90)}\n`.repeat(300)}`), Buffer.from([0xcf, 0xf0, 0xe8, 0x22, 0x0a])])
    const broken = await c.load(c.root, {}, bytes)
    assert.deepEqual([broken.state, broken.rejected], ['done', 1], JSON.stringify(broken).slice(0, 400))
    assert.ok((await lines(broken.id))[1].startsWith('"\uFFFD\uFFFD\uFFFD""",'), (await lines(broken.id))[1])
  })

  test('a card of which something is too long to be read is rejected whole; a photo may be long', async () => {
    const card = (name, more) => `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\n${more}\nEND:VCARD\n`
    const cards = card('Long Note', `NOTE:${'x'.repeat(1_500_000)}`) + card('Long Photo', `PHOTO;ENCODING=b:${'QUJD'.repeat(500_000)}`) +
      card('Long Folds', `NOTE:${'y\n '.repeat(1_500_000)}`) + `BEGIN:VCARD\nNOTE;${'a=b;'.repeat(400_000)}:x\nEND:VCARD\n`
    const done = await c.load(c.root, { entity: 'contact' }, cards)
    assert.deepEqual([done.state, done.rows, done.created, done.reasons.map((reason) => reason.line)], ['done', 4, 1, [1, 3, 4]], JSON.stringify(done).slice(0, 400))
    const made = await c.root.get('records/contact', { where: "last_name == 'Photo' or last_name == 'Note' or last_name == 'Folds'" })
    assert.deepEqual(made.records.map((row) => row.last_name), ['Photo'])
  })

  test('who is refused in the middle of a large file hears why', async () => {
    const body = `what,ever\n${`${'a'.repeat(999)},b\n`.repeat(20_000)}`
    await c.root.refused(400, 'no_mapping', 'POST', c.path({ dry: '1' }), { body, headers })
  })
})
