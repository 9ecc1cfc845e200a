// An entity of 300 fields, and one field made and recycled again and again (2,000 times in full): what
// records must do everywhere - lists, filters, orders, pages, keys, search, trash, the past, undo,
// groups - they do on that entity, before and after, as a plain model in memory says.
//
//   node tests/fault/fields.mjs [--full] [--fields N] [--cycles N] [--engine sqlite|postgres]
import { readFileSync } from 'node:fs'
import { createInstance } from '../support/perigee.mjs'
import { Count, isFull, option, pause, randomOf } from './support/count.mjs'

const ENGINE = option('engine', 'sqlite')
const FIELDS = Number(option('fields', 300))
const CYCLES = Number(option('cycles', isFull ? 2000 : 12))
const ROWS = 120
const PAGE = 17
const BATCH = 20 // a body may have 10,000 values

const random = randomOf(7)
const count = new Count()
const perigee = createInstance(ENGINE)
if (!perigee) {
  console.log('skipped: PostgreSQL is not installed')
  process.exit(0)
}
perigee.cli(['user', 'add', 'root', '--role', 'admin'])
const token = perigee.token('root')
await perigee.serve()
const admin = perigee.client(token)

// ---- the entity ------------------------------------------------------------------------------
const some = (n) => Math.floor(random() * n)
const words = ['Апрель', 'Ёлка', 'berlin', 'Çelik', 'delta', 'Zürich', 'omega', 'x y']
const kinds = [
  { type: { type: 'text', sort: true }, value: () => `${words[some(words.length)]} ${some(40)}` },
  { type: { type: 'integer' }, value: () => some(2000) - 1000 },
  { type: { type: 'decimal' }, value: () => String(some(9000) / 100) },
  { type: { type: 'boolean' }, value: () => some(2) === 1 },
  { type: { type: 'date' }, value: () => `20${10 + some(20)}-0${1 + some(9)}-1${some(10)}` },
  { type: { type: 'long_text' }, value: () => words.slice(some(words.length)).join('\n') },
  { type: { type: 'money' }, value: () => ({ amount: `${some(5000)}.5`, currency: 'USD' }) },
  { type: { type: 'time' }, value: () => new Date(1.6e12 + some(1e9) * 100).toISOString() },
]
const fields = {
  name: { type: 'text', search: true, sort: true },
  code: { type: 'text', unique: true },
  weight: { type: 'integer', index: true },
  twice: { type: 'formula', formula: 'weight * 2' },
}
const fillers = []
for (let n = 0; fillers.length < FIELDS - 5; n++) {
  const kind = kinds[n % kinds.length]
  const name = `f_${n}`
  fillers.push({ name, ...kind })
  // Not all are sorted: an index a field would be one for each of three hundred columns.
  fields[name] = n < 24 ? kind.type : { type: kind.type.type }
}

await admin.expect(200, 'PUT', 'schema/entities/wide', { body: { label: 'Wide', title: 'name', fields } })
await settled()

async function settled() {
  for (const deadline = Date.now() + 60_000; ; ) {
    const { migrations } = await admin.get('schema/migrations')
    const open = migrations.filter((m) => m.state === 'queued' || m.state === 'running')
    if (!open.length) return count.equal(migrations.filter((m) => m.state === 'failed').length, 0, 'steps that failed')
    if (Date.now() > deadline) return count.check(false, `still open: ${JSON.stringify(open)}`)
    await pause(10)
  }
}

// ---- what records must do --------------------------------------------------------------------
const model = new Map()
const newest = (id) => model.get(id)

function rowOf(n) {
  const row = { name: `Item ${String(n).padStart(4, '0')} ${words[n % words.length]}`, code: `code-${n}`, weight: (n * 37) % 50 }
  for (const f of fillers) if (random() < 0.7) row[f.name] = f.value()
  return row
}

/** A value as the API shows it. */
function shown(value) {
  if (value && typeof value === 'object') return Number(value.amount)
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value)
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return Date.parse(value)
  return value ?? null
}

function isSame(found, wanted) {
  if (found.twice !== wanted.weight * 2) return `twice ${found.twice}`
  for (const key of ['name', 'code', 'weight', ...fillers.map((f) => f.name)])
    if (shown(found[key]) !== shown(wanted[key])) return `${key}: ${JSON.stringify(found[key])}, wanted ${JSON.stringify(wanted[key])}`
  return null
}

const ids = (records) => records.map((r) => r.id).join()
async function paged(query) {
  const records = []
  for (let after; ; ) {
    const page = await admin.get('records/wide', { limit: String(PAGE), ...query, ...(after ? { after } : {}) })
    records.push(...page.records)
    if (!page.next) return records
    after = page.next
  }
}

async function filled(from) {
  const operations = Array.from({ length: ROWS }, (_, n) => ({ op: 'create', entity: 'wide', set: rowOf(from + n) }))
  const own = []
  for (let at = 0; at < ROWS; at += BATCH) {
    const made = await admin.expect(200, 'POST', 'batch', { body: { operations: operations.slice(at, at + BATCH) } })
    own.push(...made.results.map((r) => r.id))
  }
  own.forEach((id, n) => model.set(id, operations[n].set))
  return own
}

async function conform(what, from) {
  const own = await filled(from)
  const all = await admin.all('wide')
  count.equal(all.length, model.size, `${what}: records`)
  const wrong = all.map((r) => isSame(r, newest(r.id))).find((difference) => difference)
  count.check(!wrong, `${what}: ${wrong}`)

  const byWeight = [...model].sort(([a, x], [b, y]) => y.weight - x.weight || (BigInt(a) < BigInt(b) ? -1 : 1))
  const sorted = await paged({ sort: '-weight' })
  count.equal(sorted.map((r) => r.weight).join(), byWeight.map(([, r]) => r.weight).join(), `${what}: in order, page by page`)
  count.equal(new Set(sorted.map((r) => r.id)).size, model.size, `${what}: each once`)
  const light = await paged({ where: 'weight < 20 and starts_with(name, "item")', sort: 'name' })
  const wanted = [...model].filter(([, r]) => r.weight < 20).sort(([, x], [, y]) => (x.name < y.name ? -1 : 1))
  count.equal(ids(light), wanted.map(([id]) => id).join(), `${what}: filtered`)
  for (const f of fillers.filter((_, n) => n % 29 === 0 || n === fillers.length - 1)) {
    const empty = await admin.get('records/wide', { where: `${f.name} == nil`, count: 'exact', limit: '1' })
    const without = [...model.values()].filter((r) => r[f.name] === undefined || r[f.name] === null).length
    count.equal(empty.total.value, without, `${what}: without ${f.name}`)
  }
  const groups = (await admin.query({ from: 'wide', group: ['weight'], measures: { n: 'count()', s: 'sum(twice)' } })).rows
  const bad = groups.find((g) => {
    const same = [...model.values()].filter((r) => r.weight === g.weight).length
    return Number(g.n) !== same || Number(g.s) !== same * 2 * g.weight
  })
  count.check(!bad && groups.length === new Set([...model.values()].map((r) => r.weight)).size, `${what}: grouped ${JSON.stringify(bad)}`)
  const met = (await admin.get('search', { q: `Item ${String(from + 3).padStart(4, '0')}` })).results
  count.check(met.some((r) => r.id === own[3]), `${what}: found by its name`)
  await changed(what, own)
}

async function changed(what, own) {
  const before = newest(own[0])
  const was = await admin.get(`records/wide/${own[0]}`)
  const set = { weight: 77, name: `${before.name} anew` }
  for (const f of fillers) set[f.name] = random() < 0.5 ? f.value() : null
  await pause(5)
  const now = await admin.patch('wide', own[0], set)
  count.check(!isSame(now, { ...before, ...set }), `${what}: changed`)
  const past = await admin.get(`records/wide/${own[0]}`, { as_of: was.updated_at })
  count.check(!isSame(past, before), `${what}: as of then: ${isSame(past, before)}`)
  const taken = await admin.request('PATCH', `records/wide/${own[1]}`, { body: { code: newest(own[2]).code.toUpperCase() } })
  count.equal(taken.status, 409, `${what}: the key is taken`)
  const { records: changes } = await admin.get(`records/wide/${own[0]}/changes`)
  count.check(changes?.length >= 2, `${what}: told by its history`)
  await admin.expect(204, 'DELETE', `records/wide/${own[5]}`)
  count.equal((await admin.request('GET', `records/wide?${new URLSearchParams({ where: `code == "${newest(own[5]).code}"` })}`)).body.records.length, 0, `${what}: in the trash`)
  const back = await admin.expect(200, 'POST', `records/wide/${own[5]}/restore`)
  count.check(!isSame(back, newest(own[5])), `${what}: had back`)
  await admin.patch('wide', own[0], Object.fromEntries(Object.keys(set).map((key) => [key, before[key] ?? null])))
  count.check(!isSame(await admin.get(`records/wide/${own[0]}`), before), `${what}: as it was`)
}

await conform('with its fields', 0)

// ---- one field, made and recycled --------------------------------------------------------------
const known = async () => (await admin.get('schema/entities/wide')).fields.length
const types = [{ type: 'text', sort: true }, { type: 'integer', index: true }, { type: 'text' }, { type: 'money' }, { type: 'integer' }]
const before = await known()
/** Processor time that the server has used, in ms: what a cycle costs must not grow with those before it. */
const used = () => {
  const fields = readFileSync(`/proc/${perigee.server.pid}/stat`, 'latin1').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
const PART = Math.max(1, Math.floor(CYCLES / 10))
const marks = [used()]
for (let n = 0; n < CYCLES; n++) {
  const made = await admin.request('PUT', 'schema/entities/wide/fields/passing', { body: types[n % types.length] })
  if (n % 50 < types.length && made.status === 200 && n % types.length < 3)
    await admin.patch('wide', [...model.keys()][n % model.size], { passing: types[n % types.length].type === 'text' ? 'x' : 5 })
  const gone = await admin.request('DELETE', 'schema/entities/wide/fields/passing?recycle=1')
  if (made.status !== 200 || gone.status !== 200) count.check(false, `cycle ${n}: ${made.text} ${gone.text}`)
  if (n % 10 === 9) await settled()
  if ((n + 1) % PART === 0) marks.push(used())
}
await settled()
const costs = marks.slice(1).map((mark, n) => (mark - marks[n]) / PART)
count.equal(await known(), before, 'fields known after the cycles')
count.check(CYCLES < 100 || costs.at(-1) <= 3 * Math.max(costs[0], 20), `ms of the processor a cycle, by tenths: ${costs.map((cost) => cost.toFixed(0)).join(' ')}`)
await conform('after the cycles', ROWS)

count.equal(await perigee.stop(), 0, 'the end')
count.check(/no problems/.test(perigee.cli(['check'])), 'check')
console.error(`${FIELDS} fields, ${CYCLES} cycles, ms of the processor a cycle by tenths: ${costs.map((cost) => cost.toFixed(0)).join(' ')}`)
await perigee.close()
count.finish()
