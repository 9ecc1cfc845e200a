// kill -9 with a ledger. Clients write over REST with idempotency keys and repeat with the same key
// whatever was not answered; imports run as jobs; the server dies at random moments and is started
// again. In the end every acknowledged write is there exactly once and `check` finds nothing.
//
//   node tests/fault/kill.mjs [--full] [--cycles N] [--seed S] [--engine sqlite|postgres]
import { createInstance, program } from '../support/perigee.mjs'
import { Count, isFull, option, pause, randomOf } from './support/count.mjs'

const CYCLES = Number(option('cycles', isFull ? 100 : 5))
const SEED = Number(option('seed', 1))
const ENGINE = option('engine', 'sqlite')
const CLIENTS = 6
const ROWS = 700 // of each import, with a bad one every hundred rows
const READY_MS = program.includes('asan') || process.env.ASAN_OPTIONS ? 6000 : 2000 // sanitizers start three times slower

const random = randomOf(SEED)
const count = new Count()
const server = { perigee: null, token: null, up: null, isOver: false }

/** Resolves when requests can be answered. */
async function client() {
  while (!server.up) await pause(5)
  return server.perigee.client(server.token)
}

/** One request until it has an answer of its own: repeated, key and all, when the server dies or says 503. */
async function persist(method, path, options) {
  for (;;) {
    try {
      const answer = await (await client()).request(method, path, options)
      if (answer.status !== 503 && answer.status !== 500) return answer
      if (answer.status === 500) console.error(`500: ${answer.text}`)
    } catch {
      // the server died: once more
    }
    await pause(10)
  }
}

const keyed = (key, body) => ({ body, headers: { 'Idempotency-Key': key } })

// ---- what clients do --------------------------------------------------------------------------------
const ledger = [] // {key, id, version, employees, isTrashed}: as the last acknowledged write left it
let writes = 0

async function create(own, key) {
  const answer = await persist('POST', 'records/organization', keyed(key, { name: `Works ${key}`, external_id: key, employees: 0 }))
  if (!count.equal(answer.status, 201, `create ${key} ${answer.text}`)) return
  const entry = { key, id: answer.body.id, version: answer.body.version, employees: 0 }
  ledger.push(entry)
  own.push(entry)
  writes++
}

async function update(entry, key) {
  const employees = entry.employees + 1
  const answer = await persist('POST', 'batch', keyed(key, { operations: [{ op: 'update', entity: 'organization', id: entry.id, set: { employees } }] }))
  if (!count.equal(answer.status, 200, `update ${key} ${answer.text}`)) return
  entry.employees = employees
  entry.version++
  writes++
}

/** Two records or none. */
async function pair(own, key) {
  const make = (suffix) => ({ op: 'create', entity: 'organization', set: { name: `Pair ${key}`, external_id: `${key}${suffix}`, employees: 0 } })
  const answer = await persist('POST', 'batch', keyed(key, { operations: [make('-a'), make('-b')] }))
  if (!count.equal(answer.status, 200, `pair ${key} ${answer.text}`)) return
  answer.body.results.forEach((result, at) => {
    const entry = { key: `${key}${at ? '-b' : '-a'}`, id: result.id, version: 1, employees: 0 }
    ledger.push(entry)
    own.push(entry)
  })
  writes++
}

async function runClient(name) {
  const own = []
  for (let n = 0; !server.isOver; n++) {
    const key = `k${SEED}-${name}-${n}`
    const dice = random()
    if (own.length === 0 || dice < 0.45) await create(own, key)
    else if (dice < 0.55) await pair(own, key)
    else await update(own[Math.floor(random() * own.length)], key)
  }
}

// ---- imports ----------------------------------------------------------------------------------------
const imports = []

function table(name) {
  const rows = Array.from({ length: ROWS }, (_, n) => `${name}-${n},Import ${name} ${n},${n % 100 === 99 ? 'many' : n}`)
  return `external_id,name,employees\n${rows.join('\n')}\n`
}

async function startImport(name) {
  const answer = await persist('POST', 'imports?entity=organization&mode=create', {
    body: table(name),
    headers: { 'Content-Type': 'text/csv', 'Idempotency-Key': name },
  })
  if (count.equal(answer.status, 202, `import ${name} ${answer.text}`)) imports.push({ name, id: answer.body.id })
}

async function finishImport(one) {
  const deadline = Date.now() + 120_000
  for (;;) {
    const { body } = await persist('GET', `imports/${one.id}`)
    if (body.state === 'done') return body
    if (body.state === 'failed' || Date.now() > deadline) return body
    await pause(100)
  }
}

// ---- the server's life ------------------------------------------------------------------------------
async function start() {
  const from = Date.now()
  await server.perigee.serve()
  const answer = await fetch(`${server.perigee.base}/readyz`)
  const took = Date.now() - from
  count.check(answer.status === 200 && took <= READY_MS, `ready again after ${took} ms, status ${answer.status}`)
  server.up = true
}

async function kill() {
  server.up = false
  const by = await server.perigee.stop('SIGKILL')
  count.equal(by, 'SIGKILL', `the server died by the kill\n${by === 'SIGKILL' ? '' : server.perigee.log.slice(-4000)}`)
}

// ---- the reckoning ----------------------------------------------------------------------------------
async function all(where, fields) {
  const found = []
  for (let after = ''; ;) {
    const page = await server.perigee.client(server.token).get('records/organization', { where, fields, limit: 1000, ...(after ? { after } : {}) })
    found.push(...page.records)
    if (!page.next) return found
    after = page.next
  }
}

async function reckon() {
  const found = new Map()
  const stored = await all("starts_with(external_id, 'k')", 'external_id,employees,version')
  for (const record of stored) found.set(record.external_id, record)
  count.equal(stored.length, ledger.length, 'records made by clients')
  for (const entry of ledger) {
    const record = found.get(entry.key)
    const ok = record?.id === entry.id && record.version === entry.version && record.employees === entry.employees
    count.check(ok, `${JSON.stringify(entry)} is ${JSON.stringify(record)}`)
  }
  const rejected = Math.floor(ROWS / 100)
  for (const one of imports) {
    const state = await finishImport(one)
    const facts = [state.state, state.rows, state.created, state.updated, state.rejected]
    count.equal(facts.join(), ['done', ROWS, ROWS - rejected, 0, rejected].join(), `import ${one.name}`)
    count.equal((await all(`starts_with(external_id, '${one.name}-')`, 'external_id')).length, ROWS - rejected, `rows of import ${one.name}`)
  }
}

function check(where) {
  const report = server.perigee.json(['check'])
  count.equal(report.problems, 0, `check ${where}: ${JSON.stringify(report)}`)
}

server.perigee = createInstance(ENGINE)
if (!server.perigee) {
  console.log('skipped: PostgreSQL is not installed')
  process.exit(0)
}
server.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
server.token = server.perigee.token('root')
const work = []
for (let cycle = 0; cycle < CYCLES; cycle++) {
  await start()
  if (cycle === 0) for (let c = 0; c < CLIENTS; c++) work.push(runClient(`c${c}`))
  if (cycle % 3 === 0) work.push(startImport(`i${SEED}-${cycle}`))
  await pause(50 + random() * (cycle % 3 === 0 ? 2500 : 900))
  await kill()
  if (cycle % 10 === 9) check(`after kill ${cycle + 1}`)
}
await start()
server.isOver = true
await Promise.all(work)
await reckon()
check('beside the server')
count.equal(await server.perigee.stop(), 0, 'the server ends in order')
check('at the end')
console.error(`${CYCLES} kills, ${writes} acknowledged writes, ${imports.length} imports`)
await server.perigee.close()
count.finish()
