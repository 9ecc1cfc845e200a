// Campaigns: whoever comes by a link belongs to its campaign, and so does the business made of it; spend,
// leads and won deals meet in one report by hand-reckoned figures; what a campaign costs is not for everybody.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const usd = (amount) => ({ amount: `${amount}.00`, currency: 'USD' })

const open = async (c) => {
  for (const [name, role] of [['root', 'admin'], ['mara', 'marketing'], ['sam', 'sales'], ['hanna', 'head']]) c.perigee.cli(['user', 'add', name, '--role', role, '--team', 'North'])
  await c.perigee.serve()
  c.who = Object.fromEntries(['root', 'mara', 'sam', 'hanna'].map((name) => [name, c.perigee.client(c.perigee.token(name))]))
}

onEngines('campaigns', {}, open, (test, c) => {
  test('a lead finds its campaign by utm_campaign, a deal by its lead', async () => {
    const { root, mara, sam } = c.who
    c.spring = await mara.create('campaign', { name: 'Spring', code: 'SPRING-26', channel: 'search', budget: usd(5000) })
    c.blog = await mara.create('campaign', { name: 'Blogs', channel: 'influencer' })
    c.leads = []
    for (const utm of ['spring-26', 'Spring-26', 'blogs', 'unknown', null]) c.leads.push(await sam.create('lead', { last_name: 'L', utm_campaign: utm }))
    await root.settled()
    const found = await root.all('lead', { fields: 'campaign', sort: 'id' })
    assert.deepEqual(found.map((lead) => lead.campaign?.title ?? null), ['Spring', 'Spring', 'Blogs', null, null])
    c.deals = []
    for (const [lead, amount] of [[0, 900], [1, 100], [2, 50], [3, 7000]]) c.deals.push(await sam.create('deal', { name: `D${lead}`, lead: c.leads[lead].id, amount: usd(amount) }))
    await root.settled()
    assert.deepEqual((await root.all('deal', { fields: 'campaign', sort: 'id' })).map((deal) => deal.campaign?.title ?? null), ['Spring', 'Spring', 'Blogs', null])
  })

  test('from spend to profit', async () => {
    const { root, mara } = c.who
    const today = (await root.expect(200, 'POST', 'reports/spend_by_day', { body: {} })).at.slice(0, 10)
    for (const [campaign, amount] of [[c.spring, 300], [c.spring, 100], [c.blog, 200]]) await mara.create('campaign_spend', { campaign: campaign.id, on: today, amount: usd(amount), clicks: 10, impressions: 1000 })
    const acme = await root.create('organization', { name: 'Acme' })
    const [won] = (await root.get('records/stage', { where: "kind == 'won' and pipeline.entity == 'deal'" })).records
    for (const deal of c.deals.slice(0, 2)) await root.patch('deal', deal.id, { stage: won.id, organization: acme.id })
    const { rows, metrics, total } = await root.expect(200, 'POST', 'reports/channel_profitability', { body: { period: 'this_year' } })
    const named = (row) => Object.fromEntries(metrics.map((metric, i) => [metric.name, row.values[i]]))
    const by = Object.fromEntries(rows.map((row) => [row.keys[0].value, named(row)]))
    assert.deepEqual(by.search, {
      spend: usd(400), leads_new: 2, leads_converted: 0, lead_conversion: '0.000000', lead_price: usd(200), deals_won: 2, revenue: usd(1000),
      customer_price: usd(400), campaign_profit: usd(600), romi: '1.500000',
    })
    assert.deepEqual([by.influencer.spend, by.influencer.leads_new, by.influencer.lead_price], [usd(200), 1, usd(200)])
    assert.deepEqual([by.influencer.revenue, by.influencer.campaign_profit, by.influencer.romi], [usd(0), { amount: '-200.00', currency: 'USD' }, '-1.000000'], 'who sold nothing has lost what was spent')
    assert.deepEqual([named(total).spend, named(total).romi, named(total).leads_new], [usd(600), '0.666667', 5])
    assert.equal((await root.get(`records/campaign/${c.spring.id}`)).spent.amount, '400.00')
    const clicks = await root.expect(200, 'POST', 'reports/channel_clicks', { body: { period: 'this_year' } })
    assert.deepEqual(clicks.total.values.slice(0, 3), [3000, 30, '0.010000'])
  })

  test('what campaigns cost is for marketers and heads', async () => {
    const { sam, hanna, mara } = c.who
    const seen = await sam.get(`records/campaign/${c.spring.id}`)
    assert.deepEqual([seen.name, seen.budget, seen.spent], ['Spring', undefined, undefined])
    await sam.refused(403, undefined, 'GET', 'records/campaign_spend')
    await sam.refused(403, undefined, 'POST', 'records/campaign', { body: { name: 'x' } })
    await hanna.refused(403, undefined, 'POST', 'records/campaign', { body: { name: 'x' } })
    for (const name of ['campaign_results', 'spend_by_day', 'campaign_profitability']) {
      await sam.refused(404, 'not_found', 'POST', `reports/${name}`, { body: {} })
      assert.equal((await hanna.request('POST', `reports/${name}`, { body: {} })).status, 200)
    }
    await mara.refused(422, undefined, 'POST', 'records/campaign_spend', { body: { campaign: c.spring.id, on: '2026-01-01', amount: usd(-1) } })
  })
})
