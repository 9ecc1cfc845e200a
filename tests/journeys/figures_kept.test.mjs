// Answers for figures are kept by question, rights and place in the log, and are always those that the database gives:
// drawn questions are asked again and again under writes of all kinds, by three people, and each answer stands beside
// that of the same question in words that were never asked before.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const ROUNDS = 11
const questions = [
  { from: 'deal', group: ['stage.kind', 'owner.team'], measures: { n: 'count()', sum: 'sum(amount)', late: 'count(expected_on < today())' } },
  { from: 'deal', group: ['organization.industry', 'product'], measures: { n: 'count()', mean: 'avg(amount)' }, where: "stage.kind ~= 'lost'" },
  { from: 'deal', group: ['open_activities'], measures: { n: 'count()', lined: 'sum(lines_total)' } },
  { from: 'activity', group: ['kind', 'owner'], measures: { n: 'count()', calls: "count(kind == 'call')", open: 'count(done_at == nil)' } },
  { from: 'stage_change', group: ['to.name', 'month(at)'], measures: { n: 'count()' }, where: 'not reverted' },
  { from: 'organization', group: ['owner.name'], measures: { n: 'count()', first: 'min(name)' } },
  { from: 'deal_line', group: ['product.series'], measures: { n: 'sum(quantity)', money: 'sum(total)' } },
]

/** Numbers that look drawn, the same in every run. */
function drawn(seed) {
  let state = seed
  return (most) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 4294967296) * most)
  }
}

const open = async (c) => {
  c.perigee.cli(['demo', '--size', '60', '--seed', '3', '--today', '2026-11-20'])
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'hanna', '--role', 'head', '--team', 'North'])
  await c.perigee.serve()
  c.who = { root: c.perigee.client(c.perigee.token('root')), hanna: c.perigee.client(c.perigee.token('hanna')), demo: c.perigee.client(c.perigee.token('demo5')) }
}

onEngines('figures that are kept', {}, open, (test, c) => {
  let asked = 0
  const same = async (who, question, after) => {
    const kept = (await c.who[who].query(question)).rows
    const words = `version ~= -${++asked}`
    const fresh = (await c.who[who].query({ ...question, where: question.where ? `(${question.where}) and ${words}` : words })).rows
    assert.deepEqual(kept, fresh, `${who} ${JSON.stringify(question)} after ${after}`)
    return JSON.stringify(kept)
  }

  test('an answer that was kept is the answer of now, whatever was written and by whom', async () => {
    const { root } = c.who
    const draw = drawn(7)
    const [deals, activities, organizations, stages, users, products] = await Promise.all(
      ['deal', 'activity', 'organization', 'stage', 'user', 'product'].map(async (entity) => (await root.get(`records/${entity}`, { limit: 200, where: entity === 'stage' ? "pipeline.entity == 'deal'" : 'true' })).records.map((record) => record.id)),
    )
    const one = (list) => list[draw(list.length)]
    const writes = {
      'an amount': () => root.patch('deal', one(deals), { amount: { amount: String(draw(9000)), currency: 'USD' } }),
      'a move': () => root.request('PATCH', `records/deal/${one(deals)}`, { body: { stage: one(stages) } }), // or a rule asks for more
      'an owner': () => root.patch('organization', one(organizations), { owner: one(users) }),
      "a deal's owner": () => root.patch('deal', one(deals), { owner: one(users) }),
      'an activity, which a roll-up counts': () => root.create('activity', { subject: 'T', about: { entity: 'deal', id: one(deals) } }),
      'an activity done': () => root.patch('activity', one(activities), { done_at: '2026-11-19T10:00:00Z' }),
      'a product': () => root.patch('product', one(products), { series: null }),
      'a name': () => root.patch('user', one(users), { name: `N${draw(1000)}` }),
      'a stage': () => root.patch('stage', stages[0], { name: `S${draw(1000)}` }),
      'the trash': () => root.request('DELETE', `records/deal/${one(deals)}`),
      'the command line': () => c.perigee.cli(['set', 'organization', one(organizations), `industry=`]),
    }
    const before = new Map()
    let changed = 0
    for (let round = 0; round < ROUNDS; round++) {
      const names = Object.keys(writes)
      const name = names[round % names.length]
      for (const who of Object.keys(c.who)) for (const question of questions) await same(who, question, 'nothing')
      await writes[name]()
      for (const who of Object.keys(c.who))
        for (const [at, question] of questions.entries()) {
          const found = await same(who, question, name)
          if (before.has(who + at) && before.get(who + at) !== found) changed++
          before.set(who + at, found)
        }
    }
    assert.ok(changed > ROUNDS, `${changed} answers changed`)
  })

  test('rights come first: another team, another role, another answer', async () => {
    const { root } = c.who
    const question = questions[0]
    const [south] = (await root.get('records/team', { where: "name == 'South'" })).records
    const [hanna] = (await root.get('records/user', { where: "login == 'hanna'" })).records
    const north = await same('hanna', question, 'nothing')
    await root.patch('user', hanna.id, { team: south.id })
    assert.notEqual(await same('hanna', question, 'another team'), north)
    const [role] = (await root.get('records/role', { where: "name == 'sales'" })).records
    await root.patch('user', hanna.id, { role: role.id })
    await same('hanna', question, 'another role')
    assert.notEqual(await same('root', question, 'nothing'), north)
  })

  test('a change of the schema: a roll-up that comes to be', async () => {
    const { root } = c.who
    const count = { from: 'organization', group: ['kind'], measures: { n: 'count()' } }
    await same('root', count, 'nothing')
    await root.expect(200, 'PUT', 'schema/entities/organization', { body: { fields: { deal_count: { type: 'rollup', of: 'deal', by: 'organization', value: 'count()', label: 'Deals' } } } })
    const sum = { from: 'organization', measures: { n: 'sum(deal_count)' } }
    let status = 0 // it is filled in the background
    for (let turn = 0; status !== 200 && turn < 5000; turn++) status = (await root.request('POST', 'query', { body: sum })).status
    assert.equal(status, 200)
    for (let n = 0; n < 3; n++) {
      await same('root', sum, 'the roll-up')
      await root.create('deal', { name: 'D', organization: (await root.get('records/organization', { limit: 1 })).records[0].id })
    }
  })
})
