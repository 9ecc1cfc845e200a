// Snapshots of the pipeline and forecasts: kept once a day, told as they were whatever has happened since, and what was
// foretold beside what came, by hand-reckoned figures.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const usd = (amount) => ({ amount: Number(amount).toFixed(2), currency: 'USD' })

const open = async (c) => {
  for (const [name, role, team] of [['root', 'admin', 'North'], ['ann', 'sales', 'North'], ['bob', 'sales', 'South'], ['hanna', 'head', 'North']]) c.perigee.cli(['user', 'add', name, '--role', role, '--team', team])
  await c.perigee.serve()
  c.who = Object.fromEntries(['root', 'ann', 'bob', 'hanna'].map((name) => [name, c.perigee.client(c.perigee.token(name))]))
  const { root, ann, bob } = c.who
  c.today = (await root.expect(200, 'POST', 'reports/pipeline_by_stage', { body: {} })).at.slice(0, 10)
  c.stage = Object.fromEntries((await root.all('stage', { where: "pipeline.entity == 'deal'", fields: 'name' })).map((stage) => [stage.name, stage.id]))
  const deal = (who, name, amount, stage, more) => who.create('deal', { name, amount: usd(amount), stage: c.stage[stage], expected_on: c.today, ...more })
  c.deals = {
    proposal: await deal(ann, 'proposal', 1000, 'Proposal', { probability: 50, forecast_category: 'best_case' }),
    sure: await deal(ann, 'sure', 400, 'Negotiation', { probability: 75, forecast_category: 'commit' }),
    south: await deal(bob, 'south', 600, 'Proposal', { probability: 10, forecast_category: 'pipeline' }),
    someday: await deal(bob, 'someday', 5000, 'Qualified', { probability: 20, expected_on: null }),
    won: await deal(ann, 'won', 200, 'Qualified', {}),
  }
  await root.patch('deal', c.deals.won.id, { stage: c.stage.Won, closed_on: c.today })
  c.take = async () => {
    const file = join(c.perigee.folder, 'snapshot.lua')
    writeFileSync(file, 'crm.emit("pipeline.snapshot")')
    c.perigee.cli(['script', 'run', file])
    await root.settled()
  }
}

onEngines('snapshots', {}, open, (test, c) => {
  const report = async (name, body, who = 'root') => {
    const answer = await c.who[who].expect(200, 'POST', `reports/${name}`, { body: { compare: null, ...body } })
    const named = (row) => Object.fromEntries(answer.metrics.map((metric, i) => [metric.name, row.values[i]]))
    return { ...Object.fromEntries(answer.rows.map((row) => [row.keys.map((key) => key.title ?? key.value).join(', '), named(row)])), total: named(answer.total), answer }
  }

  test('forecast in four ways', async () => {
    const { ann, total } = await report('forecast_ways', { period: 'today' })
    assert.deepEqual(ann, {
      revenue: usd(200), forecast_weighted: usd(200 + 500 + 300), forecast_commit: usd(600), forecast_best: usd(1600), pace_revenue: usd(200), forecast_low: usd(200), forecast_high: usd(1600),
    })
    assert.deepEqual([total.forecast_weighted, total.forecast_best], [usd(1060), usd(1600)])
    const categories = await report('forecast_by_category', { period: c.today.slice(0, 7) })
    assert.deepEqual(Object.values(categories).slice(0, 3).map((row) => row.expected_amount.amount).sort(), ['1000.00', '400.00', '600.00'])
  })

  test('a snapshot is kept once a day and stays what it was', async () => {
    const { root, ann } = c.who
    await c.take()
    const kept = await root.all('pipeline_snapshot', { fields: 'on,stage.name,deals,amount,weighted,first_of_month,owner.login' })
    assert.equal(kept.length, 5)
    assert.ok(kept.every((row) => row.on === c.today && row.first_of_month))
    await c.take()
    assert.equal((await root.all('pipeline_snapshot')).length, 5, 'a day has one')
    const before = await report('pipeline_then_and_now', { period: 'today' })
    assert.deepEqual(before.Proposal, { amount_then: usd(1600), pipeline_amount: usd(1600), amount_change: usd(0), deals_then: '2.000000', deals_open: 2, weighted_then: usd(560), pipeline_weighted: usd(560) })
    await ann.patch('deal', c.deals.proposal.id, { stage: c.stage.Lost, lost_reason: 'price' })
    await ann.patch('deal', c.deals.sure.id, { amount: usd(900), stage: c.stage.Won, closed_on: c.today })
    await root.settled()
    const after = await report('pipeline_then_and_now', { period: 'today' })
    assert.deepEqual([after.Proposal.amount_then, after.Proposal.pipeline_amount, after.Proposal.amount_change], [usd(1600), usd(600), usd(-1000)])
    assert.deepEqual([after.Negotiation.amount_then, after.Negotiation.deals_open], [usd(400), 0])
    assert.deepEqual((await report('pipeline_by_day', { period: 'today' })).total, { amount_then: usd(7000), deals_then: '4.000000', weighted_then: usd(1860) })
    assert.deepEqual((await report('pipeline_by_week', { period: 'this_week' })).total.amount_then, usd(7000))
  })

  test('what was foretold beside what came', async () => {
    const month = { period: c.today.slice(0, 7) }
    const { total } = await report('forecast_accuracy', month)
    assert.deepEqual(total, { revenue: usd(1100), foretold: usd(200 + 500 + 300 + 60), foretold_missed: '0.036364', foretold_commit: usd(600), foretold_commit_missed: '0.454545' })
    const opened = await c.who.root.expect(200, 'POST', 'reports/forecast_accuracy/drill', { body: { ...month, metric: 'foretold' } })
    assert.deepEqual([opened.entity, opened.count, opened.value], ['pipeline_snapshot', 4, usd(1060)])
  })

  test('everybody sees the snapshots of the deals that are theirs to see', async () => {
    assert.deepEqual((await report('pipeline_by_day', { period: 'today' }, 'bob')).total.amount_then, usd(5600))
    assert.deepEqual((await report('pipeline_by_day', { period: 'today' }, 'hanna')).total.amount_then, usd(1400))
    for (const who of ['root', 'bob', 'hanna'])
      for (const name of ['pipeline_then_and_now', 'pipeline_by_day', 'forecast_ways', 'forecast_accuracy']) {
        const { answer } = await report(name, { period: c.today.slice(0, 7) }, who)
        for (const row of [...answer.rows, { ...answer.total, keys: [] }])
          for (const [i, metric] of answer.metrics.entries()) {
            if (metric.definition.formula) continue
            const opened = await c.who[who].expect(200, 'POST', `reports/${name}/drill`, { body: { period: c.today.slice(0, 7), compare: null, metric: metric.name, keys: row.keys } })
            if (opened.value !== null || row.values[i] !== null) assert.deepEqual(opened.value ?? 0, row.values[i], `${who} ${name} ${metric.name} ${opened.where}`)
            assert.equal(opened.list.records.length, opened.count)
          }
      }
  })

  test('who sees snapshots does not write them', async () => {
    const [row] = await c.who.root.all('pipeline_snapshot')
    for (const who of ['ann', 'hanna']) await c.who[who].refused(403, null, 'PATCH', `records/pipeline_snapshot/${row.id}`, { body: { amount: usd(1) } })
  })
})
