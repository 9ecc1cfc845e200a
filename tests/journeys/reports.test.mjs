// Reports: every figure of every shipped report opens into exactly the records that make it, whoever
// looks; two reports that name a metric agree; what is left out is said; wrong parameters are.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const definitions = `
metric "probe_open" { label = "Probe: open", of = "deal", measure = "count()", where = "stage.kind == 'open'" }
metric "probe_share" { label = "Probe: share", formula = "(deals_won - deals_lost) / (deals_won + deals_lost) * 2.5", unit = "percent" }
metric "probe_twice" { label = "Probe: won twice", of = "deal", measure = "count()", where = "stage.kind == 'won'", on = "closed_on" }
metric "probe_word" { label = "Won revenue", of = "deal", measure = "max(amount)" }
metric "probe_loop" { label = "Probe: loop", formula = "probe_loop + 1" }
metric "probe_rests" { label = "Probe: rests", formula = "probe_loop * 2" }
metric "probe_inner" { label = "Probe: two", of = "deal", measure = "sum(amount) / count()" }
dimension "probe_quote" { label = "Probe", of = "deal", by = "if_else(stage.kind == 'open', 'it\\\\'s', 'back\\\\\\\\slash')" }
report "probe" { label = "Probe", measures = { "deals", "probe_share" }, rows = "probe_quote", filters = "stage" }
report "probe_nothing" { label = "Nothing", measures = { "no_such_metric" } }
report "probe_leads" { label = "Leads by deal stage", measures = { "leads_new" }, rows = "product" }
`

const open = async (c) => {
  c.perigee.cli(['demo', '--size', '24', '--seed', '7', '--today', '2026-11-20'])
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'hanna', '--role', 'head', '--team', 'North'])
  c.perigee.cli(['user', 'add', 'sam', '--role', 'sales', '--team', 'South'])
  c.perigee.cli(['user', 'add', 'nobody', '--role', 'support'])
  await c.perigee.serve()
  c.who = {}
  for (const name of ['root', 'hanna', 'sam', 'nobody']) c.who[name] = c.perigee.client(c.perigee.token(name))
  c.run = (who, name, body = {}) => c.who[who].expect(200, 'POST', `reports/${name}`, { body })
  c.drill = (who, name, body) => c.who[who].expect(200, 'POST', `reports/${name}/drill`, { body })
  /* A cell with all records of its list, page by page; `sum` of them where the measure adds up a field of money. */
  c.drillAll = async (who, name, body, measure) => {
    const field = measure.match(/^sum\((\w+)\)$/)?.[1]
    const ask = { ...body, fields: field ? `id,${field}` : 'id', limit: 25 }
    const opened = await c.drill(who, name, ask)
    const records = [...opened.list.records]
    for (let page = opened.list; page.next; records.push(...page.records)) page = (await c.drill(who, name, { ...ask, after: page.next })).list
    const adds = field && records.some((record) => record[field]?.amount) && records.every((record) => record[field] === null || record[field].amount)
    const cents = () => records.reduce((sum, record) => sum + Math.round(Number(record[field]?.amount ?? 0) * 100), 0)
    return { records, opened, sum: adds ? (cents() / 100).toFixed(2) : undefined }
  }
}

const plain = (key) => key.value
const whole = { period: 'all', compare: null }

onEngines('reports', { definitions: { 'sales/reports/probe.lua': definitions } }, open, (test, c) => {
  /** One cell: its value, its count, its records to the last page, and for a total the doors beside. */
  const check = async (who, name, body, metric, row) => {
    const cell = row.values[metric.position], counts = metric.definition.measure === 'count()'
    const { opened, records, sum } = await c.drillAll(who, name, { ...body, metric: metric.name, keys: row.keys.map(plain) }, metric.definition.measure)
    const where = `${who} ${name} ${metric.name} ${JSON.stringify(row.keys)}: ${opened.where}`
    assert.deepEqual(opened.value ?? (counts ? 0 : null), cell, where)
    if (counts) assert.equal(opened.count, cell, where)
    assert.equal(new Set(records.map((record) => record.id)).size, opened.count ?? 0, `${where}: the list, to its last page`)
    if (sum !== undefined && cell !== null) assert.equal(sum, cell.amount, `${where}: the sum of the list`)
    if (row.keys.length > 0) return
    const list = await c.who[who].get(`records/${opened.entity}`, { where: opened.where, count: 'exact', limit: 1 })
    assert.equal(list.total.value, opened.count, where)
    const figures = await c.who[who].query({ from: opened.entity, where: opened.where, measures: { value: metric.definition.measure } })
    assert.deepEqual(figures.rows[0].value, opened.value, where)
  }

  for (const who of ['root', 'hanna', 'sam']) {
    test(`every cell opens into its records: ${who}`, async () => {
      const { reports } = await c.who[who].get('reports')
      let cells = 0
      assert.ok(reports.length > 55, `${reports.length} reports`)
      for (const { name, rows } of reports) {
        if (name === 'probe_leads') continue
        const body = rows.includes('day') ? { period: '2026-11', compare: null } : whole
        const answer = await c.run(who, name, body)
        const metrics = answer.metrics.map((metric, position) => ({ ...metric, position })).filter((metric) => !metric.definition.formula)
        for (const row of [...answer.rows, { ...answer.total, keys: [] }]) {
          await Promise.all(metrics.map((metric) => check(who, name, body, metric, row)))
          cells += metrics.length
        }
        const added = metrics.filter((metric) => metric.definition.measure === 'count()')
        for (const metric of added) {
          const sum = [...answer.rows, ...(answer.others ? [answer.others] : [])].reduce((all, row) => all + row.values[metric.position], 0)
          if (answer.dimensions.length) assert.equal(sum, answer.total.values[metric.position], `${name} ${metric.name}: rows add up to the total`)
        }
      }
      assert.ok(cells > 400, `${cells} cells`)
    })
  }

  test('a period is compared with the one before and with the year before', async () => {
    const year = await c.run('root', 'revenue_by_month', { period: '2026', compare: 'year_before' })
    const before = await c.run('root', 'revenue_by_month', { period: '2025', compare: null })
    assert.deepEqual(year.previous, { from: '2025-01-01', until: '2025-12-31' })
    assert.deepEqual(year.total.previous, before.total.values)
    for (const row of year.rows) {
      const month = row.keys[0].value.replace('2026', '2025')
      const other = before.rows.find((one) => one.keys[0].value === month)
      assert.deepEqual(row.previous[0], other?.values[0] ?? null, month)
    }
    const quarter = await c.run('root', 'closed_and_open', { period: '2026-Q2', compare: 'previous' })
    const first = await c.run('root', 'closed_and_open', { period: '2026-Q1', compare: null })
    assert.deepEqual(quarter.previous, { from: '2026-01-01', until: '2026-03-31' })
    assert.deepEqual(quarter.total.previous, first.total.values)
    const opened = await c.drill('root', 'closed_and_open', { period: '2026-Q2', compare: 'previous', metric: 'deals_won', previous: true })
    assert.equal(opened.count, first.total.values[0])
  })

  test('days bound a period exactly, whatever the hour', async () => {
    const deal = await c.who.root.expect(201, 'POST', 'records/deal', { body: { name: 'edge', amount: { amount: '10.00', currency: 'USD' } } })
    const { rows } = await c.who.root.query({ from: 'stage', where: "kind == 'won' and pipeline.entity == 'deal'", group: ['id'] })
    const won = (days) => c.run('root', 'revenue_by_month', { period: days, compare: null }).then((answer) => answer.total.values[1])
    const before = [await won({ from: '2031-03-31', until: '2031-03-31' }), await won({ from: '2031-03-30', until: '2031-03-30' })]
    await c.who.root.expect(200, 'PATCH', `records/deal/${deal.id}`, { body: { stage: rows[0].id.id ?? rows[0].id, closed_on: '2031-03-31' } })
    assert.deepEqual([await won({ from: '2031-03-31', until: '2031-03-31' }), await won({ from: '2031-03-30', until: '2031-03-30' })], [before[0] + 1, before[1]])
    assert.equal(await won('2031-Q2'), 0)
    assert.equal(await won('2031-Q1'), 1)
    await c.who.root.expect(200, 'PATCH', `records/deal/${deal.id}`, { body: { closed_on: null } })
  })

  test('what a period leaves out is counted and opens', async () => {
    const answer = await c.run('root', 'revenue_by_month', { period: '2031', compare: null })
    const left = answer.left_out.find((one) => one.reason === 'no_date' && one.metric === 'deals_won')
    assert.equal(left.count, 1)
    const list = await c.who.root.get(`records/${left.entity}`, { where: left.where, fields: 'name' })
    assert.deepEqual(list.records.map((record) => record.name), ['edge'])
  })

  test('months without a deal are rows', async () => {
    const { rows } = await c.run('root', 'revenue_by_month', { period: '2019', compare: null })
    assert.equal(rows.length, 12)
    for (const row of rows) assert.deepEqual(row.values, [{ amount: '0.00', currency: 'USD' }, 0, null])
  })

  test('a share is computed from its parts, of rows and of the whole', async () => {
    const { rows, total, metrics } = await c.run('root', 'rating', { period: 'all' })
    const at = (name) => metrics.findIndex((metric) => metric.name === name)
    const share = (row) => row.values[at('deals_won')] / (row.values[at('deals_won')] + row.values[at('deals_lost')])
    for (const row of [...rows, total]) {
      if (row.values[at('win_rate')] === null) continue
      assert.equal(row.values[at('win_rate')], share(row).toFixed(6), JSON.stringify(row))
    }
    const { total: probe, metrics: named } = await c.run('root', 'probe')
    assert.deepEqual(named.map((metric) => metric.name), ['deals', 'probe_share'])
    const [won, lost] = [total.values[at('deals_won')], total.values[at('deals_lost')]]
    assert.ok(Math.abs(Number(probe.values[1]) - ((won - lost) / (won + lost)) * 2.5) < 1e-6, probe.values[1])
  })

  test('filters narrow by any dimension of the report, texts with quotes too', async () => {
    const all = await c.run('root', 'probe')
    for (const row of all.rows) {
      const one = await c.run('root', 'probe', { filters: { probe_quote: [row.keys[0].value] } })
      assert.deepEqual(one.rows, [row])
    }
    assert.deepEqual(all.rows.map((row) => row.keys[0].value).sort(), ['back\\slash', "it's"])
    const stages = (await c.run('root', 'deals_by_stage')).rows.slice(0, 2)
    const two = await c.run('root', 'probe', { filters: { stage: stages.map((row) => row.keys[0]) } })
    assert.equal(two.total.values[0], stages[0].values[0] + stages[1].values[0])
  })

  test('definitions that cannot hold are left out with the reason, the others stay', async () => {
    const { reports, problems } = await c.who.root.get('reports')
    const reason = Object.fromEntries(problems.map((problem) => [problem.name, problem.detail]))
    assert.match(reason.probe_twice, /one figure under two names/)
    assert.match(reason.probe_word, /two figures with one label/)
    assert.match(reason.probe_loop, /comes back to itself/)
    assert.match(reason.probe_inner, /one aggregate/)
    assert.match(reason.probe_nothing, /no metric “no_such_metric”/)
    assert.match(reason.probe_rests, /probe_loop/)
    assert.match(problems[0].place, /probe\.lua:\d+/)
    assert.ok(reports.some((one) => one.name === 'probe'))
    assert.equal((await c.who.sam.get('reports')).problems, undefined)
  })

  test('wrong parameters are refused in words', async () => {
    const refused = async (status, name, body, pattern) => assert.match((await c.who.root.expect(status, 'POST', name, { body })).detail, pattern)
    await refused(404, 'reports/no_such', {}, /no report “no_such”/)
    await refused(400, 'reports/rating', { period: 'last_moon' }, /“last_moon” is no period/)
    await refused(400, 'reports/rating', { period: { from: '2026-02-01', until: '2026-01-01' } }, /ends before/)
    await refused(400, 'reports/rating', { compare: 'never' }, /“never” is no comparison/)
    await refused(400, 'reports/rating', { period: 'all', compare: 'previous' }, /nothing before it/)
    await refused(400, 'reports/rating', { filters: { source: ['x'] } }, /no dimension “source”/)
    await refused(400, 'reports/rating', { filters: { owner: 'x' } }, /`owner` has to be \[...\]/)
    await refused(400, 'reports/rating/drill', { metric: 'win_rate' }, /computed from deals_won \/ deals_closed/)
    await refused(400, 'reports/rating/drill', { metric: 'leads_new' }, /no metric “leads_new”/)
    await refused(400, 'reports/rating/drill', { metric: 'revenue', keys: ['1', '2'] }, /one value for each dimension/)
    await refused(400, 'reports/probe_leads', {}, /says nothing of lead/)
    assert.match((await c.who.root.expect(400, 'POST', 'reports/rating', { body: { period: 'x' }, headers: { 'Accept-Language': 'ru' } })).detail, /не период/)
  })

  test('who may not read an entity has no report of it', async () => {
    await c.who.root.expect(200, 'PUT', 'schema/roles/blind', { body: { entities: { activity: { read: true } } } })
    c.perigee.cli(['user', 'add', 'bea', '--role', 'blind'])
    const bea = c.perigee.client(c.perigee.token('bea'))
    const { reports } = await bea.get('reports')
    assert.deepEqual([...new Set(reports.map((report) => report.group))], ['activity'])
    await bea.expect(404, 'POST', 'reports/rating', { body: {} })
    assert.ok(!(await bea.get('reports/catalog')).metrics.some((metric) => metric.definition.of === 'deal'))
  })

  test('a report made by an administrator stands beside the others', async () => {
    await c.who.root.expect(200, 'PUT', 'schema/metrics/big_deals', { body: { label: { en: 'Big deals', ru: 'Крупные сделки' }, of: 'deal', measure: 'count()', where: 'amount > 5000' } })
    await c.who.root.expect(200, 'PUT', 'schema/reports/big', { body: { label: { en: 'Big deals by team', ru: 'Крупные по командам' }, measures: ['big_deals'], rows: 'team' } })
    const answer = await c.run('root', 'big')
    const { rows } = await c.who.root.query({ from: 'deal', where: 'amount > 5000', measures: { n: 'count()' } })
    assert.equal(answer.total.values[0], rows[0].n)
    const { reports } = await c.who.root.get('reports', undefined, { 'Accept-Language': 'ru' })
    assert.equal(reports.find((report) => report.name === 'big').from, 'admin')
  })
})
