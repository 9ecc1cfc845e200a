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
const ledger = [] // {entity, key, id, version, number}: as the last acknowledged write left it
let writes = 0
let slowest = 0

// Prepared in the writer, and (because of its handler) on a reader.
const kinds = { organization: { title: 'name', number: 'employees' }, lead: { title: 'last_name', number: 'score' } }
const fresh = (entity, key) => ({ [kinds[entity].title]: `Works ${key}`, external_id: key, [kinds[entity].number]: 0 })

async function create(own, key) {
  const entity = random() < 0.5 ? 'organization' : 'lead'
  const answer = await persist('POST', `records/${entity}`, keyed(key, fresh(entity, key)))
  if (!count.equal(answer.status, 201, `create ${key} ${answer.text}`)) return
  const entry = { entity, key, id: answer.body.id, version: answer.body.version, number: 0 }
  ledger.push(entry)
  own.push(entry)
  writes++
}

async function update(entry, key) {
  const number = entry.number + 1
  const set = { [kinds[entry.entity].number]: number }
  const answer = await persist('POST', 'batch', keyed(key, { operations: [{ op: 'update', entity: entry.entity, id: entry.id, set }] }))
  if (!count.equal(answer.status, 200, `update ${key} ${answer.text}`)) return
  entry.number = number
  entry.version++
  writes++
}

/** Two records or none. */
async function pair(own, key) {
  const make = (entity, suffix) => ({ op: 'create', entity, set: fresh(entity, `${key}${suffix}`) })
  const answer = await persist('POST', 'batch', keyed(key, { operations: [make('organization', '-a'), make('lead', '-b')] }))
  if (!count.equal(answer.status, 200, `pair ${key} ${answer.text}`)) return
  answer.body.results.forEach((result, at) => {
    const entry = { entity: at ? 'lead' : 'organization', key: `${key}${at ? '-b' : '-a'}`, id: result.id, version: 1, number: 0 }
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
  const request = { body: table(name), headers: { 'Content-Type': 'text/csv', 'Idempotency-Key': name } }
  const answer = await persist('POST', 'imports?entity=organization&mode=create', request)
  if (!count.equal(answer.status, 202, `import ${name} ${answer.text}`)) return
  imports.push({ name, id: answer.body.id })
  const again = await persist('POST', 'imports?entity=organization&mode=create', request)
  count.check(again.status === 202 && again.body.id === answer.body.id, `import ${name} asked for twice: ${answer.text} ${again.text}`)
  const other = await persist('POST', 'imports?entity=organization&mode=create', { ...request, body: table(`${name}x`) })
  count.equal(other.status, 409, `another import with the key of ${name}`)
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
  slowest = Math.max(slowest, took)
  count.check(answer.status === 200 && took <= READY_MS, `ready again after ${took} ms, status ${answer.status}`)
  server.up = true
}

async function kill() {
  server.up = false
  const by = await server.perigee.stop('SIGKILL')
  count.equal(by, 'SIGKILL', `the server died by the kill\n${by === 'SIGKILL' ? '' : server.perigee.log.slice(-4000)}`)
}

// ---- the reckoning ----------------------------------------------------------------------------------
async function all(entity, where, fields) {
  const found = []
  for (let after = ''; ;) {
    const page = await server.perigee.client(server.token).get(`records/${entity}`, { where, fields, limit: 1000, ...(after ? { after } : {}) })
    found.push(...page.records)
    if (!page.next) return found
    after = page.next
  }
}

async function reckon() {
  const found = new Map()
  let total = 0
  for (const entity of Object.keys(kinds)) {
    const stored = await all(entity, "starts_with(external_id, 'k')", `external_id,${kinds[entity].number},version`)
    for (const record of stored) found.set(record.external_id, record)
    total += stored.length
  }
  count.equal(total, ledger.length, 'records made by clients')
  for (const entry of ledger) {
    const record = found.get(entry.key)
    const ok = record?.id === entry.id && record.version === entry.version && record[kinds[entry.entity].number] === entry.number
    count.check(ok, `${JSON.stringify(entry)} is ${JSON.stringify(record)}`)
  }
  const rejected = Math.floor(ROWS / 100)
  for (const one of imports) {
    const state = await finishImport(one)
    const facts = [state.state, state.rows, state.created, state.updated, state.rejected]
    count.equal(facts.join(), ['done', ROWS, ROWS - rejected, 0, rejected].join(), `import ${one.name}`)
    count.equal((await all('organization', `starts_with(external_id, '${one.name}-')`, 'external_id')).length, ROWS - rejected, `rows of import ${one.name}`)
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
console.error(`${CYCLES} kills, ${writes} acknowledged writes, ${imports.length} imports, the slowest start took ${slowest} ms`)
await server.perigee.close()
count.finish()
