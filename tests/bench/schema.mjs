// Changes of the schema under load: a hundred writes and three hundred reads a second on one entity
// while each kind of change runs. Any answer that is not 2xx fails; for each change are printed how
// long it took, the longest wait of a reader and of a writer, and beside them what the machine does to
// requests by itself: the longest flush of another file on the same disk, and how long this program
// was kept from running. At the end `check`.
//
//   node tests/bench/schema.mjs [--rows 100000] [--engine sqlite|postgres] [--reads 300] [--writes 100]
//                               [--keep FOLDER] [--only "add an indexed field,hide"]
// With --keep the filled database (SQLite) is kept in FOLDER/ROWS and copied from there the next time.
// A million rows take about 6 minutes on SQLite and 8 on PostgreSQL; a step that takes longer than
// STEP_MAX_MS ends the run.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { createInstance } from '../support/perigee.mjs'
import { flushDelay, load, ownDelay, pause } from './rate.mjs'

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]
}
const ROWS = Number(option('rows', 100_000))
const ENGINE = option('engine', 'sqlite')
const READS = Number(option('reads', 300))
const WRITES = Number(option('writes', 100))
const PARTS = ROWS / 10
const LEAST_MS = 2000
const STEP_MAX_MS = 10 * 60_000
const TARGET_READ_MS = 100
const TARGET_WRITE_MS = 500

const began = performance.now()
const perigee = createInstance(ENGINE, { onDisk: true })
if (!perigee) {
  console.log(`${ENGINE} is not installed`)
  process.exit(0)
}
perigee.cli(['user', 'add', 'root', '--role', 'admin'])
const token = perigee.token('root')
await perigee.serve()
let admin = perigee.client(token)

const KEPT = ENGINE === 'sqlite' && option('keep', null) && join(option('keep', null), String(ROWS))
if (KEPT && existsSync(KEPT)) await takeKept()
else await fill()
execFileSync('sync') // what the filling left to be written is none of what is measured
const ids = (await admin.get('records/asset', { limit: '1000' })).records.map((r) => r.id)

async function takeKept() {
  await perigee.stop()
  rmSync(perigee.data, { recursive: true })
  cpSync(KEPT, perigee.data, { recursive: true })
  const token = perigee.token('root')
  await perigee.serve()
  admin = perigee.client(token)
}

function write(name, head, rows, line) {
  const file = join(perigee.folder, `${name}.csv`)
  writeFileSync(file, `${head}\n`)
  for (let from = 0; from < rows; from += 100_000) {
    const lines = Array.from({ length: Math.min(100_000, rows - from) }, (_, n) => line(from + n))
    writeFileSync(file, lines.join('\n') + '\n', { flag: 'a' })
  }
  return file
}

async function fill() {
  await admin.expect(200, 'PUT', 'schema/entities/asset', {
    body: {
      label: 'Asset',
      title: 'name',
      fields: { name: { type: 'text' }, code: { type: 'text' }, size: { type: 'text' }, spare: { type: 'text' }, weight: { type: 'integer', index: true } },
    },
  })
  await admin.expect(200, 'PUT', 'schema/entities/part', { body: { label: 'Part', title: 'name', fields: { name: { type: 'text' }, asset: { type: 'ref', entity: 'asset' }, n: { type: 'integer' } } } })
  const assets = write('asset', 'key,name,code,size,spare,weight', ROWS, (n) => `A${n},Asset ${n},code${n},${n},x,${n % 1000}`)
  perigee.cli(['import', 'asset', assets, '--map', 'key=external_id,name=name,code=code,size=size,spare=spare,weight=weight'])
  const parts = write('part', 'name,asset,n', PARTS, (n) => `Part ${n},A${(n * 37) % ROWS},${n % 9}`)
  perigee.cli(['import', 'part', parts])
  if (ENGINE === 'postgres') perigee.sql('ANALYZE') // what autovacuum does elsewhere: it is off in the tests' server
  if (!KEPT) return
  await perigee.stop()
  cpSync(perigee.data, KEPT, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  await perigee.serve()
  admin = perigee.client(token)
}

const some = (n) => ids[(n * 7919) % ids.length]
const read = (n) => admin.request('GET', n % 3 === 0 ? 'records/asset?limit=50&sort=-weight' : `records/asset/${some(n)}`)
const patch = (n, body) => admin.request('PATCH', `records/asset/${some(n)}`, { body })
const rename = (n) => patch(n, { name: `Asset ${n} ${Math.random()}` })
const recode = (field) => (n) => patch(n, { [field]: `fresh ${Math.random()}` })

/** Until nothing runs or waits; the steps that failed since then. */
async function settled(since) {
  for (const until = performance.now() + STEP_MAX_MS; performance.now() < until; ) {
    const { migrations } = await admin.get('schema/migrations')
    if (!migrations.some((m) => m.state === 'queued' || m.state === 'running')) return migrations.filter((m) => m.state === 'failed' && Date.parse(m.at) >= since)
    await pause(100)
  }
  throw new Error(`a change takes longer than ${STEP_MAX_MS / 1000} s`)
}

let allGood = true
const row = (...cells) => console.log(cells.map((c, i) => String(c).padEnd(i ? 11 : 26)).join(''))

/** What the server says of the steps since the last time: the writer's own time in them. */
let told = 0
function steps() {
  const lines = perigee.log.slice(told).split('\n').filter((line) => line.includes('event=schema_step step='))
  told = perigee.log.length
  for (const line of lines) console.log(`  ${line.slice(line.indexOf('step='))}`)
}

const only = option('only', null)?.split(',')

/** `refused`: the step is to fail, with a report of so many rows. */
async function during(what, change, { writing = rename, refused = 0 } = {}) {
  if (only && !only.includes(what)) return change().then(() => settled(0))
  const since = Date.now() - 1
  const delay = ownDelay()
  const flush = flushDelay(join(perigee.folder, 'flush'))
  const reads = load(READS, read)
  const writes = load(WRITES, writing)
  await pause(300)
  const from = performance.now()
  await change()
  const failed = await settled(since)
  const took = performance.now() - from
  if (took < LEAST_MS) await pause(LEAST_MS - took)
  const [r, w] = [await reads.end(), await writes.end()]
  const kept = delay()
  const flushed = await flush()
  const asExpected = refused ? failed.length === 1 && failed[0].detail.count >= refused && failed[0].detail.ids.length > 0 : failed.length === 0
  const good = asExpected && r.failed + w.failed === 0 && r.worst <= TARGET_READ_MS && w.worst <= TARGET_WRITE_MS
  allGood &&= good
  row(what, `${(took / 1000).toFixed(1)} s`, r.worst.toFixed(0), r.p99.toFixed(1), w.worst.toFixed(0), w.p99.toFixed(1), flushed.toFixed(0), kept.toFixed(0), r.count + w.count, r.failed + w.failed, good ? 'ok' : 'MISSED')
  steps()
  if (r.worst > TARGET_READ_MS) console.log(`  the longest read: ${r.worstOf}, asked ${((r.worstAt - 300) / 1000).toFixed(1)} s after the change`)
  if (w.worst > TARGET_WRITE_MS) console.log(`  the longest write: asked ${((w.worstAt - 300) / 1000).toFixed(1)} s after the change`)
  if (r.example || w.example) console.log(`  ${r.example ?? w.example}`)
  for (const m of failed) console.log(`  ${m.step} ${m.subject}: ${JSON.stringify(m.detail).slice(0, 200)}`)
}

const put = (field, body, query = '') => admin.expect(200, 'PUT', `schema/entities/asset/fields/${field}${query}`, { body })
const drop = (field, query = '') => admin.expect(200, 'DELETE', `schema/entities/asset/fields/${field}${query}`)
const text = (...flags) => ({ type: 'text', ...Object.fromEntries(flags.map((flag) => [flag, true])) })

console.log(`${ENGINE}, ${ROWS} rows, ${READS} reads and ${WRITES} writes a second; ms; load average ${loadavg()[0].toFixed(1)}; filled in ${((performance.now() - began) / 1000).toFixed(0)} s`)
row('change', 'took', 'read max', 'read p99', 'write max', 'write p99', 'a flush', 'own delay', 'answers', 'failed', '')
await during('nothing', () => pause(LEAST_MS))
await during('add a field', () => put('colour', text()))
await during('add an indexed field', () => put('kind', { type: 'integer', index: true }))
await during('index a filled field', () => put('code', text('index')), { writing: recode('code') })
await during('rename', () => put('mark', { ...text(), was: 'code' }))
await during('make sortable', () => put('mark', text('sort')))
await during('make searchable', () => put('mark', text('search', 'sort')), { writing: recode('mark') })
await during('make unique', () => put('mark', text('search', 'sort', 'unique')), { writing: recode('mark') })
await during('unique, over duplicates', () => put('weight', { type: 'integer', index: true, unique: true }), { refused: ROWS })
await put('weight', { type: 'integer', index: true })
await during('change the type', () => put('size', { type: 'integer' }))
await during('add a stored formula', () => put('twice', { type: 'formula', formula: 'size * 2' }))
await during('add a roll-up', () => put('parts', { type: 'rollup', of: 'part', by: 'asset', value: 'count()' }))
await during('hide', () => drop('spare'))
await during('restore', () => put('spare', text()))
await during('recycle', () => drop('spare', '?recycle=1'))
await settled(0)
await perigee.stop()
const check = perigee.cli(['check'])
console.log(check.trim().split('\n').pop())
await perigee.close()
console.log(`${((performance.now() - began) / 1000).toFixed(0)} s, load average ${loadavg()[0].toFixed(1)}`)
process.exit(allGood ? 0 : 1)
