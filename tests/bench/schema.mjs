// Changes of the schema under load: a hundred writes and three hundred reads a second on one entity
// while each kind of change runs. Any answer that is not 2xx fails; the longest wait of a reader and
// of a writer is printed for each change, beside how long the change took.
//
//   node tests/bench/schema.mjs [--rows 100000] [--engine sqlite|postgres] [--reads 300] [--writes 100]
//                               [--keep FOLDER] [--only "add an indexed field,hide"]
// With --keep the filled database (SQLite) is kept in FOLDER/ROWS and copied from there the next time.
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { createInstance } from '../support/perigee.mjs'

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]
}
const ROWS = Number(option('rows', 100_000))
const ENGINE = option('engine', 'sqlite')
const READS = Number(option('reads', 300))
const WRITES = Number(option('writes', 100))
const LEAST_MS = 2000
const OPEN_MAX = 64
const BEHIND_MS = 500
const TARGET_READ_MS = 100
const TARGET_WRITE_MS = 500

const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const perigee = createInstance(ENGINE, { onDisk: true })
perigee.cli(['user', 'add', 'root', '--role', 'admin'])
const token = perigee.token('root')
await perigee.serve()
let admin = perigee.client(token)

const KEPT = ENGINE === 'sqlite' && option('keep', null) && join(option('keep', null), String(ROWS))
if (KEPT && existsSync(KEPT)) await takeKept()
else await fill()
const ids = (await admin.get('records/asset', { limit: '1000' })).records.map((r) => r.id)

async function takeKept() {
  await perigee.stop()
  rmSync(perigee.data, { recursive: true })
  cpSync(KEPT, perigee.data, { recursive: true })
  const token = perigee.token('root')
  await perigee.serve()
  admin = perigee.client(token)
}

async function fill() {
  await admin.expect(200, 'PUT', 'schema/entities/asset', {
    body: {
      label: 'Asset',
      title: 'name',
      fields: { name: { type: 'text' }, code: { type: 'text' }, size: { type: 'text' }, spare: { type: 'text' }, weight: { type: 'integer', index: true } },
    },
  })
  const file = join(perigee.folder, 'asset.csv')
  writeFileSync(file, 'name,code,size,spare,weight\n')
  for (let from = 0; from < ROWS; from += 100_000) {
    const lines = []
    for (let n = from; n < Math.min(from + 100_000, ROWS); n++) lines.push(`Asset ${n},code${n},${n},x,${n % 1000}`)
    writeFileSync(file, lines.join('\n') + '\n', { flag: 'a' })
  }
  perigee.cli(['import', 'asset', file])
  if (!KEPT) return
  await perigee.stop()
  cpSync(perigee.data, KEPT, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  await perigee.serve()
  admin = perigee.client(token)
}

/** Requests at a rate, whatever the answers take; ends when told. */
function load(perSecond, ask) {
  const found = { count: 0, failed: 0, worst: 0, slow: 0, example: null, times: [] }
  const open = new Set()
  let stop = false
  const run = (async () => {
    const begun = performance.now()
    let late = 0 // what a machine that is too slow for the rate has put off
    for (let n = 0; !stop; n++) {
      const due = begun + late + (n * 1000) / perSecond
      await pause(Math.max(0, due - performance.now()))
      while (open.size >= OPEN_MAX) await Promise.race(open)
      const behind = performance.now() - due
      if (behind > BEHIND_MS) late += behind
      const from = performance.now()
      const one = ask(n)
        .then((reply) => {
          const took = performance.now() - from
          found.count++
          found.worst = Math.max(found.worst, took)
          found.times.push(took)
          if (reply.status >= 300) {
            found.failed++
            found.example ??= `${reply.method} ${reply.path}: ${reply.status} ${reply.text.slice(0, 300)}`
          }
        })
        .catch((error) => {
          found.failed++
          found.example ??= String(error)
        })
        .finally(() => open.delete(one))
      open.add(one)
    }
    await Promise.all(open)
  })()
  return {
    end: async () => {
      stop = true
      await run
      found.times.sort((a, b) => a - b)
      found.p99 = found.times[Math.floor(found.times.length * 0.99)] ?? 0
      return found
    },
  }
}

const some = (n) => ids[(n * 7919) % ids.length]
const read = (n) => admin.request('GET', n % 3 === 0 ? 'records/asset?limit=50&sort=-weight' : `records/asset/${some(n)}`)
const write = (n) => admin.request('PATCH', `records/asset/${some(n)}`, { body: { name: `Asset ${n} ${Math.random()}` } })

async function settled() {
  for (;;) {
    const { migrations } = await admin.get('schema/migrations')
    const open = migrations.filter((m) => m.state === 'queued' || m.state === 'running')
    const failed = migrations.find((m) => m.state === 'failed')
    if (failed) throw new Error(JSON.stringify(failed))
    if (open.length === 0) return
    await pause(100)
  }
}

let allGood = true
const row = (...cells) => console.log(cells.map((c, i) => String(c).padEnd(i ? 12 : 26)).join(''))

/** What the server says of the steps since the last time: the writer's own time in them. */
let told = 0
function steps() {
  const lines = perigee.log.slice(told).split('\n').filter((line) => line.includes('event=schema_step step='))
  told = perigee.log.length
  for (const line of lines) console.log(`  ${line.slice(line.indexOf('step='))}`)
}

const only = option('only', null)?.split(',')

async function during(what, change) {
  if (only && !only.includes(what)) return
  const reads = load(READS, read)
  const writes = load(WRITES, write)
  await pause(300)
  const from = performance.now()
  await change()
  await settled()
  const took = performance.now() - from
  if (took < LEAST_MS) await pause(LEAST_MS - took)
  const [r, w] = [await reads.end(), await writes.end()]
  const good = r.failed + w.failed === 0 && r.worst <= TARGET_READ_MS && w.worst <= TARGET_WRITE_MS
  allGood &&= good
  row(what, `${(took / 1000).toFixed(1)} s`, r.worst.toFixed(0), r.p99.toFixed(1), w.worst.toFixed(0), w.p99.toFixed(1), r.count + w.count, r.failed + w.failed, good ? 'ok' : 'MISSED')
  steps()
  if (r.example || w.example) console.log(`  ${r.example ?? w.example}`)
}

const put = (field, body, query = '') => admin.expect(200, 'PUT', `schema/entities/asset/fields/${field}${query}`, { body })
const drop = (field, query = '') => admin.expect(200, 'DELETE', `schema/entities/asset/fields/${field}${query}`)

console.log(`${ENGINE}, ${ROWS} rows, ${READS} reads and ${WRITES} writes a second; ms; load average ${loadavg()[0].toFixed(1)}`)
row('change', 'took', 'read max', 'read p99', 'write max', 'write p99', 'answers', 'failed', '')
// What the machine does to requests by itself.
await during('nothing', () => pause(LEAST_MS))
await during('add a field', () => put('colour', { type: 'text' }))
await during('add an indexed field', () => put('kind', { type: 'integer', index: true }))
await during('index a filled field', () => put('code', { type: 'text', index: true }))
await during('rename', () => put('mark', { type: 'text', was: 'code' }))
await during('make searchable', () => put('mark', { type: 'text', search: true, sort: true }))
await during('make unique', () => put('mark', { type: 'text', search: true, sort: true, unique: true }))
await during('change the type', () => put('size', { type: 'integer' }))
await during('add a stored formula', () => put('twice', { type: 'formula', formula: 'size * 2' }))
await during('hide', () => drop('spare'))
await during('restore', () => put('spare', { type: 'text' }))
await during('recycle', () => drop('spare', '?recycle=1'))
await perigee.stop()
const check = perigee.cli(['check'])
console.log(check.trim().split('\n').pop())
await perigee.close()
process.exit(allGood ? 0 : 1)
