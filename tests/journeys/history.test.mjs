// The log of stages: whose moves a person may read, paths through references to records of any kind,
// and the figures of velocity, funnel and cohorts against the moves themselves, counted here.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const whole = { period: 'all', compare: null }
const definitions = `
role "stageless" { entities = { deal = { read = true, hidden = { "stage" } }, lead = { read = "own" }, activity = { read = true } } }
role "dealless" { entities = { activity = { read = true } } }
`

const open = async (c) => {
  c.perigee.cli(['demo', '--size', '60', '--seed', '7', '--today', '2026-11-20'])
  const people = { root: ['admin'], hanna: ['head', '--team', 'North'], sam: ['sales', '--team', 'South'], una: ['stageless'], dan: ['dealless'] }
  for (const [name, [role, ...more]] of Object.entries(people)) c.perigee.cli(['user', 'add', name, '--role', role, ...more])
  await c.perigee.serve()
  c.who = Object.fromEntries(Object.keys(people).map((name) => [name, c.perigee.client(c.perigee.token(name))]))
  c.run = (who, name, body = whole) => c.who[who].expect(200, 'POST', `reports/${name}`, { body })
  c.moves = (who) => c.who[who].all('stage_change', { fields: 'entity,record,from.name,from.position,to.name,to.kind,to.position,at,seconds,imported,reverted', sort: 'at,id' })
}

const onward = (m) => m['to.kind'] === 'won' || (m['to.kind'] === 'open' && m['to.position'] > m['from.position'])
const share = (a, b) => (b ? (a / b).toFixed(6) : null)

// Halves of millionths are rounded to even there and hardly ever met here.
const median = (all) => {
  const sorted = [...all].sort((a, b) => a - b)
  const half = sorted.length / 2
  return sorted.length ? (sorted.length % 2 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2) / 86400 : null
}
const near = (text, number, where) => assert.ok(Math.abs(Number(text) - number) < 2e-6, `${where}: ${text}, not ${number}`)

onEngines('the log of stages', { definitions: { 'sales/entities/probe.lua': definitions } }, open, (test, c) => {
  test('a move is read by whoever reads the record that moved', async () => {
    const all = await c.moves('root')
    assert.ok(all.length > 250, `${all.length} moves`)
    for (const who of ['hanna', 'sam']) {
      const seen = new Set()
      for (const entity of ['deal', 'lead']) for (const record of await c.who[who].all(entity, { trash: 'with', fields: 'id' })) seen.add(record.id)
      const expected = all.filter((move) => seen.has(move.record.id)).map((move) => move.id)
      const read = (await c.moves(who)).map((move) => move.id)
      assert.deepEqual(read, expected, who)
      assert.ok(read.length > 20 && read.length < all.length, who)
      const other = all.find((move) => !seen.has(move.record.id))
      await c.who[who].refused(404, 'not_found', 'GET', `records/stage_change/${other.id}`)
    }
    await c.who.root.refused(422, 'field_read_only', 'POST', 'records/stage_change', { body: { entity: 'deal' } })
    await c.who.sam.refused(403, undefined, 'POST', 'records/stage_change', { body: { entity: 'deal' } })
  })

  test('who may not see the stage sees no move of it; who sees nothing that moves has no moves', async () => {
    assert.deepEqual(await c.who.una.all('stage_change'), [])
    await c.who.dan.refused(403, undefined, 'GET', 'records/stage_change')
    await c.who.dan.refused(404, 'not_found', 'POST', 'reports/stage_velocity', { body: whole })
  })

  for (const who of ['root', 'hanna', 'sam']) {
    test(`velocity, funnel and cohorts are what the moves say: ${who}`, async () => {
      const deals = Object.fromEntries((await c.who[who].all('deal', { fields: 'started_on,created_at,owner' })).map((deal) => [deal.id, deal]))
      const moves = (await c.moves(who)).filter((m) => deals[m.record.id] && !m.imported && !m.reverted)
      const velocity = await c.run(who, 'stage_velocity')
      assert.ok(velocity.rows.length >= 5)
      for (const row of velocity.rows) {
        const stage = row.keys[0].title
        const left = moves.filter((m) => m['from.name'] === stage)
        assert.equal(row.values[0], moves.filter((m) => m['to.name'] === stage).length, stage)
        if (left.length) near(row.values[1], median(left.map((m) => m.seconds)), stage)
        assert.equal(row.values[3], share(left.filter(onward).length, left.length), stage)
      }
      assert.equal(velocity.total.values[0], moves.length)
      const began = (m) => `${(deals[m.record.id].started_on ?? deals[m.record.id].created_at).slice(0, 7)}-01`
      const distinct = (list) => new Set(list.map((m) => m.record.id)).size
      const cohorts = await c.run(who, 'funnel_by_cohort')
      assert.ok(cohorts.rows.length > 10)
      for (const { keys: [month, stage], values } of cohorts.rows) {
        const of = moves.filter((m) => began(m) === month.value)
        const reached = distinct(of.filter((m) => m['to.name'] === stage.title))
        const moved = distinct(of.filter((m) => m['from.name'] === stage.title && onward(m)))
        const isEnd = ['Won', 'Lost'].includes(stage.title) // nothing is to go on from there: no share, not a share of 0
        assert.deepEqual(values, [reached, share(moved, isEnd ? 0 : reached)], `${month.value} ${stage.title}`)
      }
      const funnel = await c.run(who, 'funnel')
      for (const { keys: [stage], values } of funnel.rows) assert.equal(values[0], distinct(moves.filter((m) => m['to.name'] === stage.title)), stage.title)
      const owners = await c.run(who, 'stage_velocity_by_employee')
      assert.equal(owners.rows.reduce((sum, row) => sum + row.values[0], 0), moves.filter((m) => m['from.name']).length)
    })
  }

  test('a move that was undone and a deal in the trash stay out', async () => {
    const stages = await c.who.root.all('stage', { where: "pipeline.entity == 'deal'", fields: 'name' })
    const stage = (name) => stages.find((one) => one.name === name).id
    const entered = async () => Object.fromEntries((await c.run('root', 'stage_velocity')).rows.map((row) => [row.keys[0].title, row.values[0]]))
    const before = await entered()
    const deal = await c.who.root.create('deal', { name: 'D', stage: stage('Prospecting') })
    await c.who.root.patch('deal', deal.id, { stage: stage('Proposal') })
    assert.deepEqual(await entered(), { ...before, Prospecting: before.Prospecting + 1, Proposal: before.Proposal + 1 })
    const { records } = await c.who.root.get('changesets', { limit: 1 })
    await c.who.root.expect(200, 'POST', `changesets/${records[0].id}/undo`)
    assert.deepEqual(await entered(), { ...before, Prospecting: before.Prospecting + 1 })
    await c.who.root.expect(204, 'DELETE', `records/deal/${deal.id}`)
    assert.deepEqual(await entered(), before)
  })

  test('a path goes on behind a reference to any record once the entity is named', async () => {
    const ask = async (who, body) => (await c.who[who].query(body)).rows
    const calls = (await c.who.root.all('activity', { where: "kind == 'call'", fields: 'about' })).filter((one) => one.about)
    const deals = Object.fromEntries((await c.who.root.all('deal', { trash: 'with', fields: 'owner' })).map((deal) => [deal.id, deal]))
    const expected = {}
    for (const call of calls) if (deals[call.about.id]) expected[deals[call.about.id].owner.id] = (expected[deals[call.about.id].owner.id] ?? 0) + 1
    const rows = await ask('root', { from: 'activity', where: "kind == 'call' and about.deal ~= nil", group: ['about.deal.owner'], measures: { n: 'count()' } })
    assert.deepEqual(Object.fromEntries(rows.map((row) => [row['about.deal.owner'].id, row.n])), expected)
    const [both] = await ask('root', { from: 'activity', measures: { deals: 'count_distinct(about.deal)', people: 'count(about.contact ~= nil)', one: "count(about.deal.stage.kind == 'won' and about.contact.name == nil)", text: "count(about.deal.name ~= nil)" } })
    assert.equal(both.deals, new Set((await c.who.root.all('activity', { fields: 'about' })).map((one) => one.about?.id).filter((id) => deals[id])).size)
    const [{ n }] = await ask('sam', { from: 'activity', measures: { n: 'count(about.deal.name ~= nil)' } })
    assert.ok(n < both.text, 'what lies behind an unseen deal is nil')
    const listed = await c.who.root.get('records/activity', { where: "about.deal.stage.kind == 'won'", fields: 'about', limit: 5, sort: 'about.deal.name' })
    for (const record of listed.records) assert.ok(deals[record.about.id])
    const refused = (who, where, pattern) => c.who[who].request('GET', `records/activity?where=${encodeURIComponent(where)}`).then((reply) => {
      assert.equal(reply.status, 400, reply.text)
      assert.match(reply.body.detail, pattern)
      return reply.body.detail
    })
    await refused('root', "about.name == 'x'", /say first of which, as in “about.user.name”/)
    await refused('root', "about.deal.nothing == 'x'", /nothing/)
    const hidden = await refused('dan', "about.deal.name == 'x'", /say first/)
    assert.equal(hidden.replaceAll('about.deal', 'about.none'), await refused('dan', "about.none.name == 'x'", /say first/))
    await refused('una', "about.deal.stage.kind == 'won'", /stage/)
  })
})
