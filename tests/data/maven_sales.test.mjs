// The published sales pipeline: imported with the maps of the model, asked through POST query, every
// figure compared; a second import changes nothing; undo leaves none of it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createInstance, dataSet, engines } from '../support/perigee.mjs'

const folder = dataSet('maven-sales')
const maps = {
  user: { file: 'sales_teams.csv', args: ['--map', 'sales_agent=name,manager=manager,regional_office=team', '--key', 'name'] },
  organization: {
    file: 'accounts.csv',
    args: [
      '--map',
      'account=name,sector=industry,year_established=founded_year,revenue=annual_revenue,employees=employees,office_location=country,subsidiary_of=parent',
      '--scale', 'revenue:1000000', '--key', 'name',
    ],
  },
  product: { file: 'products.csv', args: ['--map', 'product=name,series=series,sales_price=price', '--key', 'name'] },
  deal: {
    file: 'sales_pipeline.csv',
    args: [
      '--map',
      'opportunity_id=external_id,sales_agent=owner,product=product,account=organization,deal_stage=stage,engage_date=started_on,close_date=closed_on,close_value=amount',
      '--values', 'product:GTXPro=GTX Pro', '--key', 'external_id',
    ],
  },
}
const sizes = { user: 35, organization: 85, product: 7, deal: 8800 }
const usd = (whole) => ({ amount: `${whole}.00`, currency: 'USD' })

for (const engine of engines) {
  describe(`maven-sales on ${engine}`, { skip: folder ? false : 'skipped: the data set is absent' }, () => {
    let perigee, admin
    const results = {}
    const load = (entity) => perigee.json(['import', entity, join(folder, maps[entity].file), ...maps[entity].args])

    before(async () => {
      perigee = createInstance(engine)
      if (!perigee) return
      perigee.cli(['user', 'add', 'root', '--role', 'admin'])
      for (const entity of Object.keys(maps)) results[entity] = load(entity)
      const token = perigee.token('root')
      await perigee.serve()
      admin = perigee.client(token)
    })
    after(async () => perigee?.close())

    const figure = async (body) => (await admin.query({ from: 'deal', ...body })).rows
    const test = (name, fn) =>
      it(name, async (t) => {
        if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
        await fn(t)
      })

    test('every row is imported', () => {
      for (const [entity, size] of Object.entries(sizes)) {
        assert.equal(results[entity].rejected, 0, `${entity}: ${JSON.stringify(results[entity])}`)
        assert.equal(results[entity].created, size, entity)
      }
    })

    test('stages count as published', async () => {
      const rows = await figure({ group: ['stage.name'], measures: { n: 'count()' } })
      assert.deepEqual(Object.fromEntries(rows.map((r) => [r['stage.name'], r.n])), {
        Won: 4238, Lost: 2473, Engaging: 1589, Prospecting: 500,
      })
    })

    test('revenue, averages and open deals', async () => {
      const [row] = await figure({
        measures: {
          revenue: "sum(amount, stage.kind == 'won')",
          average: "avg(amount, stage.kind == 'won')",
          days: "avg(closed_on - started_on, stage.kind == 'won')",
          open: "count(stage.kind == 'open')",
          nobody: 'count(organization == nil)',
          nobody_open: "count(organization == nil and stage.kind == 'open')",
          of_closed: "count(stage.kind == 'won') / count(stage.kind == 'won' or stage.kind == 'lost')",
          of_all: "count(stage.kind == 'won') / count()",
        },
      })
      assert.deepEqual(row.revenue, usd(10005534))
      assert.deepEqual(row.average, { amount: '2360.91', currency: 'USD' })
      assert.equal(Number(row.days).toFixed(2), '51.78')
      assert.equal(row.open, 2089)
      assert.equal(row.nobody, 1425)
      assert.equal(row.nobody_open, 1425)
      assert.equal((Number(row.of_closed) * 100).toFixed(2), '63.15')
      assert.equal((Number(row.of_all) * 100).toFixed(2), '48.16')
    })

    test('regions', async () => {
      const rows = await figure({ where: "stage.kind == 'won'", group: ['owner.team.region'], measures: { revenue: 'sum(amount)' }, sort: ['-revenue'] })
      assert.deepEqual(rows, [
        { 'owner.team.region': 'West', revenue: usd(3568647) },
        { 'owner.team.region': 'Central', revenue: usd(3346293) },
        { 'owner.team.region': 'East', revenue: usd(3090594) },
      ])
    })

    test('managers', async () => {
      const rows = await figure({
        group: ['owner.manager.name'],
        measures: { won: "count(stage.kind == 'won')", lost: "count(stage.kind == 'lost')", revenue: "sum(amount, stage.kind == 'won')" },
        sort: ['-revenue'],
      })
      assert.deepEqual(
        rows.map((r) => [r['owner.manager.name'].split(' ').pop(), r.won, r.lost, r.revenue.amount]),
        [
          ['Marxen', 882, 536, '2251930.00'],
          ['Sewald', 828, 459, '1964750.00'],
          ['Neubert', 691, 422, '1960545.00'],
          ['Rouche', 610, 352, '1603897.00'],
          ['Losch', 480, 265, '1130049.00'],
          ['Brinkmann', 747, 439, '1094363.00'],
        ],
      )
    })

    test('the best agent', async () => {
      const [row] = await figure({ where: "stage.kind == 'won'", group: ['owner'], measures: { revenue: 'sum(amount)' }, sort: ['-revenue'], limit: 1 })
      assert.equal(row.owner.title, 'Darcel Schlecht')
      assert.deepEqual(row.revenue, usd(1153214))
    })

    test('scaled money and parents that come later in the file', async () => {
      const acme = (await admin.get('records/organization', { where: 'name == "Acme Corporation"' })).records[0]
      assert.deepEqual(acme.annual_revenue, usd(1100040000))
      const [row] = (await admin.query({ from: 'organization', measures: { n: 'count(parent ~= nil)' } })).rows
      assert.equal(row.n, 15)
    })

    test('the shipped reports give the published figures', async () => {
      const run = async (name, body = {}) => {
        const answer = await admin.expect(200, 'POST', `reports/${name}`, { body: { period: 'all', compare: null, ...body } })
        const at = Object.fromEntries(answer.metrics.map((metric, i) => [metric.name, i]))
        return { ...answer, figure: (row, name) => row.values[at[name]], by: (title) => answer.rows.find((row) => row.keys[0].title === title || row.keys[0].value === title) }
      }
      const stages = await run('deals_by_stage')
      for (const [stage, n] of Object.entries({ Won: 4238, Lost: 2473, Engaging: 1589, Prospecting: 500 })) assert.equal(stages.figure(stages.by(stage), 'deals'), n, stage)
      const rating = await run('rating')
      assert.equal(rating.figure(rating.total, 'win_rate'), '0.631501')
      assert.equal(rating.figure(rating.total, 'win_rate_of_all'), '0.481591')
      assert.deepEqual(rating.figure(rating.total, 'revenue'), usd(10005534))
      assert.deepEqual(rating.figure(rating.total, 'average_deal'), { amount: '2360.91', currency: 'USD' })
      assert.equal(rating.rows[0].keys[0].title, 'Darcel Schlecht')
      assert.deepEqual(rating.figure(rating.rows[0], 'revenue'), usd(1153214))
      const length = await run('sale_length')
      assert.match(length.figure(length.total, 'sale_days'), /^51\.78/)
      const regions = await run('sales_by_region')
      for (const [region, revenue] of Object.entries({ West: 3568647, Central: 3346293, East: 3090594 })) assert.deepEqual(regions.figure(regions.by(region), 'revenue'), usd(revenue), region)
      const managers = await run('managers')
      const published = { Marxen: [882, 536, 2251930], Sewald: [828, 459, 1964750], Neubert: [691, 422, 1960545], Rouche: [610, 352, 1603897], Losch: [480, 265, 1130049], Brinkmann: [747, 439, 1094363] }
      for (const [manager, [wins, losses, revenue]] of Object.entries(published)) {
        const row = managers.rows.find((one) => one.keys[0].title?.includes(manager))
        assert.deepEqual(['deals_won', 'deals_lost', 'revenue'].map((name) => managers.figure(row, name)), [wins, losses, usd(revenue)], manager)
      }
      const quality = await run('deal_quality')
      assert.deepEqual([quality.figure(quality.total, 'deals_open'), quality.figure(quality.total, 'deals_without_organization')], [2089, 1425])
    })

    test('a second import with the key changes nothing, not even a version', async () => {
      const dump = async () => {
        const rows = []
        for (let next = ''; ;) {
          const page = await admin.get('records/deal', { fields: 'external_id,version,updated_at,amount,stage', sort: 'external_id', limit: 1000, ...(next ? { after: next } : {}) })
          rows.push(...page.records)
          if (!page.next) return rows
          next = page.next
        }
      }
      const earlier = await dump()
      assert.equal(earlier.length, 8800)
      for (const entity of Object.keys(maps)) {
        const again = load(entity)
        assert.deepEqual([again.created, again.updated, again.rejected, again.changeset], [0, 0, 0, null], entity)
      }
      assert.deepEqual(await dump(), earlier)
    })

    test('undo of the import leaves none of it', async () => {
      const answer = await admin.request('POST', `changesets/${results.deal.changeset}/undo`)
      assert.ok([200, 202].includes(answer.status), answer.text)
      const [row] = (await admin.query({ from: 'deal', measures: { n: 'count()' } })).rows
      assert.equal(row.n, 0)
      const twice = await admin.request('POST', `changesets/${results.deal.changeset}/undo`)
      assert.equal(twice.status, 409)
      assert.equal(twice.body.code, 'already_undone')
    })
  })
}
