// Demonstration data: a business with a history that adds up, the same from the same seed and day on both
// engines, taken back whole by undo.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const entities = ['team', 'user', 'organization', 'contact', 'lead', 'deal', 'activity', 'product', 'directory_item', 'campaign', 'campaign_spend']
const fields = {
  team: 'name,region', user: 'login,name,emails,team.name,manager.login,role.name', organization: 'name,kind,industry,country,employees,founded_year,website,phones,owner.login',
  contact: 'name,job_title,organization.name,emails,phones,source,birthday,owner.login', lead: 'name,organization_name,emails,source,utm_source,utm_campaign,interest,amount,stage.name,lost_reason,owner.login',
  deal: 'name,organization.name,contact.name,stage.name,amount,started_on,closed_on,expected_on,source,lost_reason,next_step,where_it_stopped,product.name,owner.login',
  activity: 'kind,subject,organization.name,due_at,starts_at,ends_at,done_at,status,outcome,duration_seconds,owner.login', product: 'code,name,series,price,cost', directory_item: 'code,directory.name',
  campaign: 'name,code,channel,starts_on,budget,spent', campaign_spend: 'campaign.code,on,amount,impressions,clicks,leads,orders,revenue',
}
const args = ['demo', '--size', '150', '--seed', '7', '--today', '2026-11-21']
const cents = (money) => Math.round(Number(money.amount) * 100)

/** Everything but ids and times of making, in the order of making. */
async function picture(client) {
  const all = {}
  for (const entity of entities) all[entity] = (await client.all(entity, { fields: fields[entity], sort: 'id' })).map(({ id, version, ...rest }) => rest)
  return JSON.stringify(all, null, 1)
}

let other = null // the picture of the engine that ran first

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.made = c.perigee.json(args)
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
}

onEngines('demo', {}, open, (test, c) => {
  test('the same seed and day make the same business on both engines', async () => {
    const mine = await picture(c.root)
    if (other) assert.equal(mine, other)
    other = mine
    assert.equal(c.made.deals, 150)
    assert.match(c.perigee.cli(['check']), /./)
  })

  test('campaigns cost by day and bring leads and deals, so that reports of marketing say something', async () => {
    const { rows } = await c.root.expect(200, 'POST', 'reports/channel_profitability', { body: { period: 'all' } })
    const search = rows.find((row) => row.keys[0].value === 'search')
    assert.ok(Number(search.values[0].amount) > 1000 && search.values[1] > 0 && search.values[5] > 0, JSON.stringify(rows))
    const spend = await c.root.all('campaign_spend', { fields: 'on,amount,clicks,leads,campaign.code', sort: 'on,campaign.code' })
    assert.deepEqual([...new Set(spend.map((day) => day['campaign.code']))].sort(), ['brand', 'retargeting', 'search', 'spring'])
    assert.ok(spend.every((day) => day.on < '2026-11-21' && Number(day.amount.amount) > 0 && day.clicks >= day.leads), JSON.stringify(spend[0]))
    const leads = await c.root.all('lead', { where: 'utm_campaign ~= nil', fields: 'utm_campaign,campaign.code' })
    assert.ok(leads.length > 3 && leads.every((lead) => lead['campaign.code'] === lead.utm_campaign), JSON.stringify(leads))
  })

  test('how many activities a deal has is a number from 0 to 100', async () => {
    assert.throws(() => c.perigee.cli(['demo', '--activities', '101']), /--activities must be a number from 0 to 100/)
    assert.throws(() => c.perigee.cli(['demo', '--activities=-1']), /--activities must be a number from 0 to 100/)
  })

  test('made once: a second time says what there is and what to do', async () => {
    const before = (await c.root.query({ from: 'deal', measures: { n: 'count()' } })).rows[0].n
    assert.throws(() => c.perigee.cli(args), /There is demonstration data here already.*perigee undo/s)
    assert.equal((await c.root.query({ from: 'deal', measures: { n: 'count()' } })).rows[0].n, before)
  })

  test('amounts are the totals of their lines, rounded line by line', async () => {
    const deals = await c.root.all('deal', { fields: 'amount,lines,lines_total' })
    const lined = deals.filter((deal) => deal.lines.length > 0)
    assert.ok(lined.length > 20 && lined.length < deals.length, String(lined.length))
    for (const deal of lined) {
      for (const line of deal.lines) {
        const exact = Number(line.quantity) * cents(line.price) * (100 - Number(line.discount_percent ?? 0)) / 100
        assert.equal(cents(line.total), Math.round(exact), JSON.stringify(line))
      }
      assert.equal(cents(deal.amount), deal.lines.reduce((sum, line) => sum + cents(line.total), 0), JSON.stringify(deal))
    }
  })

  test('it has a history: closed deals with reasons and days, activities within their time, nobody idle', async () => {
    const deals = await c.root.all('deal', { fields: 'stage.kind,started_on,closed_on,expected_on,lost_reason,amount,owner.login,organization' })
    const count = (kind) => deals.filter((deal) => deal['stage.kind'] === kind).length
    assert.ok(count('won') > 40 && count('lost') > 25 && count('open') > 10, `${count('won')} ${count('lost')} ${count('open')}`)
    const moves = await c.root.query({ from: 'stage_change', where: "entity == 'deal' and not imported", group: ['record', 'month(at)'], measures: { n: 'count()' } })
    assert.ok(new Set(moves.rows.map((row) => row['month(at)'])).size > 12, 'moves lie over the months')
    for (const deal of (await c.root.all('deal', { fields: 'stage.name,stage_since,started_on,closed_on', limit: 1000 })).slice(0, 60)) {
      const way = (await c.root.all('stage_change', { where: `record == "${deal.id}"`, sort: 'at,id', fields: 'from.name,to.name,at,seconds,imported' }))
      assert.equal(way.at(-1)['to.name'], deal['stage.name'])
      assert.ok(way[0]['from.name'] === null && way[0].at.slice(0, 10) === deal.started_on, JSON.stringify(way[0]))
      assert.equal(deal.stage_since, way.at(-1).at)
      if (way.length > 1) assert.equal(way[1].seconds, (Date.parse(way[1].at) - Date.parse(way[0].at)) / 1000)
      for (let i = 1; i < way.length; i++) assert.ok(way[i]['from.name'] === way[i - 1]['to.name'] && way[i].at > way[i - 1].at, JSON.stringify(way))
      assert.ok(way.every((move) => move.imported === false))
    }
    for (const deal of deals) {
      assert.ok(deal.started_on <= '2026-11-21' && deal.amount && deal.organization)
      if (deal['stage.kind'] === 'open') assert.deepEqual([deal.closed_on, deal.lost_reason], [null, null])
      else assert.ok(deal.closed_on >= deal.started_on && deal.closed_on <= '2026-11-21', JSON.stringify(deal))
      assert.equal(deal.lost_reason !== null, deal['stage.kind'] === 'lost')
    }
    const years = new Set(deals.map((deal) => deal.started_on.slice(0, 4)))
    assert.ok(years.size >= 2, [...years].join())
    const { rows } = await c.root.query({ from: 'deal', group: ['owner.login'], measures: { n: 'count()' } })
    assert.ok(rows.length > 5)
    const activities = await c.root.all('activity', { fields: 'kind,status,done_at,about' })
    assert.ok(activities.length > 100 && activities.every((one) => one.about && (one.status === 'done') === (one.done_at !== null)), JSON.stringify(activities.find((one) => (one.status === 'done') !== (one.done_at !== null))))
  })

  test('another seed is another business; a small one works too; undo leaves nothing of it', async () => {
    const second = c.perigee.json(['demo', '--size', '1', '--seed', '8', '--today', '2026-11-21'], { status: null })
    assert.ok(second)
    const answer = await c.root.request('POST', `changesets/${c.made.changeset}/undo`)
    assert.equal(answer.status, 200, answer.text)
    assert.equal((await c.root.query({ from: 'deal', measures: { n: 'count()' } })).rows[0].n, answer.body.conflicts.filter((one) => one.entity === 'deal').length + (second.deals ?? 0))
  })
})

onEngines('demo in Russian', { init: ['--language', 'ru', '--currency', 'RUB', '--zone', 'Europe/Moscow'] }, async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.json(['demo', '--size', '20', '--seed', '1'])
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
}, (test, c) => {
  test('names, subjects and money are of that country', async () => {
    const deals = await c.root.all('deal', { fields: 'name,amount' })
    assert.ok(deals.every((deal) => /[а-я]/.test(deal.name) && deal.amount.currency === 'RUB'), JSON.stringify(deals.slice(0, 3)))
    assert.ok((await c.root.all('contact', { fields: 'last_name' })).every((person) => /^[А-ЯЁ]/.test(person.last_name)))
  })
})

onEngines('demo by REST', {}, async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'sam', '--role', 'sales'])
  c.tokens = { root: c.perigee.token('root'), sam: c.perigee.token('sam') }
  await c.perigee.serve()
  c.root = c.perigee.client(c.tokens.root)
  c.sam = c.perigee.client(c.tokens.sam)
}, (test, c) => {
  const count = async (entity) => (await c.root.query({ from: entity, measures: { n: 'count()' } })).rows[0].n
  const job = async (id) => {
    for (;;) {
      const found = await c.root.get(`jobs/${id}`)
      if (!['queued', 'running'].includes(found.state)) return found
    }
  }

  test('an administrator asks for it, a job makes it, its changeset takes out exactly it', async () => {
    await c.sam.refused(403, null, 'POST', 'demo', { body: {} })
    assert.deepEqual(await c.root.get('demo'), { changeset: null })
    const own = await c.root.create('organization', { name: 'My own customer' })
    const asked = await c.root.expect(202, 'POST', 'demo', { body: { size: 20 } })
    assert.equal((await job(asked.job)).state, 'done')
    assert.equal(await count('deal'), 20)
    const { changeset } = await c.root.get('demo')
    assert.ok(changeset)
    await c.root.refused(409, 'demo_here', 'POST', 'demo', { body: {} })
    const undone = await c.root.expect(200, 'POST', `changesets/${changeset}/undo`)
    assert.deepEqual(undone.conflicts, [])
    await c.root.expect(200, 'DELETE', 'demo')
    assert.deepEqual(await c.root.get('demo'), { changeset: null })
    assert.deepEqual([await count('deal'), await count('contact'), await count('organization')], [0, 0, 1])
    assert.equal((await c.root.get(`records/organization/${own.id}`)).name, 'My own customer')
  })

  test('made again after that; what own records refer to stays and is named', async () => {
    assert.equal((await job((await c.root.expect(202, 'POST', 'demo', { body: { size: 20 } })).job)).state, 'done')
    const [organization] = (await c.root.get('records/organization', { where: "name ~= 'My own customer'", sort: 'id', limit: 1 })).records
    const contact = await c.root.create('contact', { last_name: 'Built upon', organization: organization.id })
    const [deal] = (await c.root.get('records/deal', { limit: 1 })).records
    await c.root.expect(200, 'PATCH', `records/deal/${deal.id}`, { body: { name: 'Renamed by me' } })
    const { conflicts } = await c.root.expect(200, 'POST', `changesets/${(await c.root.get('demo')).changeset}/undo`)
    const kept = new Set(conflicts.map((one) => `${one.entity}/${one.id}`))
    assert.deepEqual([...kept], [`organization/${organization.id}`])
    assert.equal((await c.root.get(`records/organization/${organization.id}`)).deleted_at, null)
    assert.equal((await c.root.get(`records/contact/${contact.id}`)).organization.id, organization.id)
    const trashed = await c.root.get(`records/deal/${deal.id}`, { fields: 'name,deleted_at' })
    assert.ok(trashed.name === 'Renamed by me' && trashed.deleted_at, 'what was changed goes with it, and lies in the trash')
    assert.equal(await count('deal'), 0)
  })
})
