// Reports that people make: who may author and who may see are two rights, what they show is what a ready
// report shows, and files of them hold the same figures with what was left out.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'
import { unzip } from './support/unzip.mjs'

const people = { root: ['admin'], hanna: ['head', 'North'], mark: ['marketing', 'North'], sam: ['sales', 'North'], sue: ['sales', 'South'], uma: ['support'] }

const open = async (c) => {
  c.perigee.cli(['demo', '--size', '60', '--seed', '7', '--today', '2026-11-20'])
  for (const [login, [role, team]] of Object.entries(people)) c.perigee.cli(['user', 'add', login, '--role', role, ...(team ? ['--team', team] : [])])
  await c.perigee.serve()
  c.who = Object.fromEntries(Object.keys(people).map((login) => [login, c.perigee.client(c.perigee.token(login))]))
  c.save = (who, name, definition, more = {}) => c.who[who].expect(201, 'POST', 'records/report', { body: { name, definition, ...more } })
  c.run = (who, name, body = {}) => c.who[who].expect(200, 'POST', `reports/${name}`, { body })
  c.sees = async (name) => (await Promise.all(Object.keys(people).map(async (login) => [login, (await c.who[login].get('reports')).reports.some((one) => one.label === name)]))).filter(([, seen]) => seen).map(([login]) => login)
  c.bytes = async (who, name, body) => {
    const reply = await fetch(`${c.who[who].base}/api/v1/reports/${name}/export`, { method: 'POST', headers: { Authorization: `Bearer ${c.who[who].token}`, 'Content-Type': 'application/json', 'Accept-Language': 'en' }, body: JSON.stringify(body) })
    assert.equal(reply.status, 200, await reply.clone().text())
    return [Buffer.from(await reply.arrayBuffer()), reply.headers]
  }
}

const byTeam = { measures: ['revenue', 'deals_won', 'win_rate'], rows: ['team'], columns: ['year'], filters: ['owner'], period: 'all', chart: 'heat', form: 'pivot', numbers: true, colors: { win_rate: '0.2..0.6' } }
const cells = (sheet) => Object.fromEntries([...sheet.matchAll(/<c r="([A-Z]+\d+)"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)].map(([, at, attributes, inner]) => [at, { attributes, text: (inner ?? '').replace(/<[^>]+>/g, '') }]))

onEngines('saved reports', {}, open, (test, c) => {
  test('a clone of a ready report says what that says, opens and leaves out the same', async () => {
    const ready = (await c.who.hanna.get('reports')).reports.find((one) => one.name === 'revenue_by_month')
    const { measures, rows, filters, period, compare, chart } = ready
    const made = await c.save('hanna', 'Our revenue', { measures, rows, filters, period, compare, chart })
    for (const body of [{}, { period: '2026', compare: null }, { period: '2025-Q2', filters: { owner: [null] } }]) {
      const [own, theirs] = [await c.run('hanna', made.id, body), await c.run('hanna', 'revenue_by_month', body)]
      for (const part of ['rows', 'total', 'others', 'left_out', 'period', 'previous', 'metrics', 'dimensions']) assert.deepEqual(own[part], theirs[part], part)
    }
    const body = { period: '2026', metric: 'deals_won', limit: 1000, fields: 'id' }
    const [own, theirs] = await Promise.all([made.id, 'revenue_by_month'].map((name) => c.who.hanna.expect(200, 'POST', `reports/${name}/drill`, { body })))
    assert.deepEqual(own, theirs)
    assert.ok(own.count > 0)
    const listed = (await c.who.hanna.get('reports')).reports.find((one) => one.name === made.id)
    assert.deepEqual([listed.label, listed.saved.certified, listed.saved.author.id], ['Our revenue', false, made.owner.id])
  })

  test('to author is a right, to see another', async () => {
    for (const login of ['sam', 'sue', 'uma']) {
      await c.who[login].expect(403, 'POST', 'records/report', { body: { name: 'Mine', definition: byTeam } })
      assert.match((await c.who[login].expect(403, 'POST', 'reports/new', { body: { definition: byTeam } })).detail, /may not build reports/)
    }
    const draft = await c.run('mark', 'new', { definition: byTeam })
    const made = await c.save('mark', 'By team', byTeam)
    const saved = await c.run('mark', made.id)
    for (const part of ['rows', 'total', 'left_out']) assert.deepEqual(draft[part], saved[part], part)
    assert.deepEqual([saved.report.form, saved.report.numbers, saved.report.colors, saved.report.chart], ['pivot', true, { win_rate: '0.2..0.6' }, 'heat'])
    await c.who.sam.expect(404, 'POST', `reports/${made.id}`, { body: {} })
    await c.who.hanna.expect(404, 'PATCH', `records/report/${made.id}`, { body: { name: 'Taken' } })
    await c.who.mark.expect(200, 'PATCH', `records/report/${made.id}`, { body: { shared: 'everyone' } })
    await c.who.sam.expect(403, 'PATCH', `records/report/${made.id}`, { body: { name: 'Taken' } })
  })

  test('it is shared with a team, with roles, with all, and those above see it', async () => {
    const made = await c.save('mark', 'Shared', byTeam)
    const share = async (fields, wanted) => {
      await c.who.mark.expect(200, 'PATCH', `records/report/${made.id}`, { body: fields })
      assert.deepEqual((await c.sees('Shared')).sort(), wanted.sort(), JSON.stringify(fields))
    }
    const south = (await c.who.root.get('records/team', { where: "name == 'South'" })).records[0].id
    assert.deepEqual(await c.sees('Shared'), ['root', 'mark'])
    await share({ shared: 'team' }, ['root', 'mark', 'hanna', 'sam'])
    await share({ shared: 'own', teams: [south] }, ['root', 'mark', 'sue'])
    await share({ teams: [], roles: ['sales'] }, ['root', 'mark', 'sam', 'sue'])
    await share({ roles: [], shared: 'everyone' }, Object.keys(people))
    const [all, own] = [await c.run('root', made.id), await c.run('sue', made.id)]
    assert.notDeepEqual(own.total, all.total, 'counted under the rights of who looks')
  })

  test('a report that rests on a hidden field does not exist; one that does not hold says why', async () => {
    await c.who.root.expect(200, 'PUT', 'schema/roles/blind', { body: { entities: { deal: { read: true, hidden: ['amount'] }, report: { read: true } } } })
    c.perigee.cli(['user', 'add', 'bea', '--role', 'blind'])
    const bea = c.perigee.client(c.perigee.token('bea'))
    const money = await c.save('root', 'Money', { measures: ['revenue'], rows: ['team'], period: 'all' }, { shared: 'everyone' })
    const count = await c.save('root', 'Count', { measures: ['deals_won'], rows: ['team'], period: 'all' }, { shared: 'everyone' })
    const broken = await c.save('root', 'Broken', { measures: ['no_such_figure'] }, { shared: 'everyone' })
    const { reports } = await bea.get('reports')
    assert.ok(!reports.some((one) => one.name === money.id))
    assert.ok(reports.some((one) => one.name === count.id))
    await bea.expect(404, 'POST', `reports/${money.id}`, { body: {} })
    assert.match(reports.find((one) => one.name === broken.id).problem, /no metric “no_such_figure”/)
    assert.match((await c.who.root.expect(400, 'POST', `reports/${broken.id}`, { body: {} })).detail, /no_such_figure/)
    for (const name of ['1', '99999999999999999999', '007']) await c.who.root.expect(404, 'POST', `reports/${name}`, { body: {} })
  })

  test('what would add up shares is refused in words, and other nonsense', async () => {
    const refused = async (definition, pattern) => assert.match((await c.who.root.expect(400, 'POST', 'reports/new', { body: { definition } })).detail, pattern)
    for (const chart of ['pie', 'stacked']) await refused({ measures: ['win_rate'], rows: ['team'], chart }, /Win rate of closed deals.*shares and averages do not add up/)
    await c.run('root', 'new', { definition: { measures: ['win_rate'], rows: ['team'], chart: 'bars' } })
    await refused({ measures: ['deals'], chart: 'cake' }, /one of: none, bars/)
    await refused({ measures: ['deals'], form: 'heap' }, /one of: table, pivot/)
    await refused({ measures: ['deals'], colors: { revenue: '1..2' } }, /from bad to good/)
    await refused({ measures: ['deals'], colors: { deals: 'red' } }, /from bad to good/)
    await refused({ measures: ['deals'], numbers: 'yes' }, /true or false/)
    await refused({ measures: ['deals'], where: { deal: 'amount >' } }, /./)
    await refused({ measures: ['deals'], colour: 'red' }, /knows no `colour`/)
    await refused({}, /names no measure/)
    await refused(undefined, /./)
  })

  test('somebody answers for a certified one, until what it counts changes', async () => {
    const made = await c.save('hanna', 'Sure', byTeam)
    const change = async (who, body, certified) => assert.equal((await c.who[who].expect(200, 'PATCH', `records/report/${made.id}`, { body })).certified, certified, JSON.stringify(body))
    await change('hanna', { certified: true }, true)
    await change('hanna', { name: 'Surely', description: 'Said with care' }, true)
    assert.equal((await c.run('hanna', made.id)).report.saved.certified, true)
    await change('hanna', { definition: { ...byTeam, period: '2026' } }, false)
    const own = await c.save('mark', 'Unsure', byTeam)
    const reply = await c.who.mark.request('PATCH', `records/report/${own.id}`, { body: { certified: true } })
    assert.ok([403, 422].includes(reply.status), reply.text)
  })

  test('a cross table has at its ends what is counted anew, and each end opens', async () => {
    const answer = await c.run('root', 'new', { definition: byTeam, subtotals: true })
    const only = async (dimension) => (await c.run('root', 'new', { definition: { ...byTeam, rows: [dimension], columns: [] } })).rows
    const order = (rows) => [...rows].sort((a, b) => JSON.stringify(a.keys).localeCompare(JSON.stringify(b.keys)))
    assert.deepEqual(order(answer.subtotals.rows), order(await only('team')))
    assert.deepEqual(order(answer.subtotals.columns), order(await only('year')))
    assert.ok(answer.subtotals.rows.length > 1 && answer.subtotals.columns.length > 1)
    for (const [rows, keys] of [[answer.subtotals.rows, (key) => [key, { any: true }]], [answer.subtotals.columns, (key) => [{ any: true }, key]]])
      for (const row of rows) {
        const opened = await c.who.root.expect(200, 'POST', 'reports/new/drill', { body: { definition: byTeam, metric: 'deals_won', keys: keys(row.keys[0]), limit: 1 } })
        assert.equal(opened.count, row.values[1])
      }
    assert.equal((await c.run('root', 'new', { definition: byTeam })).subtotals, undefined)
    assert.equal((await c.run('root', 'rating', { subtotals: true })).subtotals, undefined)
  })

  test('a CSV holds the rows as they are shown, plain and in order', async () => {
    const body = { period: '2026', compare: 'year_before' }
    const answer = await c.run('hanna', 'revenue_by_month', body)
    const [bytes, headers] = await c.bytes('hanna', 'revenue_by_month', { ...body, format: 'csv' })
    assert.match(headers.get('content-disposition'), /attachment; filename="revenue_by_month\.csv"/)
    const lines = bytes.toString('utf8').replace(/^\uFEFF/, '').trim().split('\r\n')
    assert.equal(lines[0], '"Month","Won revenue","Won revenue, before","Won deals","Won deals, before","Average won deal","Average won deal, before"')
    const plain = (figure) => (figure === null ? '' : typeof figure === 'object' ? figure.amount : String(figure))
    const line = (first, row) => [first, ...row.values.flatMap((figure, i) => [plain(figure), plain(row.previous[i])])].join(',')
    assert.deepEqual(lines.slice(1), [...answer.rows.map((row) => line(row.keys[0].value, row)), line('"Total"', answer.total)])
  })

  test('a workbook holds real numbers under a head that stays, and says what they are', async () => {
    await c.who.root.create('organization', { name: '=1+1' })
    const made = await c.save('hanna', '=Evil <&> "name"', { ...byTeam, rows: ['month'], columns: [], period: '2026' }, { description: 'Asked by the board' })
    const answer = await c.run('hanna', made.id)
    const [bytes, headers] = await c.bytes('hanna', made.id, { format: 'xlsx' })
    assert.match(headers.get('content-disposition'), new RegExp(`report-${made.id}\\.xlsx`))
    const book = unzip(bytes)
    const sheet = book['xl/worksheets/sheet1.xml']
    assert.match(sheet, /<pane ySplit="1" topLeftCell="A2"[^>]*state="frozen"/)
    const at = cells(sheet)
    assert.deepEqual(['A1', 'B1', 'C1', 'D1', 'E1'].map((cell) => at[cell].text), ['No.', 'Month', 'Won revenue', 'Won deals', 'Win rate of closed deals'])
    assert.equal(at.B2.text, String((Date.parse(answer.rows[0].keys[0].value) - Date.parse('1899-12-30')) / 86400000))
    answer.rows.forEach((row, i) => {
      for (const [column, figure] of [['C', row.values[0].amount], ['D', row.values[1]], ['E', row.values[2]]]) {
        const cell = at[`${column}${i + 2}`]
        assert.doesNotMatch(cell?.attributes ?? '', /t="/, 'a number')
        assert.equal(Number(cell?.text || 0), Number(figure ?? 0))
      }
    })
    const last = answer.rows.length + 2
    assert.deepEqual([at[`B${last}`].text, Number(at[`D${last}`].text)], ['Total', answer.total.values[1]])
    const about = Object.values(cells(book['xl/worksheets/sheet2.xml'])).map((cell) => cell.text)
    for (const said of ['=Evil &lt;&amp;&gt; &quot;name&quot;', 'Asked by the board', '2026-01-01 … 2026-12-31', 'draft', 'hanna', 'deals_won / deals_closed', 'What is counted']) assert.ok(about.some((text) => text === said || text === said.replaceAll('&quot;', '"')), `${said} in ${JSON.stringify(about)}`)
  })

  test('what rows stand under is a number, a moment or a text in files, and never a formula', async () => {
    const made = []
    for (const [i, name] of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'].entries()) made.push(await c.who.root.create('organization', { name, employees: i, annual_revenue: { amount: `${10 + i}.50`, currency: 'USD' } }))
    const ask = async (by, format) => (await c.bytes('root', 'distribution', { of: 'organization', by, where: `id == "${made[0].id}" or id == "${made[6].id}"`, format }))[0]
    const lines = async (by) => (await ask(by, 'csv')).toString('utf8').split('\r\n').slice(1, -2)
    const sheet = async (by) => { const at = cells(unzip(await ask(by, 'xlsx'))['xl/worksheets/sheet1.xml']); return ['A2', 'A3'].map((cell) => [at[cell].text, /t="/.test(at[cell].attributes)]).sort() }
    assert.deepEqual((await lines('name')).sort(), ['"\'\n=1",1', '"\'=1+1",1'])
    assert.deepEqual((await lines('employees - 9')).sort(), ['-3,1', '-9,1'])
    assert.deepEqual(await sheet('employees - 9'), [['-3', false], ['-9', false]])
    assert.deepEqual((await lines('annual_revenue')).sort(), ['"10.50 USD",1', '"16.50 USD",1'])
    assert.deepEqual(await sheet('annual_revenue'), [['10.50 USD', true], ['16.50 USD', true]])
    assert.deepEqual((await sheet('created_at')).map(([text]) => text), [made[0].created_at, made[6].created_at].sort())
    const list = (await c.who.root.request('GET', 'export/organization?format=csv&fields=name&sort=-id')).text.split('\r\n').slice(1, 8)
    for (const line of list) assert.match(line, /^\d+,"?'[=+\-@\t\r\n]/, JSON.stringify(line))
  })

  test('what is narrowed and left out stands in the workbook', async () => {
    const stage = (await c.who.root.get('meta')).pipelines.find((one) => one.entity === 'deal').stages.find((one) => one.kind === 'won')
    const deal = await c.who.root.create('deal', { name: 'No day', stage: stage.id, amount: { amount: '7.00', currency: 'USD' } })
    await c.who.root.expect(200, 'PATCH', `records/deal/${deal.id}`, { body: { closed_on: null } })
    const { rows } = await c.run('root', 'top_products', { period: 'all' })
    const product = rows.find((row) => row.keys[0].value).keys[0]
    const body = { period: '2026', format: 'xlsx' }
    const text = async (more) => Object.values(cells(unzip((await c.bytes('root', 'top_products', { ...body, ...more }))[0])['xl/worksheets/sheet2.xml'])).map((cell) => cell.text)
    const narrowed = await text({ filters: { owner: [null], industry: [null] } })
    assert.ok(narrowed.includes('Only: Employee') && narrowed.includes('Not set'), JSON.stringify(narrowed))
    assert.ok((await text({ filters: { product: [product] } })).includes(product.title))
    const all = await text({})
    assert.ok(all.includes('Left out') && all.some((one) => /^[1-9]\d* without a date$/.test(one)), JSON.stringify(all))
  })

  test('to take a file away is a right of its own, counted under it', async () => {
    for (const login of ['sam', 'mark']) assert.match((await c.who[login].expect(403, 'POST', 'reports/rating/export', { body: {} })).detail, /may not export/)
    assert.match((await c.who.root.expect(400, 'POST', 'reports/rating/export', { body: { format: 'docx' } })).detail, /no format of a report/)
    await c.who.root.expect(404, 'POST', 'reports/no_such/export', { body: {} })
    await c.who.root.expect(200, 'PUT', 'schema/roles/half', { body: { entities: { deal: { read: true, export: 'own' }, user: { read: true } } } })
    c.perigee.cli(['user', 'add', 'hal', '--role', 'half'])
    c.who.hal = c.perigee.client(c.perigee.token('hal'))
    const [bytes] = await c.bytes('hal', 'deals_by_stage', { format: 'csv' })
    assert.match(bytes.toString('utf8'), /"Total",0\r\n$/)
    assert.ok((await c.run('hal', 'deals_by_stage')).total.values[0] > 0)
  })
})
