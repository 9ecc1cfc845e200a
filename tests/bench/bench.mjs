// Speed against the targets: each figure of Perigee is taken in turn with its reference in this one
// run, at three sizes, so that a noisy machine hits both and the slope shows.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInstance } from '../support/perigee.mjs'
import { cpuSeconds, inTurn, loadOf, memoryMb, report, round, summary } from './measure.mjs'

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const option = (name, otherwise) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise
const sizes = option('sizes', '10000,100000,1000000').split(',').map(Number)
const seconds = Number(option('seconds', 2))
const rounds = Number(option('rounds', 3))
const wants = (name) => names.length === 0 || names.includes(name)
const folder = mkdtempSync(join(tmpdir(), 'perigee-bench-'))
const stages = ['Prospecting', 'Qualified', 'Proposal', 'Negotiation', 'Won', 'Lost']
const post = (path, body) => `wrk.method = "POST"; wrk.path = ${JSON.stringify(path)}; wrk.body = ${JSON.stringify(JSON.stringify(body))}; wrk.headers["Content-Type"] = "application/json"`

/** A table of deals as a CSV file: what is imported, and what the bare program's table looks like. */
function writeDeals(rows) {
  const file = join(folder, `deals-${rows}.csv`)
  const out = openSync(file, 'w')
  writeSync(out, 'key,title,value,phase,closing,source\n')
  let part = []
  for (let n = 1; n <= rows; n++) {
    const day = new Date(Date.UTC(2016, 0, 1) + (n % 900) * 86400000).toISOString().slice(0, 10)
    part.push(`K${n},Deal number ${n} ${['supply', 'pilot', 'renewal', 'upgrade'][n % 4]},${(n * 7919) % 100000}.00,${stages[n % 6]},${day},${['website', 'call', 'referral'][n % 3]}`)
    if (part.length === 20000 || n === rows) {
      writeSync(out, part.join('\n') + '\n')
      part = []
    }
  }
  closeSync(out)
  return file
}

function sqliteImport(file, rows) {
  const database = join(folder, `import-${rows}.db`)
  const script = `PRAGMA journal_mode=WAL; PRAGMA cache_size=-262144;
CREATE TABLE deal (key TEXT, title TEXT, value TEXT, phase TEXT, closing TEXT, source TEXT);
CREATE INDEX a ON deal (key); CREATE INDEX b ON deal (phase, value); CREATE INDEX c ON deal (closing);
.import --csv --skip 1 ${file} deal
`
  const begun = process.hrtime.bigint()
  const run = spawnSync('sqlite3', [database], { input: script, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  const spent = Number(process.hrtime.bigint() - begun) / 1e9
  rmSync(database, { force: true })
  return rows / spent
}

async function startBare(rows) {
  const bare = spawn(process.env.BARE, [join(folder, `bare-${rows}.db`), String(rows)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const base = await new Promise((done, fail) => {
    bare.stdout.once('data', (text) => done(String(text).trim()))
    bare.once('exit', (code) => fail(new Error(`bare ended with ${code}`)))
  })
  return { base, pid: bare.pid, stop: () => bare.kill() }
}

async function benchSize(rows) {
  const perigee = createInstance('sqlite')
  perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  const file = writeDeals(rows)
  const begun = process.hrtime.bigint()
  const map = 'key=external_id,title=name,value=amount,phase=stage,closing=closed_on,source=source'
  const made = perigee.json(['import', 'deal', file, '--map', map])
  const imported = rows / (Number(process.hrtime.bigint() - begun) / 1e9)
  if (made.created !== rows) throw new Error(`import: ${JSON.stringify(made)}`)
  const reference = sqliteImport(file, rows)
  report('import, rows a second (sqlite3 .import with three indexes)', rows, `${round(imported, 0)} (${round(reference, 0)})`, '>= 60 %', imported >= 0.6 * reference)
  const token = perigee.token('root')
  const started = process.hrtime.bigint()
  await perigee.serve()
  const startMs = Number(process.hrtime.bigint() - started) / 1e6
  report('start to listening, ms', rows, round(startMs, 0), '<= 100', startMs <= 100)
  const admin = perigee.client(token)
  const pid = perigee.server.pid
  report('memory at rest, MB anonymous', rows, round(memoryMb(pid), 1), '<= 25', memoryMb(pid) <= 25)
  const bare = await startBare(rows)
  try {
    await benchServer({ perigee, admin, pid, bare, rows, headers: { Authorization: `Bearer ${token}` } })
  } finally {
    bare.stop()
    await perigee.close()
    rmSync(file, { force: true })
  }
}

async function benchServer({ perigee, admin, pid, bare, rows, headers }) {
  const api = `${perigee.base}/api/v1`
  const [record] = (await admin.get('records/deal', { limit: 1, where: `external_id == 'K${Math.floor(rows / 2)}'` })).records
  const stage = (await admin.get('records/stage', { where: "name == 'Negotiation'", limit: 1 })).records[0]
  if (wants('hello'))
    for (const connections of [64, 128, 256, 512]) {
      const pair = inTurn(rounds, {
        ours: () => loadOf(pid, `${perigee.base}/healthz`, { connections, seconds }),
        bare: () => loadOf(bare.pid, `${bare.base}/hello`, { connections, seconds }),
      })
      report(`healthz at ${connections} connections, a second (bare)`, rows, `${round(pair.ours.perSecond, 0)} (${round(pair.bare.perSecond, 0)})`, '>= 70 %', pair.ours.perSecond >= 0.7 * pair.bare.perSecond)
    }
  if (wants('read')) {
    const pair = inTurn(rounds, {
      ours: () => loadOf(pid, `${api}/records/deal/${record.id}?fields=name,amount,organization,stage,closed_on`, { seconds, headers }),
      hello: () => loadOf(bare.pid, `${bare.base}/hello`, { seconds }),
      bare: () => loadOf(bare.pid, `${bare.base}/read?id=${Math.floor(rows / 2)}`, { seconds }),
    })
    report('point read, CPU us (bare read)', rows, `${round(pair.ours.cpuUs, 1)} (${round(pair.bare.cpuUs, 1)})`, '<= 35', pair.ours.cpuUs <= 35)
    report('point read, a second (bare hello)', rows, `${round(pair.ours.perSecond, 0)} (${round(pair.hello.perSecond, 0)})`, '>= 35 %', pair.ours.perSecond >= 0.35 * pair.hello.perSecond)
  }
  if (wants('list')) {
    const query = new URLSearchParams({ where: `stage == "${stage.id}"`, sort: '-amount', fields: 'name,amount,organization,stage,closed_on', limit: 50 })
    const pair = inTurn(rounds, {
      ours: () => loadOf(pid, `${api}/records/deal?${query}`, { seconds, headers }),
      bare: () => loadOf(bare.pid, `${bare.base}/list`, { seconds }),
    })
    report('list of 50, filtered and sorted, CPU us (bare)', rows, `${round(pair.ours.cpuUs, 0)} (${round(pair.bare.cpuUs, 0)})`, '<= 450', pair.ours.cpuUs <= 450)
    await benchDepth({ admin, api, pid, rows, headers })
  }
  if (wants('create')) await benchWrites({ admin, api, pid, bare, rows, headers, record })
  if (wants('search')) benchSearch({ api, pid, rows, headers })
  if (wants('report')) {
    const body = { from: 'deal', group: ['stage.name', 'month(closed_on)'], measures: { n: 'count()', revenue: 'sum(amount)' } }
    const ours = inTurn(rounds, { ours: () => loadOf(pid, `${api}/query`, { seconds, connections: 1, headers, lua: post('/api/v1/query', body) }) }).ours
    report('report by stage and month, ms', rows, round(ours.p50Ms, 1), '<= 350 at 1,000,000', rows < 1e6 ? null : ours.p50Ms <= 350)
  }
  report('memory under load, MB anonymous', rows, round(memoryMb(pid), 1), '<= 60', memoryMb(pid) <= 60)
}

/** Pages far down cost what the first costs. */
async function benchDepth({ admin, api, pid, rows, headers }) {
  let after = ''
  for (let page = 0; page < Math.min(rows / 2000, 500); page++) after = (await admin.get('records/deal', { sort: '-closed_on', fields: 'name', limit: 1000, ...(after ? { after } : {}) })).next
  const url = (cursor) => `${api}/records/deal?${new URLSearchParams({ sort: '-closed_on', fields: 'name', limit: 50, ...(cursor ? { after: cursor } : {}) })}`
  const pair = inTurn(rounds, { first: () => loadOf(pid, url(''), { seconds, headers }), deep: () => loadOf(pid, url(after), { seconds, headers }) })
  report('page at half depth against the first, CPU us', rows, `${round(pair.deep.cpuUs, 0)} (${round(pair.first.cpuUs, 0)})`, '<= 2 x', pair.deep.cpuUs <= 2 * pair.first.cpuUs)
}

async function benchWrites({ admin, api, pid, bare, rows, headers, record }) {
  const body = { name: 'A deal made by the bench', amount: { amount: '1000.00', currency: 'USD' }, closed_on: '2017-03-01' }
  for (const connections of [1, 64]) {
    const pair = inTurn(rounds, {
      ours: () => loadOf(pid, `${api}/records/deal`, { seconds, connections, headers, lua: post('/api/v1/records/deal', body) }),
      bare: () => loadOf(bare.pid, `${bare.base}/create`, { seconds, connections, lua: post('/create', body) }),
    })
    const factor = connections === 1 ? 0.85 : 2
    report(`create at ${connections} connections, a second (bare)`, rows, `${round(pair.ours.perSecond, 0)} (${round(pair.bare.perSecond, 0)})`, `>= ${factor} x`, pair.ours.perSecond >= factor * pair.bare.perSecond)
    if (connections === 64) {
      report('create at 64 connections, p99 ms', rows, round(pair.ours.p99Ms, 1), '<= 40', pair.ours.p99Ms <= 40)
      await benchUpdate({ admin, pid, api, rows, headers, record, createUs: pair.ours.cpuUs })
    }
  }
}

/** One field of one record with If-Match, one after the other. */
async function benchUpdate({ admin, pid, rows, record, createUs }) {
  let { version } = await admin.get(`records/deal/${record.id}`)
  const count = 2000
  const before = cpuSeconds(pid)
  for (let n = 0; n < count; n++) {
    const answer = await admin.request('PATCH', `records/deal/${record.id}`, { body: { next_step: `step ${n}` }, headers: { 'If-Match': `"${version}"` } })
    if (answer.status !== 200) throw new Error(answer.text)
    version = answer.body.version
  }
  const us = ((cpuSeconds(pid) - before) / count) * 1e6
  report('update of one field with If-Match, CPU us (create)', rows, `${round(us, 0)} (${round(createUs, 0)})`, '<= 1.2 x', us <= 1.2 * createUs)
}

function benchSearch({ api, pid, rows, headers }) {
  const ask = (q) => loadOf(pid, `${api}/search?${new URLSearchParams({ q })}`, { seconds, connections: 1, headers })
  const found = inTurn(rounds, { selective: () => ask(`number ${Math.floor(rows / 3)}`), letters: () => ask('de') })
  report('search, selective, p99 ms', rows, round(found.selective.p99Ms, 1), '<= 5', found.selective.p99Ms <= 5)
  report('search by two letters, p99 ms', rows, round(found.letters.p99Ms, 1), '<= 30', found.letters.p99Ms <= 30)
}

console.log(`${'what'.padEnd(52)} ${'records'.padStart(9)}  ${'measured (reference)'.padEnd(34)} ${'target'.padEnd(24)}`)
try {
  for (const rows of sizes) await benchSize(rows)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
summary()
