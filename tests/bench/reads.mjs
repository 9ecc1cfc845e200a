// What people wait for when they look: health, one record, a list and its far pages, search, a report.
import { beside, inTurn, loadOf, report, round } from './measure.mjs'

const fields = 'name,amount,organization,stage,closed_on'
export const post = (path, body) => `wrk.method = "POST"; wrk.path = ${JSON.stringify(path)}; wrk.body = ${JSON.stringify(JSON.stringify(body))}; wrk.headers["Content-Type"] = "application/json"`
export const pointUrl = (base, id) => `${base}/api/v1/records/deal/${id}?fields=${fields}`

export async function benchHello({ perigee, pid, bare, rows, rounds, seconds }) {
  for (const connections of [64, 128, 256, 512]) {
    const pair = await inTurn(rounds, {
      ours: () => loadOf(pid, `${perigee.base}/healthz`, { connections, seconds }),
      bare: () => loadOf(bare.pid, `${bare.base}/hello`, { connections, seconds }),
    })
    const share = pair.ours.perSecond / pair.bare.perSecond
    report(`healthz at ${connections} connections, a second (bare)`, rows, beside(pair.ours.perSecond, pair.bare.perSecond), '>= 70 %', share >= 0.7, { cpuUs: pair.ours.cpuUs })
  }
}

export async function benchRead({ perigee, pid, bare, rows, rounds, seconds, headers, record }) {
  const pair = await inTurn(rounds, {
    ours: () => loadOf(pid, pointUrl(perigee.base, record.id), { seconds, headers }),
    hello: () => loadOf(bare.pid, `${bare.base}/hello`, { seconds }),
    bare: () => loadOf(bare.pid, `${bare.base}/read?id=${Math.floor(rows / 2)}`, { seconds }),
  })
  const { cpuUs } = pair.ours
  report('point read, CPU us (bare read)', rows, beside(cpuUs, pair.bare.cpuUs, 1), '<= 35', cpuUs <= 35, { cpuUs, cost: cpuUs })
  report('point read, a second (bare hello)', rows, beside(pair.ours.perSecond, pair.hello.perSecond), '>= 35 %', pair.ours.perSecond >= 0.35 * pair.hello.perSecond, { cpuUs })
}

export async function benchList({ admin, perigee, pid, bare, rows, rounds, seconds, headers, stage }) {
  const url = (query) => `${perigee.base}/api/v1/records/deal?${new URLSearchParams(query)}`
  const pair = await inTurn(rounds, {
    ours: () => loadOf(pid, url({ where: `stage == "${stage.id}"`, sort: '-amount', fields, limit: 50 }), { seconds, headers }),
    bare: () => loadOf(bare.pid, `${bare.base}/list`, { seconds }),
  })
  const { cpuUs } = pair.ours
  report('list of 50, filtered and sorted, CPU us (bare)', rows, beside(cpuUs, pair.bare.cpuUs), '<= 450', cpuUs <= 450, { cpuUs, cost: cpuUs })
  let after = ''
  for (let page = 0; page < rows / 2000; page++)
    after = (await admin.get('records/deal', { sort: '-closed_on', fields: 'name', limit: 1000, ...(after ? { after } : {}) })).next
  const page = { sort: '-closed_on', fields: 'name', limit: 50 }
  const depth = await inTurn(rounds, { first: () => loadOf(pid, url(page), { seconds, headers }), deep: () => loadOf(pid, url({ ...page, after }), { seconds, headers }) })
  report('page at half depth, CPU us (the first)', rows, beside(depth.deep.cpuUs, depth.first.cpuUs), '<= 2 x', depth.deep.cpuUs <= 2 * depth.first.cpuUs, { cpuUs: depth.deep.cpuUs, cost: depth.deep.cpuUs })
}

export async function benchSearch({ perigee, pid, rows, rounds, seconds, headers }) {
  const ask = (q) => loadOf(pid, `${perigee.base}/api/v1/search?${new URLSearchParams({ q })}`, { seconds, connections: 1, headers })
  const found = await inTurn(rounds, { selective: () => ask(`number ${Math.floor(rows / 3)}`), letters: () => ask('de') })
  const one = (what, { p50Ms, p99Ms, cpuUs }, most) => report(what, rows, round(p99Ms, 2), `<= ${most}`, p99Ms <= most, { cpuUs, cost: p50Ms })
  one('search, selective, p99 ms', found.selective, 5)
  one('search by two letters, p99 ms', found.letters, 30)
}

export async function benchReport({ perigee, pid, rows, rounds, seconds, headers }) {
  const body = { from: 'deal', group: ['stage.name', 'month(closed_on)'], measures: { n: 'count()', revenue: 'sum(amount)' } }
  const longer = Math.max(seconds, Math.ceil(rows / 100000)) // a loaded machine takes more than a second for one
  const { ours } = await inTurn(rounds, { ours: () => loadOf(pid, `${perigee.base}/api/v1/query`, { seconds: longer, connections: 1, headers, lua: post('/api/v1/query', body) }) })
  report('report by stage and month, ad hoc, ms', rows, round(ours.p50Ms, 1), '<= 350 at 1M', rows < 1e6 ? null : ours.p50Ms <= 350, { cpuUs: ours.cpuUs, cost: ours.p50Ms, grows: 1 })
}
