// Two reports cannot disagree on the same question: every metric of every shipped report, over drawn periods, moments
// and narrowings and for each of three people, has one value in the whole and one in each row that two of them share.
// And whatever is true of sums and counts is true here: parts of a period add up to it, rows to the total.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const ROUNDS = 5

const open = async (c) => {
  c.perigee.cli(['demo', '--size', '80', '--seed', '11', '--today', '2026-11-20'])
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'hanna', '--role', 'head', '--team', 'North'])
  c.perigee.cli(['user', 'add', 'sam', '--role', 'sales', '--team', 'South'])
  await c.perigee.serve()
  c.who = Object.fromEntries(['root', 'hanna', 'sam'].map((name) => [name, c.perigee.client(c.perigee.token(name))]))
  c.reports = {}
  for (const who of Object.keys(c.who)) c.reports[who] = (await c.who[who].get('reports')).reports
  c.run = (who, name, body) => c.who[who].expect(200, 'POST', `reports/${name}`, { body })
}

/** Numbers that look drawn, the same in every run. */
function drawn(seed) {
  let state = seed
  return (most) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 4294967296) * most)
  }
}

onEngines('agreement of reports', {}, open, (test, c) => {
  const metrics = (answer) => answer.metrics.map((metric, i) => [metric, i])
  const dayAt = (n) => new Date(Date.UTC(2024, 10, 20) + n * 86400000).toISOString().slice(0, 10)

  const agree = async (who, body) => {
    const seen = new Map()
    const same = (key, value, name) => {
      if (seen.has(key)) assert.deepEqual(value, seen.get(key).value, `${who} ${JSON.stringify(body)} ${key}: ${name} and ${seen.get(key).name}`)
      else seen.set(key, { name, value })
    }
    const dimension = Object.keys(body.filters)[0]
    for (const report of c.reports[who]) {
      if (dimension && ![...report.filters, ...report.rows, ...report.columns].includes(dimension)) continue
      const answer = await c.run(who, report.name, body)
      for (const [metric, i] of metrics(answer)) {
        same(metric.name, answer.total.values[i], report.name)
        const rows = answer.dimensions.map(({ name }) => name).join()
        if (rows && !answer.others) for (const row of answer.rows) if (row.values[i] !== null) same(`${metric.name} by ${rows} ${JSON.stringify(row.keys.map((key) => key.value))}`, row.values[i], report.name)
      }
    }
    return seen.size
  }

  test('one metric has one value wherever it stands', async () => {
    const draw = drawn(20261122)
    const owners = (await c.run('root', 'rating', { period: 'all' })).rows.map((row) => row.keys[0].value)
    const products = (await c.run('root', 'top_products', { period: 'all' })).rows.map((row) => row.keys[0].value)
    const named = ['all', 'this_year', 'last_quarter', '2026-Q1', 'last_30_days', 'last_month']
    const people = Object.keys(c.who)
    let figures = 0
    for (let round = 0; round < ROUNDS; round++) {
      const from = draw(700)
      const period = round % 2 ? named[draw(named.length)] : { from: dayAt(from), until: dayAt(from + draw(200)) }
      const filters = [{}, { owner: [owners[draw(owners.length)], owners[draw(owners.length)]] }, { product: [products[draw(products.length)]] }, {}][round % 4]
      figures += await agree(people[round % people.length], { period, filters, compare: null })
    }
    assert.ok(figures > 1000, `${figures} figures`)
  })

  test('parts of a period add up to the whole of it, and rows to the total', async () => {
    const cents = (figure) => (figure === null ? 0 : Math.round(Number(figure.amount ?? figure) * 1e6))
    let sums = 0
    for (const { name } of c.reports.root) {
      const [first, second, both] = await Promise.all(['2026-01', '2026-02'].map((period) => c.run('root', name, { period, compare: null })).concat(c.run('root', name, { period: { from: '2026-01-01', until: '2026-02-28' }, compare: null })))
      for (const [metric, i] of metrics(both)) {
        if (!metric.additive) continue
        const parts = cents(first.total.values[i]) + cents(second.total.values[i])
        if (metric.definition.on) assert.equal(parts, cents(both.total.values[i]), `${name} ${metric.name}: January and February`)
        else assert.equal(parts, 2 * cents(both.total.values[i]), `${name} ${metric.name}: as it stands now, whatever the period`)
        const rows = [...both.rows, ...(both.others ? [both.others] : [])].reduce((sum, row) => sum + cents(row.values[i]), 0)
        if (both.dimensions.length) assert.equal(rows, cents(both.total.values[i]), `${name} ${metric.name}: rows`)
        sums++
      }
    }
    assert.ok(sums > 200, `${sums} sums`)
  })
})
