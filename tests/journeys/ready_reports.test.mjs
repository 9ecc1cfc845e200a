// The ready reports of people, profit, plans, quality and use against figures reckoned by hand; what a what-if
// changes; the distribution of any records by any of their fields; and that each of their cells opens.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const usd = (amount) => ({ amount: Number(amount).toFixed(2), currency: 'USD' })
const whole = { period: 'all', compare: null }

const open = async (c) => {
  for (const [name, role, team] of [['root', 'admin', 'Top'], ['hanna', 'head', 'North'], ['ann', 'sales', 'North'], ['bob', 'sales', 'South']]) c.perigee.cli(['user', 'add', name, '--role', role, '--team', team])
  await c.perigee.serve()
  c.who = Object.fromEntries(['root', 'hanna', 'ann', 'bob'].map((name) => [name, c.perigee.client(c.perigee.token(name))]))
  const { root, ann, bob } = c.who
  c.id = Object.fromEntries((await root.all('user', { fields: 'login' })).map((user) => [user.login, user.id]))
  c.team = Object.fromEntries((await root.all('team', { fields: 'name' })).map((team) => [team.name, team.id]))
  c.stage = Object.fromEntries((await root.all('stage', { where: "pipeline.entity == 'deal'", fields: 'name' })).map((stage) => [stage.name, stage.id]))
  const acme = await ann.create('organization', { name: 'Acme', industry: 'retail', country: 'de', phones: [{ value: '+4930123499' }] })
  const beta = await bob.create('organization', { name: 'Beta', industry: 'retail' })
  await ann.create('contact', { last_name: 'Real', organization: acme.id, emails: [{ value: 'real@acme.example' }], source: 'website' })
  await ann.create('contact', { last_name: 'Fake', organization: acme.id, phones: [{ value: '+15550000000' }] })
  await bob.create('contact', { last_name: 'Lost' })
  const costed = await root.create('product', { name: 'Costed', price: usd(100), cost: usd(60) })
  const uncosted = await root.create('product', { name: 'Uncosted', price: usd(50) })
  const line = (product, quantity, price, more) => ({ product: product.id, quantity: String(quantity), price: usd(price), ...more })
  const deal = async (who, name, { stage, closed_on, ...fields }) => {
    const made = await who.create('deal', { name, ...fields })
    if (stage) await who.patch('deal', made.id, { stage: c.stage[stage], closed_on })
    return made
  }
  c.deal = {
    open: await deal(ann, 'open', { organization: acme.id, lines: [line(costed, 10, 100, { discount_percent: '10' }), line(uncosted, 2, 50)] }),
    other: await deal(bob, 'other', { organization: beta.id, lines: [line(costed, 1, 100, { cost: usd(80) })] }),
    won: await deal(ann, 'won', { organization: acme.id, started_on: '2026-02-01', lines: [line(costed, 2, 100)], stage: 'Won', closed_on: '2026-02-10' }),
    lost: await deal(ann, 'lost', { started_on: '2026-02-03', amount: usd(500), stage: 'Lost', closed_on: '2026-02-20' }),
    march: await deal(bob, 'march', { started_on: '2026-03-01', amount: usd(900), stage: 'Won', closed_on: '2026-03-10' }),
  }
  for (const [at, kind, more] of [
    ['2026-02-10T12:00:00Z', 'call', { duration_seconds: 0 }], ['2026-02-10T13:00:00Z', 'call', { duration_seconds: 60 }], ['2026-02-10T14:00:00Z', 'task', {}],
    ['2026-02-11T12:00:00Z', 'meeting', {}], ['2026-02-11T13:00:00Z', 'note', {}],
  ]) await ann.create('activity', { subject: kind, kind, status: 'done', done_at: at, ...more })
}

onEngines('ready reports', {}, open, (test, c) => {
  const run = (name, body = whole, who = 'root', headers = {}) => c.who[who].expect(200, 'POST', `reports/${name}`, { body, headers })
  /** { "first key, second key": { metric: value } }, and the total under "total". */
  const figures = ({ rows, metrics, total }) => {
    const named = (row) => Object.fromEntries(metrics.map((metric, i) => [metric.name, row.values[i]]))
    return { ...Object.fromEntries(rows.map((row) => [row.keys.map((key) => key.title ?? String(key.value)).join(', '), named(row)])), total: named(total) }
  }

  test('profit, and what would become of it', async () => {
    const now = figures(await run('potential_profit'))
    assert.deepEqual(now.Costed, { what_if_profit: usd(320), what_if_change: usd(0), potential_profit: usd(320), open_lines: usd(1000), open_cost: usd(680), open_uncosted: 0 })
    assert.deepEqual([now.Uncosted.open_lines, now.Uncosted.potential_profit, now.Uncosted.open_uncosted], [usd(0), usd(0), 1], 'what nobody knows the cost of is no profit')
    const inputs = { what_if_discount: 5, what_if_cost: '10.0', what_if_volume: 20 }
    const answer = await run('potential_profit', { ...whole, inputs })
    assert.deepEqual(answer.inputs.map(({ name, value, default: otherwise }) => [name, value, otherwise]), [['what_if_volume', '20', '0'], ['what_if_discount', '5', '0'], ['what_if_cost', '10', '0']])
    const then = figures(answer)
    assert.deepEqual([then.total.what_if_profit, then.total.what_if_change, then.total.potential_profit], [usd(242.4), usd(-77.6), usd(320)])
    const narrow = await run('potential_profit', { ...whole, inputs, filters: { owner: [c.id.bob] } })
    assert.deepEqual(figures(narrow).total.what_if_profit, usd(1.2 * (95 - 88)))
    assert.deepEqual(figures(await run('profit_by_month', { period: '2026-02', compare: null })).total, { profit: usd(80), margin: '0.400000', won_lines: usd(200), won_cost: usd(120), won_uncosted: 0 })
    assert.deepEqual(figures(await run('profit_by_customer')).Acme.profit, usd(80))
    assert.deepEqual(figures(await run('profit_by_product')).Costed.margin, '0.400000')
    const refused = async (body, code) => (await c.who.root.refused(400, code, 'POST', 'reports/potential_profit', { body })).detail
    assert.match(await refused({ inputs: { days_left: 3 } }, 'unknown_input'), /no input “days_left”/)
    for (const wrong of ['x', null, 1e12, true, 1.5]) await refused({ inputs: { what_if_cost: wrong } }, 'body_wrong')
    await refused({ inputs: [] }, 'body_wrong')
    assert.equal((await run('potential_profit', whole, 'root', { 'Accept-Language': 'ru' })).inputs[1].label, 'Дополнительная скидка, %')
  })

  test('activity beside results, by person and day, with what looks unreal marked', async () => {
    const answer = await run('activity_and_results', { period: '2026-02', compare: null })
    const by = figures(answer)
    assert.deepEqual(by['ann, 2026-02-10'], { activities_done: 3, calls: 2, meetings: 0, tasks_done: 1, calls_empty: 1, tasks_closed_at_once: 0, suspicious_share: '0.333333', deals_won: 1, revenue: usd(200) })
    assert.deepEqual([by['ann, 2026-02-11'].activities_done, by['ann, 2026-02-11'].meetings, by['ann, 2026-02-11'].revenue], [1, 1, usd(0)])
    const marks = Object.fromEntries(answer.metrics.map((metric) => [metric.name, metric.flag_above]))
    assert.deepEqual([marks.calls_empty, marks.suspicious_share, marks.calls], ['0', '0.2', undefined])
  })

  test('workload', async () => {
    const { bob } = c.who
    const [today] = (await run('workload')).at.split('T')
    const day = (n) => new Date(Date.parse(today) + n * 86400000).toISOString().slice(0, 10)
    for (const due_at of [`${day(-1)}T10:00:00Z`, `${today}T23:59:59.999Z`, `${day(30)}T10:00:00Z`, null]) await bob.create('activity', { subject: 'T', due_at })
    for (const n of [-3, -4]) await bob.create('activity', { subject: 'D', status: 'done', done_at: `${day(n)}T10:00:00Z` })
    const { bob: row, total } = figures(await run('workload'))
    assert.deepEqual(row, { tasks_in_progress: 4, tasks_overdue: 1, tasks_due_today: 1, tasks_due_week: 1, tasks_undated: 1, tasks_done_lately: 2, workload_days: '56.000000' })
    assert.equal(total.tasks_in_progress, 4)
    const ahead = figures(await run('workload_ahead'))
    assert.deepEqual(['Overdue', 'Today', 'Later', 'No day'].map((when) => ahead[`bob, ${when}`]?.tasks_in_progress), [1, 1, 1, 1])
  })

  test('a rating from the lead on', async () => {
    const { ann } = c.who
    const leads = []
    for (const name of ['one', 'two']) leads.push(await ann.create('lead', { last_name: name, emails: [{ value: `${name}@x.example` }] }))
    await ann.expect(200, 'POST', `records/lead/${leads[0].id}/convert`, { body: { deal: false } })
    assert.deepEqual(figures(await run('rating_from_leads')).ann, {
      revenue: usd(200), leads_new: 2, leads_converted: 1, lead_conversion: '0.500000', deals_new: 3, deals_won: 1, deals_lost: 1, average_deal: usd(200), win_rate: '0.500000', win_rate_of_all: '0.333333',
    })
  })

  test('plan and fact', async () => {
    const { root, hanna, ann, bob } = c.who
    const goal = (body) => ({ name: 'G', ...body })
    for (const body of [
      { person: c.id.ann, starts_on: '2026-02-01', amount: usd(1000) }, { person: c.id.ann, metric: 'deals_won', starts_on: '2026-02-01', target: '4' }, { for_team: c.team.North, starts_on: '2026-02-01', amount: usd(800) },
      { person: c.id.ann, metric: 'calls', starts_on: '2026-02-01', target: '8' }, { person: c.id.bob, period: 'quarter', starts_on: '2026-01-01', amount: usd(3000) },
    ]) await root.create('goal', goal(body))
    const february = { period: '2026-02', compare: null }
    const fact = figures(await run('plan_fact', february))
    assert.deepEqual(fact.ann, { plan_revenue_done: '0.200000', plan_revenue: usd(1000), revenue: usd(200), pace_revenue: usd(200), pace_done: '0.200000', plan_deals_won: '4', deals_won: 1, plan_deals_won_done: '0.250000' })
    assert.equal(fact.bob, undefined, 'a goal of a quarter stands in its first month')
    assert.deepEqual(figures(await run('plan_fact', { period: '2026-Q1', compare: null })).bob.plan_revenue_done, '0.300000')
    assert.deepEqual(figures(await run('plan_fact_by_team', february)).North.team_plan_revenue_done, '0.250000')
    assert.deepEqual(figures(await run('plan_fact_of_work', february)).ann.plan_calls_done, '0.250000')
    const months = figures(await run('plan_fact_by_month', { period: '2026-Q1', compare: null }))
    assert.deepEqual([months['2026-01-01'].plan_revenue, months['2026-02-01'].plan_revenue, months['2026-03-01'].revenue], [usd(3000), usd(1000), usd(900)])
    const opened = await root.expect(200, 'POST', 'reports/plan_fact/drill', { body: { ...february, metric: 'plan_revenue', keys: [c.id.ann], fields: 'person.login,amount' } })
    assert.deepEqual([opened.entity, opened.value, opened.list.records.map((record) => record['person.login'])], ['goal', usd(1000), ['ann']])
    assert.equal(figures(await run('plan_fact', february, 'bob')).ann, undefined)
    assert.deepEqual(figures(await run('plan_fact', february, 'hanna')).ann.plan_revenue, usd(1000))

    const refused = (who, body, pattern) => who.refused(422, null, 'POST', 'records/goal', { body: goal(body) }).then(({ errors, detail }) => assert.match(JSON.stringify(errors) + detail, pattern))
    const march = { person: c.id.ann, starts_on: '2026-03-01', amount: usd(1) }
    await refused(root, { ...march, for_team: c.team.North }, /one person or of one team/)
    await refused(root, { ...march, person: null }, /one person or of one team/)
    await refused(root, { ...march, starts_on: '2026-03-02' }, /first day/)
    await refused(root, { ...march, period: 'quarter' }, /first day/)
    await refused(root, { ...march, period: 'year' }, /first day/)
    await refused(root, { ...march, metric: 'calls' }, /above zero/)
    await refused(root, { ...march, amount: usd(0) }, /above zero/)
    await refused(root, { ...march, starts_on: '2026-02-01' }, /goal for this and this time/)
    await refused(root, { ...march, starts_on: '2026-01-01', period: 'year' }, /goal for this and this time/)
    await ann.refused(403, null, 'POST', 'records/goal', { body: goal(march) })
    const made = await hanna.create('goal', goal(march))
    assert.equal(made.ends_on, '2026-03-31')
    await hanna.patch('goal', made.id, { amount: usd(2) })
    assert.deepEqual((await bob.get('records/goal', { fields: 'person.login' })).records.map((record) => record['person.login']), ['bob'])
  })

  test('quality of data, and who writes it', async () => {
    const quality = figures(await run('data_quality'))
    assert.deepEqual([quality.ann.organizations_incomplete, quality.ann.organizations_all, quality.ann.contacts_incomplete, quality.ann.contacts_fake], [0, 1, 1, 1], 'a converted lead without an organization is one of them')
    assert.deepEqual([quality.bob.organizations_incomplete, quality.bob.organizations_incomplete_share, quality.bob.contacts_incomplete], [1, '1.000000', 1])
    assert.deepEqual(figures(await run('data_quality_by_source')).Website.contacts_all, 1)
    const use = figures(await run('system_use'))
    assert.deepEqual([use.ann.made_deal, use.ann.made_organization, use.ann.moves_made, use.bob.made_contact], [3, 1, 3, 1])
    assert.deepEqual([use.hanna.people, use.hanna.records_made], [1, '0.000000'], 'who writes nothing is a row as well')
    assert.equal(Object.keys(use)[0] === 'ann', false, 'who writes least comes first')
    assert.deepEqual(figures(await run('system_use', whole, 'ann')).hanna.people, 1)
  })

  test('the distribution of anything by any field', async () => {
    const { root, bob } = c.who
    const spread = (body, who = 'root') => run('distribution', body, who)
    const outcome = await spread({ of: 'deal', by: 'stage.kind' })
    assert.deepEqual(Object.fromEntries(outcome.rows.map((row) => [row.keys[0].value, row.values[0]])), { open: 2, won: 2, lost: 1 })
    const sums = await spread({ of: 'deal', by: ['owner', "if_else(amount >= 500, 'large', 'small')"], measure: 'sum(amount)', where: "stage.kind ~= 'open'", on: 'closed_on', period: '2026-02' })
    assert.deepEqual(sums.rows.map((row) => [row.keys[0].title, row.keys[1].value, row.values[0]]), [['ann', 'large', usd(500)], ['ann', 'small', usd(200)]])
    assert.deepEqual([sums.dimensions[0].label, sums.report.label], ['Owner', 'Distribution'])
    for (const row of sums.rows) {
      const body = { of: 'deal', by: ['owner', "if_else(amount >= 500, 'large', 'small')"], measure: 'sum(amount)', where: "stage.kind ~= 'open'", on: 'closed_on', period: '2026-02', keys: row.keys, fields: 'name' }
      const opened = await root.expect(200, 'POST', 'reports/distribution/drill', { body })
      assert.deepEqual([opened.value, opened.count, opened.list.records.length], [row.values[0], 1, 1])
    }
    assert.deepEqual((await spread({ of: 'deal', by: 'stage.kind' }, 'bob')).total.values, [2])
    assert.equal((await run('distribution', { of: 'contact', by: 'organization' }, 'root', { 'Accept-Language': 'ru' })).report.label, 'Распределение')
    const refused = async (status, body, pattern, who = root) => assert.match((await who.refused(status, null, 'POST', 'reports/distribution', { body })).detail, pattern)
    await refused(404, { of: 'nothing', by: 'x' }, /no entity “nothing”/)
    await refused(404, { of: 'campaign_spend', by: 'campaign' }, /no entity/, bob)
    await refused(400, { of: 'deal', by: 'nothing' }, /nothing/)
    await refused(400, { of: 'deal', by: [] }, /`by`/)
    await refused(400, { of: 'deal', by: ['a', 'b', 'c', 'd', 'e'] }, /`by`/)
    await refused(400, { of: 'deal', by: 'stage', measure: 'sum(amount) / count()' }, /`measure`/)
    await refused(400, { of: 'deal', by: 'stage', where: 'true) or (true' }, /./)
  })

  test('each cell of these opens into its records', async () => {
    const names = ['potential_profit', 'profit_by_month', 'activity_and_results', 'workload', 'workload_ahead', 'rating_from_leads', 'plan_fact', 'plan_fact_of_work', 'data_quality', 'system_use']
    for (const who of ['root', 'hanna', 'bob'])
      for (const name of names) {
        const answer = await run(name, whole, who)
        for (const row of [...answer.rows, { ...answer.total, keys: [] }])
          for (const [i, metric] of answer.metrics.entries()) {
            if (metric.definition.formula) continue
            const opened = await c.who[who].expect(200, 'POST', `reports/${name}/drill`, { body: { ...whole, metric: metric.name, keys: row.keys } })
            const where = `${who} ${name} ${metric.name} ${JSON.stringify(row.keys)} ${opened.where}`
            if (opened.value !== null || row.values[i] !== null) assert.deepEqual(opened.value ?? 0, row.values[i], where)
            assert.equal(opened.list.records.length, opened.count, where)
          }
      }
  })
})
