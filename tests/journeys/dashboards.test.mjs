// Dashboards: all widgets of a page from one snapshot and one request, what is wrong with one said in its
// place, everybody's own and what is offered to a role, a figure that opens into its records.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const people = { root: ['admin'], hanna: ['head', 'North'], mark: ['marketing', 'North'], sam: ['sales', 'North'], sue: ['sales', 'South'], uma: ['support'] }

const open = async (c) => {
  c.perigee.cli(['demo', '--size', '60', '--seed', '7', '--today', '2026-11-20'])
  for (const [login, [role, team]] of Object.entries(people)) c.perigee.cli(['user', 'add', login, '--role', role, ...(team ? ['--team', team] : [])])
  await c.perigee.serve()
  c.who = Object.fromEntries(Object.keys(people).map((login) => [login, c.perigee.client(c.perigee.token(login))]))
  c.page = (who, name, body = {}) => c.who[who].expect(200, 'POST', `dashboards/${name}`, { body })
  c.draft = (who, widgets, body = {}) => c.page(who, 'new', { ...body, definition: { widgets } })
  c.report = (who, name, body) => c.who[who].expect(200, 'POST', `reports/${name}`, { body })
  c.save = (who, name, definition, more = {}) => c.who[who].expect(201, 'POST', 'records/dashboard', { body: { name, definition, ...more } })
}

const figure = { report: 'rating', shown: 'figure', metric: 'revenue' }

onEngines('dashboards', {}, open, (test, c) => {
  test('each role finds a ready one open, and every widget of all of them says something', async () => {
    const first = { root: 'sales_overview', hanna: 'sales_overview', mark: 'marketing_overview', sam: 'my_sales', uma: 'service_day' }
    for (const [login, name] of Object.entries(first)) {
      const { dashboards, first: found } = await c.who[login].get('dashboards')
      assert.equal(found, name, login)
      assert.ok(dashboards.every((one) => !one.problem), JSON.stringify(dashboards))
    }
    for (const { name, widgets } of (await c.who.root.get('dashboards')).dashboards) {
      const page = await c.page('root', name)
      assert.equal(page.widgets.length, widgets)
      for (const [i, widget] of page.widgets.entries()) assert.equal(widget.problem, undefined, `${name} ${i}: ${JSON.stringify(widget.problem)}`)
    }
  })

  test('a page says what the same reports say alone, narrowed and in the period of the page', async () => {
    const team = (await c.who.root.get('records/team', { where: "name == 'North'" })).records[0].id
    const names = ['rating', 'revenue_by_month', 'pipeline_by_stage', 'lost_by_reason']
    for (const who of ['root', 'sam']) {
      const body = { period: '2026', compare: null, filters: { team: [team] } }
      const page = await c.draft(who, names.map((report) => ({ report })), body)
      assert.deepEqual(page.period, { from: '2026-01-01', until: '2026-12-31' })
      for (const [i, name] of names.entries()) {
        const alone = await c.report(who, name, body)
        for (const part of ['rows', 'total', 'others', 'left_out', 'period', 'metrics', 'dimensions']) assert.deepEqual(page.widgets[i].answer[part], alone[part], `${who} ${name} ${part}`)
        assert.deepEqual(page.widgets[i].not_narrowed, [])
      }
    }
    const [beside] = (await c.draft('root', [{ report: 'revenue_by_month', compare: 'previous' }], { period: 'all' })).widgets
    assert.equal(beside.answer.previous, null, 'all time has nothing beside it')
    const [own, other] = (await c.draft('root', [{ report: 'rating', period: '2025' }, { report: 'rating' }], { period: '2026' })).widgets
    assert.deepEqual([own.answer.period.from, other.answer.period.from], ['2025-01-01', '2026-01-01'])
  })

  test('one figure is the total of its report; a pivot has its ends; a list is what the list says', async () => {
    const widgets = [figure, { report: 'rating' }, { report: 'plan_fact', shown: 'goal', metric: 'revenue', goal: 'plan_revenue' }, { report: 'sales_by_category', shown: 'pivot' },
      { entity: 'deal', where: "stage.kind == 'open'", sort: '-amount', fields: 'name,amount', limit: 5 }, { text: { en: 'Look here', ru: 'Смотрите' } }, { report: 'rating', limit: 1 }]
    const [one, table, goal, pivot, list, text, short] = (await c.draft('hanna', widgets, { period: '2026' })).widgets
    assert.deepEqual([one.answer.rows.length, one.answer.dimensions.length], [0, 0])
    assert.deepEqual(one.answer.total.values, table.answer.total.values)
    assert.ok(goal.answer.metrics.some((metric) => metric.name === 'plan_revenue'))
    assert.ok(pivot.answer.subtotals.rows.length > 0)
    const alone = await c.who.hanna.get('records/deal', { where: "stage.kind == 'open'", sort: '-amount', fields: 'name,amount', limit: 5 })
    assert.deepEqual(list.list.records, alone.records)
    assert.deepEqual(text, {})
    assert.equal(short.answer.rows.length, 1)
    assert.deepEqual(short.answer.total, table.answer.total)
  })

  test('what is wrong with one widget is said in its place, what is wrong with the page of the page', async () => {
    const { widgets } = await c.draft('root', [{ report: 'no_such' }, figure, { report: 'rating', metric: 'spend' }, { entity: 'no_such' }, { entity: 'deal', where: 'amount >' }, { report: 'rating', filters: { moon: ['x'] } }, { entity: 'deal', limit: 1 }])
    assert.deepEqual(widgets.map((widget) => widget.problem?.code ?? 'ok'), ['not_found', 'ok', 'unknown_metric', 'not_found', widgets[4].problem.code, 'unknown_dimension', 'ok'])
    assert.match(widgets[0].problem.detail, /no report “no_such”/)
    assert.notEqual(widgets[4].problem.code, 'ok')
    const refused = async (body, code) => assert.equal((await c.who.root.expect(400, 'POST', 'dashboards/sales_overview', { body })).code, code)
    await refused({ period: 'last_moon' }, 'period_wrong')
    await refused({ filters: { moon: ['x'] } }, 'unknown_dimension')
    await refused({ filters: ['x'] }, 'body_wrong')
    await refused({ filters: { team: 'x' } }, 'body_wrong')
    await refused({ as_of: 'tomorrow' }, 'moment_wrong')
    await c.who.root.expect(404, 'POST', 'dashboards/no_such', { body: {} })
    await c.who.root.expect(404, 'POST', 'dashboards/1', { body: {} })
  })

  test('a widget that the page cannot narrow says so, and counts all', async () => {
    const [narrowed, not] = (await c.draft('root', [{ report: 'refusals' }, { report: 'rating' }], { period: 'all', filters: { refusal_reason: [null] } })).widgets
    assert.deepEqual([narrowed.not_narrowed, not.not_narrowed], [[], ['Reason of refusal']])
    assert.ok(narrowed.answer.rows.length <= 1)
    assert.deepEqual(not.answer.total, (await c.report('root', 'rating', { period: 'all' })).total)
  })

  test('a figure opens into exactly its records, as the page is narrowed', async () => {
    const widgets = [{ text: 'x' }, { report: 'rating', shown: 'figure', metric: 'deals_won' }, { report: 'rating' }]
    const owner = (await c.who.root.get('records/user', { where: 'team ~= nil' })).records[0].id
    for (const filters of [{}, { owner: [owner] }]) {
      const page = { period: 'all', filters, definition: { widgets } }
      const { widgets: [, one, table] } = await c.page('root', 'new', page)
      const opened = await c.who.root.expect(200, 'POST', 'dashboards/new/drill', { body: { ...page, widget: 1, metric: 'deals_won', limit: 1000, fields: 'id' } })
      const at = table.answer.metrics.findIndex((metric) => metric.name === 'deals_won')
      assert.equal(opened.count, one.answer.total.values[at])
      for (const row of table.answer.rows) {
        const cell = await c.who.root.expect(200, 'POST', 'dashboards/new/drill', { body: { ...page, widget: 2, metric: 'deals_won', keys: row.keys.map((key) => key.value), limit: 1000, fields: 'id' } })
        assert.deepEqual([cell.count, cell.list.records.length], [row.values[at], row.values[at]])
      }
    }
    for (const widget of [undefined, 0, 3, -1, 'x']) assert.equal((await c.who.root.expect(400, 'POST', 'dashboards/new/drill', { body: { definition: { widgets }, widget } })).code, 'unknown_widget')
  })

  test('everybody keeps their own; to share one and to offer it to a role are rights', async () => {
    const definition = { period: '2026', widgets: [figure] }
    const mine = await c.save('sam', 'Mine', definition)
    const page = await c.page('sam', mine.id)
    assert.deepEqual([page.dashboard.label, page.dashboard.saved.author.id, page.dashboard.definition], ['Mine', mine.owner.id, definition])
    await c.who.sue.expect(404, 'POST', `dashboards/${mine.id}`, { body: {} })
    const reply = await c.who.sam.request('PATCH', `records/dashboard/${mine.id}`, { body: { shared: 'everyone' } })
    assert.ok([403, 422].includes(reply.status), reply.text)
    const offered = await c.save('hanna', 'For those who sell', definition, { shared: 'everyone', offered: ['sales'] })
    assert.equal((await c.who.sue.get('dashboards')).first, offered.id)
    assert.equal((await c.who.uma.get('dashboards')).first, 'service_day')
    const [all, own] = [await c.page('root', offered.id), await c.page('sue', offered.id)]
    assert.notDeepEqual(own.widgets[0].answer.total, all.widgets[0].answer.total, 'counted under the rights of who looks')
    const reply2 = await c.who.mark.request('POST', 'records/dashboard', { body: { name: 'Pushed', definition, offered: ['sales'] } })
    assert.ok([403, 422].includes(reply2.status), reply2.text)
    const removed = await c.who.hanna.request('DELETE', `records/dashboard/${offered.id}`)
    await c.who.sue.expect(404, 'POST', `dashboards/${offered.id}`, { body: {} })
    await c.who.hanna.expect(200, 'POST', `changesets/${removed.headers.get('perigee-changeset')}/undo`, { body: {} })
    await c.page('sue', offered.id)
  })

  test('definitions travel like all others: an administrator makes a ready one', async () => {
    await c.who.root.expect(200, 'PUT', 'schema/dashboards/board', { body: { label: { en: 'Board', ru: 'Правление' }, widgets: [figure] } })
    assert.ok((await c.who.uma.get('dashboards')).dashboards.some((one) => one.name === 'board' && one.label === 'Board'))
    assert.equal((await c.page('root', 'board')).widgets.length, 1)
    await c.who.root.expect(200, 'PUT', 'schema/dashboards/board', { body: { label: { en: 'Board' }, widgets: [{ report: 'rating', shown: 'cake' }] } })
    const broken = (await c.who.root.get('dashboards')).dashboards.find((one) => one.name === 'board')
    assert.match(broken.problem, /widgets\[0\].*table, chart/)
    await c.who.root.expect(200, 'DELETE', 'schema/dashboards/board')
    await c.who.root.expect(404, 'POST', 'dashboards/board', { body: {} })
  })

  test('writes beside it never make two widgets of a page disagree', async () => {
    const widgets = Array.from({ length: 12 }, (_, i) => (i % 2 ? { report: 'deals_by_stage' } : { report: 'deals_by_stage', shown: 'figure' }))
    const stage = (await c.who.root.get('meta')).pipelines.find((one) => one.entity === 'deal').stages[0].id
    let going = true
    const writer = (async () => { while (going) await c.who.root.create('deal', { name: 'Beside', stage }) })()
    const seen = new Set()
    try {
      for (let round = 0; round < 20; round++) {
        const page = await c.draft('root', widgets)
        const totals = page.widgets.map((widget) => widget.answer.total.values[0])
        assert.deepEqual(totals, totals.map(() => totals[0]))
        const of = page.widgets[1].answer
        assert.equal(of.rows.reduce((sum, row) => sum + row.values[0], 0), of.total.values[0])
        seen.add(totals[0])
      }
    } finally { going = false; await writer }
    assert.ok(seen.size > 1, 'the data did change meanwhile')
  })
})
