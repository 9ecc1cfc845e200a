// The data sets that no module knows yet, loaded into entities made over REST and asked through reports
// built over REST: every figure that was published or reckoned for them comes out.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createInstance, dataSet, engines } from '../support/perigee.mjs'

const text = { type: 'text' }
const integer = { type: 'integer' }
const decimal = { type: 'decimal' }
const time = { type: 'time' }
const count = (where) => ({ measure: 'count()', ...(where ? { where } : {}) })
const valid = "not starts_with(invoice, 'C') and customer ~= nil and quantity > 0 and price > 0"

// Of each: the entity, how its columns are named, what is counted and what has to come out; `rows` by one dimension.
const sets = {
  'telco-churn': {
    entity: 'subscriber', fields: { monthly: decimal, total: decimal, churn: text, contract: text },
    map: 'customerID=name,MonthlyCharges=monthly,TotalCharges=total,Churn=churn,Contract=contract',
    metrics: { everybody: [count(), 7043], churned: [count("churn == 'Yes'"), 1869], monthly: [{ measure: 'sum(monthly)' }, '456116.6'], blank: [count('total == nil'), 11] },
    formulas: { churn_rate: ['churned / everybody', '0.265370'] },
    rows: { by: 'churn', expected: { Yes: 1869, No: 5174 } },
  },
  'insurance-auto': {
    entity: 'policy', fields: { value: decimal, response: text, premium: decimal, claims: decimal, offer: text },
    map: 'Customer=name,Customer_Lifetime_Value=value,Response=response,Monthly_Premium_Auto=premium,Total_Claim_Amount=claims,Renew_Offer_Type=offer',
    metrics: {
      policies: [count(), 9134], premium: [{ measure: 'sum(premium)' }, '851465'], claims: [{ measure: 'sum(claims)' }, 3964967.05], value: [{ measure: 'sum(value)' }, 73117126.3],
      offered_2: [count("offer == 'Offer2'"), 2926], accepted_2: [count("offer == 'Offer2' and response == 'Yes'"), 684],
    },
    formulas: { acceptance_2: ['accepted_2 / offered_2', '0.233766'] },
  },
  'support-tickets': {
    entity: 'case_ticket', fields: { priority: text, responded: time, resolved: time },
    map: 'Ticket_ID=name,Ticket_Priority=priority,First_Response_Time=responded,Time_to_Resolution=resolved',
    metrics: { tickets: [count(), 2769], backwards: [count('resolved < responded'), 1365] },
    rows: { by: 'priority', expected: { Critical: 726, High: 705, Medium: 694, Low: 644 } },
  },
  recruitment: {
    entity: 'applicant', fields: { status: text, applied: { type: 'date' }, born: { type: 'date' } },
    map: 'ApplicantID=name,Status=status,ApplicationDate=applied,DateofBirth=born', args: ['--date-order', 'ApplicationDate:mdy,DateofBirth:dmy'],
    metrics: { applicants: [count(), 3000], dated: [count('applied ~= nil and born ~= nil'), 3000] },
    rows: { by: 'status', expected: { Applied: 611, Offered: 610, 'In Review': 595, Rejected: 594, Interviewing: 590 } },
  },
  'online-retail': {
    entity: 'sale_line', fields: { invoice: text, quantity: integer, price: decimal, customer: text },
    map: 'StockCode=name,InvoiceNo=invoice,Quantity=quantity,UnitPrice=price,CustomerID=customer',
    metrics: {
      lines: [count(), 42481], invoices: [{ measure: 'count_distinct(invoice)' }, 2025], worth: [{ measure: 'sum(quantity * price)' }, '748957.02'],
      cancelled: [count("starts_with(invoice, 'C')"), 728], nobody: [count('customer == nil'), 15631],
      valid: [count(valid), 26157], buyers: [{ measure: 'count_distinct(customer)', where: valid }, 885], bought: [{ measure: 'sum(quantity * price)', where: valid }, '572713.89'],
    },
  },
}

for (const engine of engines) {
  describe(`figures of the data sets on ${engine}`, () => {
    let perigee, admin
    before(async () => {
      perigee = createInstance(engine)
      if (!perigee) return
      perigee.cli(['user', 'add', 'root', '--role', 'admin'])
      await perigee.serve()
      admin = perigee.client(perigee.token('root'))
    })
    after(async () => perigee?.close())
    const put = (path, body) => admin.expect(200, 'PUT', `schema/${path}`, { body })

    it('shares cannot be added up by a definition', async (t) => {
      if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
      await put('metrics/sum_of_shares', { label: 'Sum of shares', of: 'deal', measure: 'sum(probability)', unit: 'percent' })
      await put('metrics/two_shares', { label: 'Two shares', formula: '(win_rate + win_rate_of_all) / 2', unit: 'percent' })
      await put('metrics/points', { label: 'Points between', formula: '(win_rate - win_rate_of_all) * 100' })
      const { problems } = await admin.get('reports')
      assert.deepEqual(problems.map(({ name }) => name).sort(), ['sum_of_shares', 'two_shares'])
      for (const { detail } of problems) assert.match(detail, /would add up shares/)
    })

    const spend = dataSet('marketing-spend')
    for (const [file, columns, args] of [
      ['Marketing.csv', ['Campaign Name', 'Category', 'C Date', 'Impressions', 'Mark Spent', 'Clicks', 'Leads', 'Orders', 'Revenue'], []],
      ['Marketing.semicolon-decimal-comma.csv', ['campaign_name', 'category', 'c_date', 'impressions', 'mark_spent', 'clicks', 'leads', 'orders', 'revenue'], ['--delimiter', ';']],
    ])
      it(`marketing-spend: ${file}`, { skip: spend ? false : 'skipped: the data set is absent' }, async (t) => {
        if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
        const [campaign, category, on, impressions, amount, clicks, leads, orders, revenue] = columns
        const load = (entity, map, more) => perigee.json(['import', entity, join(spend, file), '--map', map, '--currency', 'USD', ...args, ...more])
        const campaigns = load('campaign', `${campaign}=name,${category}=channel`, ['--key', 'name'])
        assert.equal(campaigns.rejected, 0, JSON.stringify(campaigns))
        const days = load('campaign_spend', `${campaign}=campaign,${on}=on,${impressions}=impressions,${amount}=amount,${clicks}=clicks,${leads}=leads,${orders}=orders,${revenue}=revenue`, [])
        assert.deepEqual([days.created, days.rejected], [308, 0], JSON.stringify(days))
        const run = (name) => admin.expect(200, 'POST', `reports/${name}`, { body: { period: '2021', compare: null } })
        const { rows, total, metrics } = await run('campaign_results')
        const of = (row, name) => row.values[metrics.findIndex((metric) => metric.name === name)]
        assert.equal(rows.length, 11)
        assert.deepEqual(of(total, 'spend'), { amount: '30590879.82', currency: 'USD' })
        assert.deepEqual(of(total, 'told_revenue'), { amount: '42889366.00', currency: 'USD' })
        assert.deepEqual([of(total, 'told_leads'), of(total, 'told_orders')], [65579, 8043])
        assert.equal((Number(of(total, 'told_romi')) * 100).toFixed(1), '40.2')
        const added = rows.reduce((sum, row) => sum + Number(of(row, 'told_romi')), 0)
        assert.ok(Math.abs(added - Number(of(total, 'told_romi'))) > 1, 'the trap: rows of shares do not add up to the whole')
        const clicksBy = await run('channel_clicks')
        assert.deepEqual(clicksBy.total.values[3], of(total, 'spend'))
        assert.equal((await run('spend_by_day')).rows.filter((row) => Number(row.values[0].amount) > 0).length, 28)
        const opened = await admin.expect(200, 'POST', 'reports/campaign_results/drill', { body: { period: '2021', compare: null, metric: 'told_orders', keys: rows[0].keys } })
        assert.deepEqual([opened.count, opened.value], [28, of(rows[0], 'told_orders')])
        await admin.expect(200, 'POST', `changesets/${days.changeset}/undo`)
      })

    for (const [name, set] of Object.entries(sets)) {
      const folder = dataSet(name)
      it(name, { skip: folder ? false : 'skipped: the data set is absent' }, async (t) => {
        if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
        const own = (metric) => `${set.entity}_${metric}`
        const label = (metric) => `${set.entity}: ${metric}`
        await put(`entities/${set.entity}`, { label: set.entity, title: 'name', fields: { name: text, ...set.fields } })
        for (const file of readdirSync(folder).filter((one) => one.endsWith('.csv'))) {
          const done = perigee.json(['import', set.entity, join(folder, file), '--map', set.map, ...(set.args ?? [])])
          assert.equal(done.rejected, 0, `${file}: ${JSON.stringify(done)}`)
        }
        for (const [metric, [definition]] of Object.entries(set.metrics)) await put(`metrics/${own(metric)}`, { label: label(metric), of: set.entity, ...definition })
        for (const [metric, [formula]] of Object.entries(set.formulas ?? {})) await put(`metrics/${own(metric)}`, { label: label(metric), formula: formula.replace(/[a-z][a-z_0-9]*/g, own), unit: 'percent' })
        const names = [...Object.keys(set.metrics), ...Object.keys(set.formulas ?? {})]
        await put(`reports/${set.entity}_all`, { label: set.entity, measures: names.map(own) })
        const run = (report) => admin.expect(200, 'POST', `reports/${report}`, { body: {} })
        const { total } = await run(`${set.entity}_all`)
        for (const [i, metric] of names.entries()) {
          const [, expected] = set.metrics[metric] ?? set.formulas[metric]
          if (typeof expected === 'number' && !Number.isInteger(expected)) assert.equal(Number(total.values[i]).toFixed(2), expected.toFixed(2), metric)
          else assert.deepEqual(total.values[i], expected, metric)
        }
        if (!set.rows) return
        await put(`dimensions/${own(set.rows.by)}`, { label: set.rows.by, of: set.entity, by: set.rows.by })
        await put(`reports/${set.entity}_rows`, { label: `${set.entity} by`, measures: [own(names[0])], rows: own(set.rows.by) })
        const { rows } = await run(`${set.entity}_rows`)
        assert.deepEqual(Object.fromEntries(rows.map((row) => [row.keys[0].value, row.values[0]])), set.rows.expected)
        for (const row of rows) {
          const opened = await admin.expect(200, 'POST', `reports/${set.entity}_rows/drill`, { body: { keys: row.keys, limit: 1 } })
          assert.equal(opened.count, row.values[0])
        }
      })
    }
  })
}
