// What writing costs: creates with and without slow flushes, updates, and what an import does to others.
import { beside, inTurn, loadOf, report, round, updatesOf } from './measure.mjs'
import { importBeside, writeDeals } from './deals.mjs'
import { pointUrl, post } from './reads.mjs'

export const newDeal = { name: 'A deal made by the bench', amount: { amount: '1000.00', currency: 'USD' }, closed_on: '2017-03-01' }
export const createOn = (pid, base, options) => loadOf(pid, `${base}/api/v1/records/deal`, { ...options, lua: post('/api/v1/records/deal', newDeal) })
export const bareCreateOn = (pid, base, options) => loadOf(pid, `${base}/create`, { ...options, lua: post('/create', newDeal) })

/** `late`: both programs were started with flushes that take 2 ms more. */
export async function benchCreate({ perigee, pid, bare, rows, rounds, seconds, headers }, { connections, factor, late = false }) {
  const pair = await inTurn(rounds, {
    ours: () => createOn(pid, perigee.base, { seconds, connections, headers }),
    bare: () => bareCreateOn(bare.pid, bare.base, { seconds, connections }),
  })
  const { cpuUs, perSecond, p99Ms } = pair.ours
  const what = `create at ${connections} connection${connections > 1 ? 's' : ''}${late ? ', flushes 2 ms longer' : ''}`
  report(`${what}, a second (bare)`, rows, beside(perSecond, pair.bare.perSecond), `>= ${factor} x`, perSecond >= factor * pair.bare.perSecond, { cpuUs, cost: late ? undefined : cpuUs })
  if (connections > 1 && !late) report(`${what}, p99 ms (bare)`, rows, beside(p99Ms, pair.bare.p99Ms, 1), '<= 40', p99Ms <= 40, { cpuUs })
}

/** One field of a record with If-Match, a record a connection, beside creates at as many connections. */
export async function benchUpdate({ admin, perigee, pid, rows, rounds, seconds, headers, token }) {
  const connections = 64
  const ids = (await admin.get('records/deal', { limit: connections, fields: 'name' })).records.map((record) => record.id)
  const pair = await inTurn(rounds, {
    update: () => updatesOf(pid, perigee.base, { token, entity: 'deal', field: 'next_step', seconds, ids }),
    create: () => createOn(pid, perigee.base, { seconds, connections, headers }),
  })
  const { cpuUs } = pair.update
  report('update of one field with If-Match, CPU us (create)', rows, beside(cpuUs, pair.create.cpuUs), '<= 1.2 x', cpuUs <= 1.2 * pair.create.cpuUs, { cpuUs, cost: cpuUs })
}

/** Nine reads and one create by turns while rows come in: what others feel of an import. */
export async function benchMeanwhile({ perigee, pid, rows, headers, record, folder }) {
  const more = Math.min(rows, 200000)
  const file = writeDeals(folder, more, rows + 1)
  const read = new URL(pointUrl(perigee.base, record.id))
  const lua = `local n, read, create = 0
function init()
  read = wrk.format("GET", ${JSON.stringify(read.pathname + read.search)})
  create = wrk.format("POST", "/api/v1/records/deal", { ["Content-Type"] = "application/json", Authorization = wrk.headers.Authorization }, ${JSON.stringify(JSON.stringify(newDeal))})
end
function request()
  n = n + 1
  return n % 10 == 0 and create or read
end`
  const until = importBeside(perigee, file)
  const [others] = await Promise.all([loadOf(pid, perigee.base, { seconds: 600, connections: 4, headers, lua, until }), until])
  report('import: other requests meanwhile, p99 ms (p50)', rows, beside(others.p99Ms, others.p50Ms, 1), '<= 100', others.p99Ms <= 100)
}
