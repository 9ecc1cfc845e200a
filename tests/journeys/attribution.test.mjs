// Attribution: five models over the requests that came before a won deal, against shares reckoned by hand, and the
// range between them; what changes a customer's way changes the shares; from spend to profit in one row.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const usd = (amount) => ({ amount: Number(amount).toFixed(2), currency: 'USD' })
const whole = { period: 'all', compare: null }
const models = ['first', 'last', 'linear', 'decay', 'position']

const open = async (c) => {
  for (const [name, role] of [['root', 'admin'], ['mara', 'marketing'], ['sam', 'sales'], ['hanna', 'head']]) c.perigee.cli(['user', 'add', name, '--role', role, '--team', 'North'])
  await c.perigee.serve()
  c.who = Object.fromEntries(['root', 'mara', 'sam', 'hanna'].map((name) => [name, c.perigee.client(c.perigee.token(name))]))
  const { root, mara, sam } = c.who
  c.won = (await root.all('stage', { where: "kind == 'won' and pipeline.entity == 'deal'" }))[0].id
  c.acme = await sam.create('organization', { name: 'Acme' })
  c.campaigns = {}
  for (const name of ['A', 'B', 'C']) c.campaigns[name] = await mara.create('campaign', { name, channel: name === 'C' ? 'social' : 'search' })
  /* Four requests in this order; the last one becomes the deal. */
  c.leads = []
  for (const name of ['A', 'B', 'C', 'B']) c.leads.push(await sam.create('lead', { last_name: name, organization_name: 'Acme', campaign: c.campaigns[name].id, source: name === 'C' ? 'website' : 'advertising' }))
  for (const lead of c.leads.slice(0, 3)) await sam.expect(200, 'POST', `records/lead/${lead.id}/convert`, { body: { deal: false, contact: false } })
  await root.settled()
  c.deal = { id: (await sam.expect(200, 'POST', `records/lead/${c.leads[3].id}/convert`, { body: { contact: false } })).deal }
  await root.settled()
}

onEngines('attribution', {}, open, (test, c) => {
  const touches = (deal = c.deal) => c.who.root.all('deal_touch', { where: `deal == "${deal.id}"`, sort: 'at', fields: 'lead,place,touches,at,campaign.name,first_share,last_share,linear_share,decay_share,position_share' })
  const report = async (name, who = 'mara', body = whole) => {
    const answer = await c.who[who].expect(200, 'POST', `reports/${name}`, { body })
    const named = (row) => Object.fromEntries(answer.metrics.map((metric, i) => [metric.name, row.values[i]]))
    return { ...Object.fromEntries(answer.rows.map((row) => [row.keys[0].title ?? row.keys[0].value, named(row)])), total: named(answer.total), answer }
  }

  test('each model gives the whole of a deal, in its own parts', async () => {
    const rows = await touches()
    assert.deepEqual(rows.map((row) => [row['campaign.name'], row.place, row.touches]), [['A', 1, 4], ['B', 2, 4], ['C', 3, 4], ['B', 4, 4]])
    const share = (name) => rows.map((row) => Number(row[`${name}_share`]))
    assert.deepEqual(share('first'), [1, 0, 0, 0])
    assert.deepEqual(share('last'), [0, 0, 0, 1])
    assert.deepEqual(share('linear'), [0.25, 0.25, 0.25, 0.25])
    assert.deepEqual(share('position'), [0.4, 0.1, 0.1, 0.4])
    const at = rows.map((row) => Date.parse(row.at)), weights = at.map((ms) => 2 ** ((ms - at[3]) / (7 * 86400000))), sum = weights.reduce((a, b) => a + b)
    share('decay').forEach((value, i) => assert.ok(Math.abs(value - weights[i] / sum) < 3e-6, `${i}: ${value}`))
    for (const name of models) assert.equal(rows.reduce((all, row) => all + Math.round(Number(row[`${name}_share`]) * 1e6), 0), 1e6, name)
  })

  test('the same revenue five times, and the range between', async () => {
    const { root, sam } = c.who
    await sam.patch('deal', c.deal.id, { amount: usd(1000) })
    assert.deepEqual((await report('attribution_by_campaign')).total.attributed_linear, usd(0), 'an open deal is no revenue')
    await sam.patch('deal', c.deal.id, { stage: c.won })
    await root.settled()
    const by = await report('attribution_by_campaign')
    const of = (name) => Object.fromEntries(['low', 'high', 'spread', 'first', 'last', 'linear', 'position'].map((model) => [model, by[name][`attributed_${model}`].amount]))
    assert.deepEqual(of('A'), { low: '0.00', high: '1000.00', spread: '1000.00', first: '1000.00', last: '0.00', linear: '250.00', position: '400.00' })
    assert.deepEqual(of('B'), { low: '0.00', high: '1000.00', spread: '1000.00', first: '0.00', last: '1000.00', linear: '500.00', position: '500.00' })
    assert.deepEqual(of('C'), { low: '0.00', high: by.C.attributed_high.amount, spread: by.C.attributed_high.amount, first: '0.00', last: '0.00', linear: '250.00', position: '100.00' })
    for (const model of models) assert.deepEqual(by.total[`attributed_${model}`], usd(1000), model)
    assert.deepEqual(by.total.attributed_spread, usd(0), 'of the whole all five say the same')
    const channels = await report('attribution_by_channel')
    assert.deepEqual([channels.Search.attributed_linear, channels['Social networks'].attributed_linear], [usd(750), usd(250)])
    assert.deepEqual((await report('attribution_by_source')).Website.attributed_position, usd(100))
  })

  test('parts that do not come to a cent make the whole', async () => {
    const { sam, root } = c.who
    const cents = (figure) => Math.round(Number(figure.amount) * 100)
    for (const amount of [100.01, 0.01, 33.35, 999999.99]) {
      await sam.patch('deal', c.deal.id, { amount: usd(amount) })
      for (const name of ['attribution_by_campaign', 'attribution_by_channel']) {
        const { answer, total } = await report(name)
        for (const model of models) {
          const at = answer.metrics.findIndex((metric) => metric.name === `attributed_${model}`)
          assert.deepEqual(total[`attributed_${model}`], usd(amount), `${name} ${model}`)
          assert.equal(answer.rows.reduce((sum, row) => sum + cents(row.values[at]), 0), Math.round(amount * 100), `${name} ${model} ${amount}: rows`)
        }
      }
    }
    await sam.patch('deal', c.deal.id, { amount: usd(1000) })
    await root.settled()
  })

  test('revenue without a known way is said', async () => {
    const { sam } = c.who
    const other = await sam.create('deal', { name: 'walked in', amount: usd(3000), organization: (await sam.create('organization', { name: 'Beta' })).id })
    await sam.patch('deal', other.id, { stage: c.won })
    await c.who.root.settled()
    const known = (await report('attribution_known')).total
    assert.deepEqual([known.revenue, known.attributed_linear, known.attributed_share], [usd(4000), usd(1000), '0.250000'])
  })

  test('from spend to profit', async () => {
    const { root, mara } = c.who
    const product = await root.create('product', { name: 'P', price: usd(100), cost: usd(40) })
    await root.patch('deal', c.deal.id, { lines: [{ product: product.id, quantity: '10', price: usd(100) }] })
    await mara.create('campaign_spend', { campaign: c.campaigns.B.id, on: '2026-01-05', amount: usd(200), clicks: 5 })
    const { B } = await report('end_to_end')
    assert.deepEqual(
      [B.spend, B.leads_new, B.leads_converted, B.lead_price, B.deals_won, B.revenue, B.profit, B.profit_after_spend, B.romi, B.romi_low, B.romi_high],
      [usd(200), 2, 2, usd(100), 1, usd(1000), usd(600), usd(400), '4.000000', '-1.000000', '4.000000'],
    )
  })

  test('a way that turns out otherwise changes the shares, and nothing is counted twice', async () => {
    const { root } = c.who
    await root.patch('lead', c.leads[0].id, { campaign: c.campaigns.C.id })
    await root.settled()
    assert.deepEqual((await touches()).map((row) => row['campaign.name']), ['C', 'B', 'C', 'B'])
    await root.patch('lead', c.leads[1].id, { converted_organization: null })
    await root.settled()
    assert.deepEqual((await touches()).map((row) => Number(row.linear_share)), [0.25, 0.25, 0.25, 0.25], 'the lead is not of this customer any more; the deal hears of it with its next change')
    await root.patch('deal', c.deal.id, { closed_on: '2030-01-01' })
    await root.settled()
    const rows = await touches()
    assert.deepEqual(rows.map((row) => [row['campaign.name'], row.touches]), [['C', 3], ['C', 3], ['B', 3]])
    assert.deepEqual(rows.map((row) => Number(row.position_share)), [0.4, 0.2, 0.4])
    await root.patch('deal', c.deal.id, { closed_on: '2020-01-01' })
    await root.settled()
    assert.deepEqual(await touches(), [], 'requests after the deal was closed made nobody buy')
    await root.expect(200, 'GET', 'reports')
  })

  test('each cell opens, and who may not read it has no report of it', async () => {
    const { root, sam, hanna } = c.who
    await root.patch('deal', c.deal.id, { closed_on: '2030-01-01' })
    await root.settled()
    for (const name of ['attribution_by_campaign', 'attribution_by_channel', 'end_to_end']) {
      const { answer } = await report(name)
      for (const row of [...answer.rows, { ...answer.total, keys: [] }])
        for (const [i, metric] of answer.metrics.entries()) {
          if (metric.definition.formula) continue
          const opened = await c.who.mara.expect(200, 'POST', `reports/${name}/drill`, { body: { ...whole, metric: metric.name, keys: row.keys } })
          if (opened.value !== null || row.values[i] !== null) assert.deepEqual(opened.value, row.values[i], `${name} ${metric.name} ${opened.where}`)
          assert.equal(opened.list.records.length, opened.count)
        }
      await sam.refused(404, 'not_found', 'POST', `reports/${name}`, { body: {} })
    }
    assert.deepEqual((await report('attribution_by_campaign', 'hanna')).total.attributed_linear, usd(1000), 'three thirds make the whole')
    await sam.refused(403, null, 'GET', 'records/deal_touch')
    assert.ok(hanna)
  })
})
