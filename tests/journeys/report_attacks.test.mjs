// What must not be had from reports: names and values of hidden fields, formulas that never end, sums
// that do not fit, days beyond the calendar.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const named = (count, name) => Array(count).fill(name).join(' + ')
const definitions = `
role "blind" {
  entities = {
    deal = { read = true, hidden = { "amount", "weighted", "description", "competitor", "closed_on", "source" } },
    organization = { read = "own", hidden = { "industry", "country" } },
  },
}
metric "canary_sum" { label = "Canary: sum", of = "deal", measure = "sum(amount)" }
metric "canary_where" { label = "Canary: where", of = "deal", measure = "count()", where = "competitor.name == 'canaryrival'" }
metric "canary_on" { label = "Canary: on", of = "deal", measure = "count()", where = "name ~= 'x'", on = "closed_on" }
metric "canary_formula" { label = "Canary: formula", formula = "canary_sum / deals" }
dimension "canary_text" { label = "Canary", of = "deal", by = "description" }
report "canary_1" { label = "1", measures = { "canary_sum" } }
report "canary_2" { label = "2", measures = { "deals", "canary_where" } }
report "canary_3" { label = "3", measures = { "canary_on" } }
report "canary_4" { label = "4", measures = { "canary_formula" } }
report "canary_5" { label = "5", measures = { "deals" }, rows = "canary_text" }
report "canary_6" { label = "6", measures = { "deals" }, rows = "stage", columns = "competitor" }
report "canary_7" { label = "7", measures = { "deals" }, rows = "stage", where = "description ~= nil" }
report "shown" { label = "Shown", measures = { "deals" }, rows = "stage", filters = { "competitor", "team" } }
report "customers" { label = "Customers", measures = { "deals" }, rows = "organization" }
report "by_day" { label = "By day", measures = { "deals_new" }, rows = "day", compare = "previous" }

metric "worth" { label = "Worth", of = "organization", measure = "sum(annual_revenue)" }
dimension "company" { label = "Company", of = "organization", by = "name" }
report "worth" { label = "Worth", measures = { "worth" }, rows = "company" }
report "worth_cut" { label = "Worth, the first", measures = { "worth" }, rows = "company", limit = 1 }

metric "bomb_1" { label = "Bomb 1", formula = "${named(100, 'deals')}" }
metric "bomb_2" { label = "Bomb 2", formula = "${named(2000, 'bomb_1')}" }
metric "bomb_3" { label = "Bomb 3", formula = "${named(2000, 'bomb_2')}" }
metric "bomb_4" { label = "Bomb 4", formula = "${named(2000, 'bomb_3')}" }
metric "minus" { label = "Minus", formula = "${'-'.repeat(50000)}deals" }
metric "plain_minus" { label = "Plain minus", formula = "- deals * -1" }
report "minus" { label = "Minus", measures = { "bomb_1", "plain_minus", "deals" } }
`
const usd = (amount) => ({ amount, currency: 'USD' })

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'bea', '--role', 'blind'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.bea = c.perigee.client(c.perigee.token('bea'))
  c.rival = await c.root.create('organization', { name: 'canaryrival' })
  for (const name of ['one', 'two', 'three']) await c.root.create('deal', { name, amount: usd('987.65'), competitor: c.rival.id, organization: c.rival.id, description: 'canarytext' })
}

onEngines('attacks on reports', { definitions: { 'sales/reports/attack.lua': definitions } }, open, (test, c) => {
  const run = (who, name, body = {}) => who.request('POST', `reports/${name}`, { body })

  test('a report that rests on a hidden field does not exist, and nothing tells of it', async () => {
    for (let i = 1; i <= 7; i++) assert.equal((await run(c.root, `canary_${i}`)).status, 200, `canary_${i}`)
    for (let i = 1; i <= 7; i++)
      for (const path of [`canary_${i}`, `canary_${i}/drill`]) {
        const reply = await run(c.bea, path)
        assert.deepEqual([reply.status, reply.body.code], [404, 'not_found'], reply.text)
        const absent = await run(c.bea, path.replace('canary', 'absent'))
        assert.equal(reply.body.detail.replace('canary', 'absent'), absent.body.detail)
      }
    const texts = [await c.bea.request('GET', 'reports'), await c.bea.request('GET', 'reports/catalog'), await run(c.bea, 'shown'), await run(c.bea, 'shown/drill')]
    for (const { status, text } of texts) {
      assert.equal(status, 200)
      assert.doesNotMatch(text, /canary|competitor|"description"|\(amount|weighted|closed_on|industry/)
    }
    assert.deepEqual((await c.bea.get('reports')).reports.find((report) => report.name === 'shown').filters, ['team'])
    const narrowed = { body: { filters: { competitor: [c.rival.id] } } }
    await c.bea.refused(400, 'unknown_dimension', 'POST', 'reports/shown', narrowed)
    assert.equal((await c.root.expect(200, 'POST', 'reports/shown', narrowed)).total.values[0], 3)
  })

  test('a metric of another report is no metric of this one, computed or not', async () => {
    for (const metric of ['canary_formula', 'win_rate', 'canary_sum', 'absent']) await c.bea.refused(400, 'unknown_metric', 'POST', 'reports/shown/drill', { body: { metric } })
  })

  test('a record that one may not see has no title in a row', async () => {
    const { rows } = (await run(c.bea, 'customers')).body
    assert.equal(rows.length, 1)
    assert.deepEqual(rows[0].values, [3])
    assert.ok(!JSON.stringify(rows).includes('canary'), JSON.stringify(rows))
  })

  test('formulas that would take for ever are left out with the reason', async () => {
    const { problems } = await c.root.get('reports')
    const reason = Object.fromEntries(problems.map((problem) => [problem.name, problem.detail]))
    for (const name of ['bomb_2', 'bomb_3', 'bomb_4']) assert.ok(reason[name], name)
    assert.match(reason.bomb_2, /500/)
    assert.match(reason.minus, /cannot be read/)
    assert.deepEqual((await run(c.root, 'minus')).body.total.values, ['300.000000', '3.000000', 3])
  })

  test('a sum that does not fit is refused, of rows and of the whole', async () => {
    for (const name of ['p', 'q', 'r']) await c.root.create('organization', { name, annual_revenue: usd('90000000000000000.00') })
    for (const name of ['worth', 'worth_cut']) {
      const reply = await run(c.root, name)
      assert.equal(reply.status, 422, reply.text.slice(0, 500))
    }
  })

  test('periods beyond the calendar are no periods', async () => {
    for (const period of ['0000', '10000', 'last_3660_years', { from: '0000-01-01', until: '2026-01-01' }]) await c.root.refused(400, 'period_wrong', 'POST', 'reports/by_day', { body: { period, compare: null } })
    for (const compare of ['previous', 'year_before']) await c.root.refused(400, 'compare_all', 'POST', 'reports/by_day', { body: { period: '0001-01-01', compare } })
    for (const period of ['0001', '9999', { from: '0001-01-01', until: '9999-12-31' }]) assert.equal((await run(c.root, 'by_day', { period, compare: null })).status, 200)
  })
})
