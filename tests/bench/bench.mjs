// Speed against the targets: each figure of Perigee is taken in turn with its reference in this one
// run, at three sizes, so that a noisy machine hits both and the slope shows.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importBare, importDeals, importLedger, searchIndexMb, writeDeals } from './deals.mjs'
import { beside, heading, inTurn, loadOf, median, memoryMb, peakMb, report, round, skipped, summary } from './measure.mjs'
import { copyForBare, createPerigee, delayEnv, startBare, startPlain } from './programs.mjs'
import { benchHello, benchList, benchRead, benchReport, benchSearch, pointUrl } from './reads.mjs'
import { bareCreateOn, benchCreate, benchMeanwhile, benchUpdate, createOn, newDeal } from './writes.mjs'

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const option = (name, otherwise) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise
const sizes = option('sizes', '10000,100000,1000000').split(',').map(Number)
const seconds = Number(option('seconds', 2))
const rounds = Number(option('rounds', 3))
const wants = (name) => names.length === 0 || names.includes(name)
const folder = mkdtempSync(join(tmpdir(), 'perigee-bench-'))
const STARTS = 5
const PLAIN_CONNECTIONS = [4, 16, 32]

async function startMs(perigee) {
  const begun = process.hrtime.bigint()
  await perigee.serve()
  return Number(process.hrtime.bigint() - begun) / 1e6
}

async function benchStart(perigee, rows) {
  const taken = []
  for (let n = 0; n < STARTS; n++) {
    await perigee.stop()
    taken.push(await startMs(perigee))
  }
  const ms = median(taken)
  report('start to listening, ms', rows, round(ms, 0), '<= 100', ms <= 100, { cost: ms })
  const atRest = memoryMb(perigee.server.pid)
  report('memory at rest, MB anonymous', rows, round(atRest, 1), '<= 25', atRest <= 25, { cost: atRest })
}

/** What every measurement gets: the programs and how to ask them. */
async function context(perigee, bare, rows, token) {
  const admin = perigee.client(token)
  const [record] = (await admin.get('records/deal', { limit: 1, where: `external_id == 'K${Math.floor(rows / 2)}'` })).records
  const [stage] = (await admin.get('records/stage', { where: "name == 'Negotiation'", limit: 1 })).records
  const headers = { Authorization: `Bearer ${token}` }
  return { perigee, pid: perigee.server.pid, bare, rows, token, admin, headers, record, stage, rounds, seconds, folder }
}

async function benchLoads(c) {
  if (wants('hello') && c.rows === sizes[0]) await benchHello(c)
  if (wants('read')) await benchRead(c)
  if (wants('list')) await benchList(c)
  if (wants('search')) await benchSearch(c)
  if (wants('report')) await benchReport(c)
  if (wants('create')) {
    await benchCreate(c, { connections: 1, factor: 0.85 })
    await benchCreate(c, { connections: 64, factor: 2 })
  }
  if (wants('update')) await benchUpdate(c)
  const peak = peakMb(c.pid)
  report('memory under load, MB anonymous', c.rows, round(peak, 1), '<= 60', peak <= 60, { cost: peak })
}

/** Both programs anew, with flushes that take longer. */
async function benchLate(perigee, rows, token, copy) {
  await perigee.stop()
  await perigee.serve({ env: delayEnv(true) })
  const bare = await startBare(copy, rows, { late: true })
  try {
    await benchCreate(await context(perigee, bare, rows, token), { connections: 64, factor: 10, late: true })
  } finally {
    await bare.stop()
    await perigee.stop()
    await perigee.serve()
  }
}

/** The same table into an entity of the same columns and indexes; then the instance is gone. */
async function benchImport(rows, file) {
  const imported = importBare(folder, file, rows)
  const perigee = createPerigee('sqlite')
  try {
    const rate = importLedger(perigee, file, rows)
    report('import, rows a second (sqlite3 .import), three indexes', rows, beside(rate, imported), '>= 60 %', rate >= 0.6 * imported, { cost: 1e6 / rate })
  } finally {
    await perigee.close()
  }
}

async function benchSqlite(rows, file) {
  const perigee = createPerigee('sqlite')
  try {
    const rate = importDeals(perigee, file, rows)
    report('import of deals with stage history, rows a second', rows, round(rate, 0), '', null, { cost: 1e6 / rate })
    const indexMb = (searchIndexMb(perigee) * 1e6) / rows
    report('search index, MB a million', rows, round(indexMb, 1), '<= 80', indexMb <= 80, { cost: indexMb })
    const token = perigee.token('root')
    const copy = await copyForBare(perigee, folder, token, newDeal)
    await benchStart(perigee, rows)
    const bare = await startBare(copy, rows)
    try {
      await benchLoads(await context(perigee, bare, rows, token))
    } finally {
      await bare.stop()
    }
    if (wants('late')) await benchLate(perigee, rows, token, copy)
    if (wants('postgres')) await benchPostgres(await context(perigee, null, rows, token), file)
    if (wants('import')) await benchMeanwhile(await context(perigee, null, rows, token))
  } finally {
    await perigee.close()
  }
}

/** The best that libpq does with one transaction a request, over numbers of connections. */
async function bestPlain({ uri, pid: server }) {
  let best = { perSecond: 0 }
  for (const connections of PLAIN_CONNECTIONS) {
    const plain = await startPlain(uri, connections)
    try {
      const run = await bareCreateOn(plain.pid, plain.base, { seconds, connections: 64, server })
      if (run.perSecond > best.perSecond) best = run
    } finally {
      await plain.stop()
    }
  }
  return best
}

async function benchPostgres(sqlite, file) {
  const { rows, rounds: turns } = sqlite
  const perigee = createPerigee('postgres')
  if (!perigee) return skipped('PostgreSQL engine', rows, 'PostgreSQL is not installed')
  try {
    importDeals(perigee, file, rows)
    const token = perigee.token('root')
    await perigee.serve()
    const c = await context(perigee, null, rows, token)
    const server = perigee.postgres.pid
    const read = await inTurn(turns, {
      ours: () => loadOf(c.pid, pointUrl(perigee.base, c.record.id), { seconds, headers: c.headers, server }),
      sqlite: () => loadOf(sqlite.pid, pointUrl(sqlite.perigee.base, sqlite.record.id), { seconds, headers: sqlite.headers }),
    })
    report('PostgreSQL: point read, a second (SQLite)', rows, beside(read.ours.perSecond, read.sqlite.perSecond), '>= 50 %', read.ours.perSecond >= 0.5 * read.sqlite.perSecond, { cpuUs: read.ours.cpuUs, cost: read.ours.cpuUs })
    report('PostgreSQL: point read, CPU us of its server', rows, round(read.ours.serverUs, 0), '', null, { cpuUs: read.ours.cpuUs })
    const create = await inTurn(turns, {
      plain: () => bestPlain(perigee.postgres),
      ours: () => createOn(c.pid, perigee.base, { seconds, connections: 64, headers: c.headers, server }),
    })
    const { ours, plain } = create
    report('PostgreSQL: create at 64 connections, a second (best libpq)', rows, beside(ours.perSecond, plain.perSecond), '>= 1.5 x', ours.perSecond >= 1.5 * plain.perSecond, { cpuUs: ours.cpuUs, cost: ours.cpuUs })
    report('PostgreSQL: create, CPU us of its server (best libpq)', rows, beside(ours.serverUs, plain.serverUs), '', null, { cpuUs: ours.cpuUs })
  } finally {
    await perigee.close()
  }
}

function benchBefore() {
  for (const [where, programs, most] of [['in process', [], 1.5], ['in a worker', [process.env.PERIGEE], 80]]) {
    const run = spawnSync(process.env.BEFORE, [mkdtempSync(join(folder, 'before-')), ...programs], { encoding: 'utf8' })
    if (run.status !== 0) throw new Error(run.stderr)
    const us = Number(run.stdout)
    report(`before-handler in Lua, ${where}, CPU us`, 1, round(us, 2), `<= ${most}`, us <= most, { cpuUs: us })
  }
}

heading()
try {
  if (wants('before')) benchBefore()
  for (const rows of sizes) {
    const file = writeDeals(folder, rows)
    await benchImport(rows, file)
    await benchSqlite(rows, file)
    rmSync(file, { force: true })
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `bare.db${end}`), { force: true })
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
summary()
