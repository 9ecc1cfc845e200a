// The REST table, call by call: records, lists, counts, bulk, batch, links, grouped queries, search.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const usd = (amount) => ({ amount, currency: 'USD' })

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'ann', '--role', 'sales', '--team', 'North'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.ann = c.perigee.client(c.perigee.token('ann'))
  c.acme = (await c.admin.create('organization', { name: 'Acme' })).id
  c.beta = (await c.admin.create('organization', { name: 'Beta' })).id
  c.total = async (entity, where = '') => (await c.admin.get(`records/${entity}`, { count: 'exact', limit: '1', ...(where ? { where } : {}) })).total.value
  c.query = async (body) => (await c.admin.query({ from: 'deal', ...body })).rows
}

onEngines('records', {}, open, (test, c) => {
  test('the life of a record: dry run, create, change, trash, restore, purge', async () => {
    const before = await c.total('product')
    await c.admin.expect(200, 'POST', 'records/product?dry=1', { body: { name: 'Dry', price: usd('5') } })
    await c.admin.refused(422, null, 'POST', 'records/product?dry=1', { body: { name: 'Dry', price: usd('-5') } })
    assert.equal(await c.total('product'), before)
    const made = await c.admin.create('product', { name: 'Wet', price: usd('5') })
    const path = `records/product/${made.id}`
    await c.admin.expect(200, 'PATCH', `${path}?dry=1`, { body: { name: 'Wetter' } })
    assert.equal((await c.admin.get(path)).name, 'Wet')
    const changed = await c.admin.patch('product', made.id, { name: 'Wetter' })
    assert.equal(changed.version, 2)
    assert.equal((await c.admin.patch('product', made.id, { name: 'Wetter' })).version, 2)
    await c.admin.expect(204, 'DELETE', path)
    assert.equal(await c.total('product'), before)
    const trash = await c.admin.get('records/product', { trash: 'only' })
    assert.deepEqual(trash.records.map((r) => r.id), [made.id])
    assert.ok(trash.records[0].deleted_at)
    const restored = await c.admin.expect(200, 'POST', `${path}/restore`)
    assert.equal(restored.deleted_at, null)
    assert.equal(await c.total('product'), before + 1)
    await c.admin.expect(204, 'DELETE', `${path}?purge=1`)
    await c.admin.refused(404, null, 'GET', path)
    assert.deepEqual((await c.admin.get('records/product', { trash: 'only' })).records, [])
  })

  test('as_of shows the past, of one record and of a list', async () => {
    const made = await c.admin.create('organization', { name: 'Past one' })
    const at = (await c.admin.get(`records/organization/${made.id}`)).updated_at
    await new Promise((r) => setTimeout(r, 5))
    await c.admin.patch('organization', made.id, { name: 'Present one' })
    const past = await c.admin.get(`records/organization/${made.id}`, { as_of: at })
    assert.equal(past.name, 'Past one')
    assert.equal(past.version, 1)
    const listed = await c.admin.get('records/organization', { as_of: at, where: 'name == "Past one"', fields: 'name' })
    assert.deepEqual(listed.records.map((r) => r.id), [made.id])
    assert.equal((await c.admin.get('records/organization', { where: 'name == "Past one"' })).records.length, 0)
    await c.admin.refused(404, null, 'GET', `records/organization/${made.id}?as_of=2001-01-01T00:00:00Z`)
  })

  test('a list of the past goes page by page, and says what it cannot do', async () => {
    const names = Array.from({ length: 123 }, (_, i) => `Then ${String(i).padStart(3, '0')}`)
    await c.admin.expect(200, 'POST', 'batch', { body: { operations: names.map((name) => ({ op: 'create', entity: 'product', set: { name, price: usd('1') } })) } })
    const last = (await c.admin.get('records/product', { where: `name == "${names[122]}"` })).records[0]
    await new Promise((r) => setTimeout(r, 5))
    await c.admin.expect(200, 'POST', 'records/product/bulk', { body: { where: 'starts_with(name, "Then")', set: { name: 'Now' } } })
    const query = { as_of: last.updated_at, where: 'starts_with(name, "Then")', sort: '-name', fields: 'name' }
    const pages = []
    for (let after; ; ) {
      const page = await c.admin.get('records/product', { ...query, ...(after ? { after } : {}) })
      assert.deepEqual(page.total, { value: names.length, exact: true })
      pages.push(page.records.map((r) => r.name))
      if (!page.next) break
      after = page.next
    }
    assert.deepEqual(pages.map((page) => page.length), [50, 50, 23])
    assert.deepEqual(pages.flat(), [...names].reverse())
    await c.admin.refused(400, null, 'GET', `records/product?${new URLSearchParams({ ...query, after: '17' })}`)
    await c.admin.refused(400, 'as_of_search', 'GET', `records/product?${new URLSearchParams({ ...query, q: 'Then' })}`)
    await c.admin.expect(200, 'POST', 'records/product/bulk', { body: { where: 'name == "Now"', delete: true } })
  })

  test('lists: where, sort, fields, cursors, counts', async () => {
    for (let i = 0; i < 25; i++)
      await c.admin.create('product', { name: `P${String(i).padStart(2, '0')}`, code: i % 2 ? 'odd' : null, price: usd(String(i % 5)) })
    const query = { where: 'starts_with(name, "P")', sort: '-price,name', fields: 'name,price' }
    const whole = await c.admin.get('records/product', { ...query, limit: '1000' })
    assert.equal(whole.records.length, 25)
    assert.equal(whole.next ?? null, null)
    assert.equal(whole.total, undefined)
    const expected = [...whole.records].sort((a, b) => Number(b.price.amount) - Number(a.price.amount) || (a.name < b.name ? -1 : 1))
    assert.deepEqual(whole.records, expected)
    const paged = []
    for (let after, pages = 0; pages < 20; pages++) {
      const page = await c.admin.get('records/product', { ...query, limit: '4', ...(after ? { after } : {}) })
      paged.push(...page.records)
      if (!page.next) break
      after = page.next
    }
    assert.deepEqual(paged, whole.records)
    for (const sort of ['code,name', '-code', 'code', '-name', 'price,-id', 'created_at']) {
      const all = (await c.admin.get('records/product', { where: query.where, sort, limit: '1000', fields: 'name' })).records
      assert.deepEqual(await c.admin.all('product', { where: query.where, sort, limit: '3', fields: 'name' }), all, sort)
    }
    assert.deepEqual((await c.admin.get('records/product', { ...query, limit: '1', count: 'exact' })).total, { value: 25, exact: true })
    assert.deepEqual((await c.admin.get('records/product', { ...query, limit: '1', count: 'capped' })).total, { value: 25, exact: true })
    assert.equal((await c.admin.get('records/product', { ...query, limit: '1', count: 'none' })).total, undefined)
    assert.equal((await c.admin.get('records/product', { where: 'name == "nobody"', count: 'exact' })).total.value, 0)
    const dflt = await c.admin.get('records/product')
    assert.ok(dflt.records.length <= 50)
    assert.deepEqual(Object.keys(whole.records[0]), ['id', 'version', 'name', 'price'])
    await c.admin.refused(400, null, 'GET', `records/organization?after=${encodeURIComponent((await c.admin.get('records/product', { ...query, limit: '4' })).next)}&sort=name`)
  })

  test('bulk: a repeated key changes nothing and answers the same, of one changeset and of several', async () => {
    for (const rows of [3, 1100]) {
      const prefix = `Keyed ${rows}-`
      for (let at = 0; at < rows; at += 500)
        await c.admin.expect(200, 'POST', 'batch', { body: { operations: Array.from({ length: Math.min(500, rows - at) }, (_, i) => ({ op: 'create', entity: 'product', set: { name: `${prefix}${at + i}` } })) } })
      const where = `starts_with(name, "${prefix}") and series == nil`
      const bulk = (key, set) => c.admin.request('POST', 'records/product/bulk', { body: { where, set }, headers: { 'Idempotency-Key': `bulk-${key}` } })
      const first = await bulk(rows, { series: 'A' })
      assert.equal(first.status, 200, first.text)
      assert.equal(first.body.changed, rows, first.text)
      const last = (await c.admin.get('changesets', { limit: '1' })).records[0].id
      const again = await bulk(rows, { series: 'A' })
      assert.deepEqual([again.status, again.body], [200, first.body], 'the filter holds nothing any more, the answer is that of then')
      assert.equal((await c.admin.get('changesets', { limit: '1' })).records[0].id, last)
      const other = await bulk(rows, { series: 'B' })
      assert.equal(other.status, 409, other.text)
      const none = await bulk(`${rows}-none`, { series: 'B' })
      assert.equal(none.body.matched, 0)
    }
  })

  test('bulk: set, delete, restore by ids and by where', async () => {
    const ids = []
    for (let i = 0; i < 5; i++) ids.push((await c.admin.create('organization', { name: `Bulk ${i}` })).id)
    const set = await c.admin.request('POST', 'records/organization/bulk', { body: { where: 'starts_with(name, "Bulk")', set: { industry: null, employees: 7 } } })
    assert.equal(set.status, 200, set.text)
    assert.equal(await c.total('organization', 'employees == 7'), 5)
    const again = await c.admin.expect(200, 'POST', 'records/organization/bulk', { body: { ids: ids.slice(0, 2), set: { employees: 8 } } })
    assert.ok(again.changeset, JSON.stringify(again))
    assert.equal(await c.total('organization', 'employees == 8'), 2)
    await c.admin.expect(200, 'POST', 'records/organization/bulk', { body: { ids: ids.slice(0, 3), delete: true } })
    assert.equal(await c.total('organization', 'starts_with(name, "Bulk")'), 2)
    const entry = (await c.admin.get('changesets', { limit: '1' })).records[0]
    assert.equal(entry.changes, 3)
    await c.admin.expect(200, 'POST', `changesets/${entry.id}/undo`)
    assert.equal(await c.total('organization', 'starts_with(name, "Bulk")'), 5)
    const unknown = await c.admin.request('POST', 'records/organization/bulk', { body: { ids: ['1'], set: { employees: 9 } } })
    assert.ok(unknown.status === 404 || unknown.status === 200 && (unknown.body.failures ?? unknown.body.errors ?? []).length === 1, unknown.text)
    await c.admin.refused(400, null, 'POST', 'records/organization/bulk', { body: { ids, set: { no_such: 1 } } })
    const kept = (await c.admin.expect(200, 'POST', 'records/organization/bulk', { body: { ids: ids.slice(3), merge: { into: ids[3] } } }))
    assert.equal(kept.id, ids[3])
    assert.equal(await c.total('organization', 'starts_with(name, "Bulk")'), 4)
  })

  test('batch: one transaction, later operations name earlier ids', async () => {
    const answer = await c.admin.expect(200, 'POST', 'batch', {
      body: {
        operations: [
          { op: 'create', entity: 'organization', as: 'org', set: { name: 'Batched' } },
          { op: 'create', entity: 'contact', as: 'who', set: { last_name: 'Batchman', organization: '$org' } },
          { op: 'create', entity: 'deal', as: 'deal', set: { name: 'Batch deal', organization: '$org', contacts: [{ id: '$who', role: 'payer' }] } },
          { op: 'update', entity: 'organization', id: '$org', set: { employees: 3 } },
        ],
      },
    })
    assert.equal(answer.results.length, 4)
    const [org, who, deal] = answer.results
    const shown = await c.admin.get(`records/deal/${deal.id}`)
    assert.equal(shown.organization.id, org.id)
    assert.equal(shown.contacts[0].id, who.id)
    assert.equal(shown.contacts[0].role, 'payer')
    assert.equal((await c.admin.get(`records/organization/${org.id}`)).employees, 3)
    assert.equal((await c.admin.get('changesets', { limit: '1' })).records[0].id, answer.changeset)
    const before = await c.total('organization')
    const failed = await c.admin.refused(422, null, 'POST', 'batch', {
      body: { operations: [{ op: 'create', entity: 'organization', set: { name: 'Lost' } }, { op: 'create', entity: 'deal', set: { name: 'x', probability: 200 } }] },
    })
    assert.ok(JSON.stringify(failed).includes('probability'))
    assert.equal(await c.total('organization'), before)
    await c.admin.refused(412, null, 'POST', 'batch', { body: { operations: [{ op: 'update', entity: 'organization', id: org.id, version: 99, set: { name: 'x' } }] } })
    for (const id of ['$nobody', '1', 'abc']) {
      const reply = await c.admin.request('POST', 'batch', { body: { operations: [{ op: 'update', entity: 'organization', id, set: { name: 'x' } }] } })
      assert.ok([404, 422].includes(reply.status), `${id}: ${reply.status} ${reply.text}`)
    }
    const dry = await c.admin.expect(200, 'POST', 'batch?dry=1', { body: { operations: [{ op: 'create', entity: 'organization', set: { name: 'Dry batch' } }] } })
    assert.equal(dry.changeset, null)
    assert.equal(await c.total('organization', 'name == "Dry batch"'), 0)
  })

  test('tags, followers, comments, timeline, changes, access', async () => {
    const deal = await c.admin.create('deal', { name: 'With links', organization: c.acme })
    const tag = await c.admin.create('tag', { name: 'hot' })
    const path = `records/deal/${deal.id}`
    const tagged = await c.admin.expect(200, 'POST', `${path}/tags`, { body: { add: [tag.id] } })
    assert.deepEqual(tagged.tags.map((x) => x.title ?? x), ['hot'])
    assert.equal((await c.admin.get(`${path}/tags`)).tags.length, 1)
    assert.equal((await c.admin.expect(200, 'POST', `${path}/tags`, { body: { remove: [tag.id] } })).tags.length, 0)
    assert.equal((await c.admin.expect(200, 'POST', `${path}/followers`)).followers.length, 1)
    assert.equal((await c.admin.expect(200, 'DELETE', `${path}/followers`)).followers.length, 0)
    const comment = await c.admin.expect(201, 'POST', `${path}/comments`, { body: { body: 'Looks good' } })
    assert.equal(comment.about.id, deal.id)
    assert.deepEqual((await c.admin.get(`${path}/comments`)).records.map((r) => r.body), ['Looks good'])
    await c.admin.create('activity', { subject: 'Ring them', about: { entity: 'deal', id: deal.id } })
    const timeline = await c.admin.get(`${path}/timeline`)
    const text = JSON.stringify(timeline)
    assert.ok(text.includes('Ring them') && text.includes('Looks good'), text)
    const changes = (await c.admin.get(`${path}/changes`)).records
    assert.ok(changes.length >= 3)
    for (const change of changes) for (const key of ['at', 'actor', 'door']) assert.ok(change[key] !== undefined, `${key} of ${JSON.stringify(change)}`)
    const org = JSON.stringify(await c.admin.get(`records/organization/${c.acme}/timeline`))
    assert.ok(org.includes('Ring them'), 'the timeline of the organization takes in that of its deal')
    const rights = await c.admin.get(`${path}/access`)
    assert.ok(JSON.stringify(rights).includes('update'))
  })

  test('query: groups, measures, money, averages, empty keys, sort, one row', async () => {
    const stage = async (name) => (await c.admin.get('records/stage', { where: `name == "${name}" and pipeline.name == "Sales"` })).records[0].id
    const won = await stage('Won')
    const rows = [
      ['q1', 'Q', '100', won, '2017-03-05', c.acme, 'website'], ['q2', 'Q', '200.50', won, '2017-03-31', c.beta, 'call'],
      ['q3', 'Q', '33.33', null, '2017-04-01', c.acme, null], ['q4', 'Q', null, null, null, null, null],
    ]
    for (const [name, next_step, amount, s, closed_on, organization, source] of rows)
      await c.admin.create('deal', { name, next_step, closed_on, organization, source, ...(amount ? { amount: usd(amount) } : {}), ...(s ? { stage: s } : {}) })
    const where = 'next_step == "Q"'
    assert.deepEqual(await c.query({ where, group: ['stage.name', 'month(closed_on)'], measures: { n: 'count()', revenue: 'sum(amount)' }, sort: ['-revenue', 'stage.name', 'month(closed_on)'] }), [
      { 'stage.name': 'Won', 'month(closed_on)': '2017-03-01', n: 2, revenue: usd('300.50') },
      { 'stage.name': 'Prospecting', 'month(closed_on)': '2017-04-01', n: 1, revenue: usd('33.33') },
      { 'stage.name': 'Prospecting', 'month(closed_on)': null, n: 1, revenue: usd('0.00') },
    ])
    const [one] = await c.query({ where, measures: {
      n: 'count()', big: 'count(amount > 100)', a: 'avg(amount)', m: 'median(amount)', lo: 'min(amount)', hi: 'max(amount)', d: 'count_distinct(organization)',
      p: 'avg(probability)', share: 'count(amount > 100) / count()', first: 'min(closed_on)', diff: 'max(amount) - min(amount)', pc: 'percentile(probability, 0.5)', won: 'sum(amount, stage.kind == "won")', ratio: 'sum(amount) / count()',
    } })
    assert.deepEqual(one, {
      n: 4, big: 1, a: usd('111.28'), m: usd('100.00'), lo: usd('33.33'), hi: usd('200.50'), d: 2, p: '55.000000', share: '0.250000', first: '2017-03-05', diff: usd('167.17'), pc: one.pc, won: usd('300.50'), ratio: usd('83.46'),
    })
    assert.match(one.pc, /^\d+\.\d{6}$/)
    assert.deepEqual(await c.query({ where: 'name == "nobody at all"', measures: { n: 'count()', s: 'sum(amount)', a: 'avg(amount)', p: 'avg(probability)' } }), [{ n: 0, s: usd('0.00'), a: null, p: null }])
    assert.deepEqual(await c.query({ where: 'name == "nobody at all"', group: ['source'], measures: { n: 'count()' } }), [])
    assert.deepEqual(await c.query({ where, group: ['organization'], measures: { n: 'count()' }, sort: ['-n', 'organization'] }).then((r) => r.map((x) => [x.organization?.title ?? null, x.n]).sort()), [['Acme', 2], ['Beta', 1], [null, 1]].sort())
    const refs = await c.query({ where, group: ['organization'], measures: { n: 'count()' }, sort: ['-n'], limit: 1 })
    assert.deepEqual(refs, [{ organization: { id: c.acme, title: 'Acme' }, n: 2 }])
    assert.deepEqual((await c.query({ where, group: ['source'], measures: { n: 'count()' }, sort: ['source'] })).map((r) => r.source).sort(), ['call', 'website', null].sort())
    assert.deepEqual(await c.query({ where, group: ['year(closed_on)'], measures: { n: 'count()' }, sort: ['-n'] }), [{ 'year(closed_on)': '2017-01-01', n: 3 }, { 'year(closed_on)': null, n: 1 }])
    assert.deepEqual((await c.query({ where, group: ['name'], measures: { n: 'count()' }, sort: ['-name'], limit: 2 })).map((r) => r.name), ['q4', 'q3'])
    for (const sort of ['-revenue', 'revenue', 'n']) await c.query({ where, group: ['source'], measures: { n: 'count()', revenue: 'sum(amount)' }, sort: [sort] })
    const bool = await c.query({ where, group: ['amount > 100'], measures: { n: 'count()' } })
    assert.deepEqual(bool.map((r) => [r['amount > 100'], r.n]).sort(), [[false, 3], [true, 1]])
  })

  test('search across entities, current as of the last answered write', async () => {
    for (let i = 0; i < 5; i++) {
      const made = await c.admin.create('organization', { name: `Quixotic ${i} Ёлка` })
      const found = await c.admin.get('search', { q: `quixotic ${i}` })
      assert.ok(found.results.some((r) => r.id === made.id), JSON.stringify(found))
      assert.equal(found.results[0].entity, 'organization')
      for (const key of ['entity', 'id', 'title', 'snippet']) assert.ok(key in found.results[0], key)
    }
    assert.equal((await c.admin.get('search', { q: 'елка quix' })).results.length, 5)
    await c.admin.create('contact', { last_name: 'Quixoticson' })
    const kinds = new Set((await c.admin.get('search', { q: 'quixotic' })).results.map((r) => r.entity))
    assert.deepEqual([...kinds].sort(), ['contact', 'organization'])
    const first = await c.admin.get('search', { q: 'quixotic', limit: '4' })
    assert.equal(first.results.length, 4)
    const second = await c.admin.get('search', { q: 'quixotic', limit: '4', after: first.next })
    assert.equal(second.results.length, 2)
    assert.equal(new Set([...first.results, ...second.results].map((r) => r.id)).size, 6)
    assert.deepEqual((await c.admin.get('search', { q: 'zzzzqqq' })).results, [])
    assert.deepEqual((await c.admin.get('search')).results, [])
  })

  test('pipelines: defaults, moves, closing dates, stage history', async () => {
    const stages = Object.fromEntries((await c.admin.get('records/stage', { where: 'pipeline.name == "Sales"', limit: '100' })).records.map((s) => [s.name, s]))
    assert.deepEqual(Object.values(stages).sort((a, b) => a.position - b.position).map((s) => [s.name, s.kind]), [['Prospecting', 'open'], ['Qualified', 'open'], ['Proposal', 'open'], ['Negotiation', 'open'], ['Won', 'won'], ['Lost', 'lost']])
    const deal = await c.admin.create('deal', { name: 'Mover' })
    assert.equal(deal.stage.title, 'Prospecting')
    await c.admin.patch('deal', deal.id, { stage: stages.Proposal.id })
    const won = await c.admin.patch('deal', deal.id, { stage: stages.Won.id })
    assert.match(won.closed_on, /^\d{4}-\d\d-\d\d$/)
    assert.equal(won.probability, 100)
    const moves = await c.admin.query({ from: 'stage_change', where: `record == "${deal.id}"`, group: ['to.name'], measures: { n: 'count()' } })
    assert.deepEqual(moves.rows.map((r) => r['to.name']).sort(), ['Proposal', 'Prospecting', 'Won'].slice(3 - moves.rows.length))
    const kept = await c.admin.create('deal', { name: 'Closed long ago', stage: stages.Lost.id, closed_on: '2017-03-01' })
    assert.equal(kept.closed_on, '2017-03-01')
    const lead = (await c.admin.get('records/stage', { where: 'pipeline.name == "Leads" and name == "New"' })).records[0]
    await c.admin.refused(422, null, 'PATCH', `records/deal/${deal.id}`, { body: { stage: lead.id } })
  })

  test('an empty owner becomes the acting user, an empty team the owner\'s', async () => {
    const made = await c.ann.create('organization', { name: 'Of Ann' })
    assert.equal(made.owner.title, 'ann')
    assert.equal(made.team.title, 'North')
    const given = await c.admin.create('organization', { name: 'Given', owner: made.owner.id })
    assert.equal(given.owner.title, 'ann')
    assert.equal(given.team.title, 'North')
  })
})
