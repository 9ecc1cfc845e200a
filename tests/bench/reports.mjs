// Each ready report over demonstration data, with the period that it opens with: CPU of the server for the whole
// answer, when nothing is kept and when the same was asked before; where the question is one of SQL, beside it the same
// in plain SQL by sqlite3 on the same file in the same run.
//
//   node tests/bench/reports.mjs [--deals=100000] [--activities=10] [--rounds=2] [--only=WORD] [--keep=FOLDER]
// With --keep the filled database stays in FOLDER/DEALS and is taken from there the next time.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { createInstance } from '../support/perigee.mjs'
import { cpuSeconds, median } from './measure.mjs'

const option = (name, otherwise) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise
const DEALS = Number(option('deals', 100000))
const ACTIVITIES = Number(option('activities', 10))
const ROUNDS = Number(option('rounds', 2))
const ONLY = option('only', '')
const KEEP = option('keep', null) && join(option('keep', null), String(DEALS))
const TARGET_MS = 300
const TARGET_RATIO = 1.3

const perigee = createInstance('sqlite', { onDisk: true })

function fill() {
  if (KEEP && existsSync(KEEP)) return cpSync(KEEP, perigee.data, { recursive: true })
  perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  perigee.cli(['demo', '--size', String(DEALS), '--activities', String(ACTIVITIES)])
  if (KEEP) cpSync(perigee.data, KEEP, { recursive: true })
}

/** The same questions in plain SQL: {entity} its table, {entity.field} a column. */
const stage = 'JOIN {stage} s ON s.id = d.{deal.stage} WHERE d.deleted_at IS NULL'
const plain = {
  pipeline_by_stage: `SELECT s.id, count(*), sum(d.{deal.amount}_b), sum(d.{deal.amount}_b * d.{deal.probability} / 100) FROM {deal} d ${stage} AND s.{stage.kind} = 'open' GROUP BY s.id`,
  deals_by_stage: `SELECT s.id, count(*) FROM {deal} d ${stage} GROUP BY s.id`,
  forecast_by_category: `SELECT d.{deal.forecast_category}, count(*), sum(d.{deal.amount}_b), sum(d.{deal.amount}_b * d.{deal.probability} / 100) FROM {deal} d ${stage} AND s.{stage.kind} = 'open' GROUP BY 1`,
  revenue_by_quarter: `SELECT strftime('%Y', d.{deal.closed_on} * 86400, 'unixepoch') || (strftime('%m', d.{deal.closed_on} * 86400, 'unixepoch') + 2) / 3 AS q, sum(d.{deal.amount}_b), count(*), avg(d.{deal.amount}_b) FROM {deal} d ${stage} AND s.{stage.kind} = 'won' GROUP BY q`,
  revenue_by_year: `SELECT strftime('%Y', d.{deal.closed_on} * 86400, 'unixepoch') AS y, sum(d.{deal.amount}_b), count(*), avg(d.{deal.amount}_b) FROM {deal} d ${stage} AND s.{stage.kind} = 'won' GROUP BY y`,
  without_next_step: `SELECT d.owner, sum(d.{deal.open_activities} = 0), sum(d.{deal.amount}_b) FILTER (WHERE d.{deal.open_activities} = 0), count(*) FROM {deal} d ${stage} AND s.{stage.kind} = 'open' GROUP BY d.owner`,
}

/** CPU milliseconds of the second of two runs. */
function plainMs(text) {
  const names = new Map(perigee.sql("SELECT e.name, e.table_name FROM sys_entity e UNION ALL SELECT e.name || '.' || f.name, f.column_name FROM sys_entity e JOIN sys_field f ON f.entity = e.id"))
  const sql = text.replace(/\{([\w.]+)\}/g, (_, name) => names.get(name) ?? `no ${name}`)
  const input = `.timer on\nPRAGMA query_only = 1;\n${sql};\n${sql};\n`
  const run = spawnSync('sqlite3', ['-batch', '-bail', join(perigee.data, 'perigee.db')], { input, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`${sql}\n${run.stderr}`)
  const last = [...run.stdout.matchAll(/user ([\d.]+) sys ([\d.]+)/g)].at(-1)
  return (Number(last[1]) + Number(last[2])) * 1000
}

/** CPU milliseconds of an answer: the median of the rounds after a first one that warms up. */
async function askedMs(client, name) {
  const costs = []
  for (let round = 0; round <= ROUNDS; round++) {
    const before = cpuSeconds(perigee.server.pid)
    await client.expect(200, 'POST', `reports/${name}`, { body: {} })
    if (round) costs.push((cpuSeconds(perigee.server.pid) - before) * 1000)
  }
  return median(costs)
}

async function measure(figuresMb, into, key) {
  await perigee.serve({ env: { PERIGEE_FIGURES_MB: String(figuresMb) } })
  const client = perigee.client(perigee.token('root'))
  for (const { name } of (await client.get('reports')).reports) {
    if (!name || !name.includes(ONLY)) continue
    const row = into.get(name) ?? { name }
    into.set(name, row)
    row[key] = await askedMs(client, name)
    if (key === 'fresh' && plain[name]) row.plain = plainMs(plain[name])
  }
  await perigee.stop()
}

try {
  fill()
  const rows = new Map()
  await measure(0, rows, 'fresh')
  await measure(16, rows, 'kept')
  const sorted = [...rows.values()].sort((a, b) => b.fresh - a.fresh)
  const cell = (n) => (n === undefined ? '' : n.toFixed(0)).padStart(8)
  console.log(`${DEALS} deals, ${ACTIVITIES} activities of each; CPU ms of an answer\n${'report'.padEnd(34)}   asked    kept     SQL   ratio`)
  for (const row of sorted) console.log(`${row.name.padEnd(34)}${cell(row.fresh)}${cell(row.kept)}${cell(row.plain)}${row.plain ? (row.fresh / row.plain).toFixed(2).padStart(8) : ''}`)
  const over = (key) => sorted.filter((row) => row[key] > TARGET_MS).length
  const compared = sorted.filter((row) => row.plain > 0)
  console.log(`over ${TARGET_MS} ms: ${over('fresh')} of ${sorted.length} asked, ${over('kept')} kept`)
  console.log(`over ${TARGET_RATIO} x plain SQL: ${compared.filter((row) => row.fresh > TARGET_RATIO * row.plain).length} of ${compared.length}`)
  console.log(`load average ${loadavg().map((n) => n.toFixed(2)).join(' ')}`)
} finally {
  await perigee.close()
}
