// kill -9 of either of two nodes on one PostgreSQL database, in turn, under writes to both: with a ledger of
// acknowledged writes, handlers that run as jobs, imports, a schedule, and a live stream on each node. In
// the end nothing acknowledged is lost, no job is lost or doubled, both streams tell the same
// sequence without a gap, and `check` finds nothing.
//
//   node tests/fault/nodes.mjs [--full] [--cycles N] [--seed S]
import { createInstance, program } from '../support/perigee.mjs'
import { Count, isFull, option, pause, randomOf } from './support/count.mjs'

const CYCLES = Number(option('cycles', isFull ? 60 : 4))
const SEED = Number(option('seed', 1))
const CLIENTS = 3 // of each node
const ROWS = 300 // of each import
const SLOW = program.includes('asan') ? 3 : 1
const SETTLE_MS = 120_000

const random = randomOf(SEED)
const count = new Count()
const isOver = { yes: false }

// A handler echoes every watched organization; twice would show as two activities. The schedule ticks.
const probe = `
after("organization.created", { when = "starts_with(name, 'Watched')" }, function(event)
  crm.create("activity", { subject = "Echo " .. event.record.name, about = event.record })
end)
schedule("* * * * *", function() crm.create("activity", { subject = "Tick" }) end)
`

const first = createInstance('postgres', { definitions: { 'sales/entities/probe.lua': probe } })
if (!first) {
  console.log('skipped: PostgreSQL is not installed')
  process.exit(0)
}
first.cli(['user', 'add', 'root', '--role', 'admin'])
const token = first.token('root')
const nodes = [first, first.peer()].map((perigee) => ({ perigee, up: false, kills: 0, hints: [], last: 0 }))

// ---- clients ---------------------------------------------------------------------------------------
/** A request with its answer, from the node or, while it is away, from the other one: repeated, key and all. */
async function persist(node, method, path, options) {
  for (let other = 0; ; other ^= 1) {
    const at = nodes[node ^ other]
    if (at.up) {
      try {
        const answer = await at.perigee.client(token).request(method, path, options)
        if (answer.status !== 503 && answer.status !== 500) return answer
        if (answer.status === 500) console.error(`500: ${answer.text}`)
      } catch {
        // it died: once more
      }
    }
    await pause(10)
  }
}

const keyed = (key, body) => ({ body, headers: { 'Idempotency-Key': key } })
const ledger = [] // {id, name, number, version}
let shared // one record that all clients count up, each by a version of its own
let counted = 0

async function create(node, own, key) {
  const name = `${random() < 0.3 ? 'Watched' : 'Quiet'} ${key}`
  const answer = await persist(node, 'POST', 'records/organization', keyed(key, { name, external_id: key, employees: 0 }))
  if (!count.equal(answer.status, 201, `create ${key} ${answer.text}`)) return
  const entry = { id: answer.body.id, name, key, number: 0, version: answer.body.version }
  ledger.push(entry)
  own.push(entry)
}

async function update(node, entry, key) {
  const operations = [{ op: 'update', entity: 'organization', id: entry.id, set: { employees: entry.number + 1 } }]
  const answer = await persist(node, 'POST', 'batch', keyed(key, { operations }))
  if (!count.equal(answer.status, 200, `update ${key} ${answer.text}`)) return
  entry.number++
  entry.version++
}

/** Optimistic: reads, adds one, writes where the version is still that one; a 412 is another client's success. */
async function countUp(node, key) {
  for (let attempt = 0; ; attempt++) {
    const { body: now } = await persist(node, 'GET', `records/organization/${shared}`)
    const operations = [{ op: 'update', entity: 'organization', id: shared, version: now.version, set: { employees: now.employees + 1 } }]
    const answer = await persist(node, 'POST', 'batch', keyed(`${key}-${attempt}`, { operations }))
    if (answer.status === 412) continue
    if (count.equal(answer.status, 200, `count up ${key} ${answer.text}`)) counted++
    return
  }
}

async function runClient(name, node) {
  const own = []
  for (let n = 0; !isOver.yes; n++) {
    const key = `k${SEED}-${name}-${n}`
    const dice = random()
    if (own.length === 0 || dice < 0.5) await create(node, own, key)
    else if (dice < 0.6) await countUp(node, key)
    else await update(node, own[Math.floor(random() * own.length)], key)
    await pause(5)
  }
}

const imports = []
async function startImport(name, node) {
  const rows = Array.from({ length: ROWS }, (_, n) => `${name}-${n},Import ${name} ${n}`)
  const request = { body: `external_id,name\n${rows.join('\n')}\n`, headers: { 'Content-Type': 'text/csv', 'Idempotency-Key': name } }
  const answer = await persist(node, 'POST', 'imports?entity=organization&mode=create', request)
  if (count.equal(answer.status, 202, `import ${name} ${answer.text}`)) imports.push({ name, id: answer.body.id })
}

// ---- the nodes' lives --------------------------------------------------------------------------------
/** What the node's stream tells, from where it ended before; a cut stream is taken up again. */
async function listen(node) {
  while (!isOver.heard) {
    if (!node.up) {
      await pause(10)
      continue
    }
    try {
      const base = node.perigee.base
      const feed = await node.perigee.client(token).live({ headers: { 'Last-Event-ID': String(node.last) } })
      let taken = 0
      while (!isOver.heard && node.up && node.perigee.base === base) {
        for (; taken < feed.hints.length; taken++) {
          node.hints.push(feed.hints[taken])
          if (feed.hints[taken].eventId) node.last = Number(feed.hints[taken].eventId)
        }
        await pause(10)
      }
      feed.close()
    } catch {
      await pause(10)
    }
  }
}

async function start(node) {
  await node.perigee.serve()
  const answer = await fetch(`${node.perigee.base}/readyz`)
  count.equal(answer.status, 200, 'ready again')
  node.up = true
}

async function kill(node) {
  node.up = false
  node.kills++
  const by = await node.perigee.stop('SIGKILL')
  count.equal(by, 'SIGKILL', `the node died by the kill\n${by === 'SIGKILL' ? '' : node.perigee.log.slice(-4000)}`)
}

// ---- the reckoning -----------------------------------------------------------------------------------
const client = () => nodes[0].perigee.client(token)

/** Until nothing waits or runs any more. */
async function settle() {
  for (const end = Date.now() + SETTLE_MS; Date.now() < end; await pause(100)) {
    const [[left]] = first.sql('SELECT count(*) FROM sys_job WHERE state < 2')
    const [[end]] = first.sql('SELECT max(seq) FROM sys_changeset')
    const figures = await Promise.all(nodes.map((node) => node.perigee.client(token).get('/metrics')))
    const watched = figures.map((text) => Number(text.match(/^perigee_log_watched_seq (\d+)$/m)[1]))
    if (left === '0' && watched.every((seq) => seq >= Number(end))) return
  }
  count.check(false, 'jobs do not end')
}

async function reckonRecords() {
  const stored = await client().all('organization', { where: "starts_with(external_id, 'k')", fields: 'name,external_id,employees,version' })
  const found = new Map(stored.map((record) => [record.id, record]))
  count.equal(stored.length, ledger.length, 'records of clients')
  for (const entry of ledger) {
    const record = found.get(entry.id)
    const ok = record?.name === entry.name && record.employees === entry.number && record.version === entry.version
    count.check(ok, `${JSON.stringify(entry)} is ${JSON.stringify(record)}`)
  }
  const record = await client().get(`records/organization/${shared}`)
  count.equal(record.employees, counted, 'counted up by everybody, one by one')
  for (const one of imports) {
    const rows = await client().all('organization', { where: `starts_with(external_id, '${one.name}-')`, fields: 'external_id' })
    count.equal(rows.length, ROWS, `rows of import ${one.name}`)
  }
}

async function reckonJobs(from, to) {
  const echoes = await client().all('activity', { where: "starts_with(subject, 'Echo ')", fields: 'subject' })
  const told = echoes.map((one) => one.subject).sort()
  const wanted = ledger.filter((entry) => entry.name.startsWith('Watched')).map((entry) => `Echo ${entry.name}`).sort()
  count.equal(told.length, wanted.length, 'handlers that ran')
  count.equal(JSON.stringify(told), JSON.stringify(wanted), 'each once')
  const ticks = await client().all('activity', { where: "subject == 'Tick'", fields: 'created_at' })
  const least = Math.floor(to / 60000) - Math.ceil(from / 60000) - 1
  const most = Math.floor(to / 60000) - Math.floor(from / 60000)
  count.check(ticks.length >= least && ticks.length <= most, `${ticks.length} ticks in ${Math.round((to - from) / 1000)} s: ${least} to ${most} were due`)
}

/**
 * A stream may put several changes of a record into one hint, and tell its last portion again when it is taken up
 * anew. What it may not is leave anything out: the last state of every record is told by both, in the same order.
 */
function reckonStreams(records, last) {
  const told = nodes.map((node, at) => {
    count.check(!node.hints.some((hint) => hint.event === 'resync'), `node ${at} told everything one by one`)
    const seen = new Set()
    const keys = node.hints.filter((hint) => hint.seq <= last && records.has(hint.id) && records.get(hint.id) === hint.version)
    return keys.map((hint) => `${hint.seq} ${hint.id} ${hint.version}`).filter((key) => !seen.has(key) && seen.add(key))
  })
  nodes.forEach((_, at) => count.equal(told[at].length, records.size, `records whose last state node ${at} told`))
  count.equal(told[0].findIndex((key, at) => key !== told[1][at]), -1, 'where the streams differ')
}

/** All changesets since `from`, oldest first: the numbers have no gap. */
async function logSince(from) {
  const found = []
  for (let after = ''; ;) {
    const page = await client().get('changesets', { limit: 1000, ...(after ? { after } : {}) })
    found.push(...page.records)
    if (!page.next || page.records.at(-1).seq <= from) break
    after = page.next
  }
  return found.filter((one) => one.seq > from).sort((a, b) => a.seq - b.seq)
}

/** What became of jobs, and that the log's numbers are all there. */
function reckonRows() {
  count.equal(first.sql('SELECT count(*) FROM sys_job WHERE state > 2')[0][0], '0', 'jobs that failed')
  const [[changesets, least, most]] = first.sql('SELECT count(*), min(seq), max(seq) FROM sys_changeset')
  count.equal(Number(changesets), Number(most) - Number(least) + 1, 'numbers of the log without a gap')
}

function check(where) {
  for (const node of nodes) {
    const report = node.perigee.json(['check'])
    count.equal(report.problems, 0, `check ${where}: ${JSON.stringify(report)}`)
  }
}

// ---- the story -----------------------------------------------------------------------------------------
for (const node of nodes) await start(node)
const began = Date.now()
shared = (await client().create('organization', { name: 'Shared', employees: 0 })).id
const from = (await client().get('changesets', { limit: 1 })).records[0].seq
for (const node of nodes) node.last = from
const streams = nodes.map(listen)
const work = []
for (let c = 0; c < CLIENTS * 2; c++) work.push(runClient(`c${c}`, c % 2))
for (let cycle = 0; cycle < CYCLES; cycle++) {
  if (cycle % 3 === 0) work.push(startImport(`i${SEED}-${cycle}`, cycle % 2))
  await pause((300 + random() * 1200) * SLOW)
  const node = nodes[cycle % 2]
  await kill(node)
  if (cycle % 4 > 1) await pause(random() * 1500) // the other one is alone for a while
  await start(node)
}
isOver.yes = true
await Promise.all(work)
await settle()
const ended = Date.now()
await reckonRecords()
await reckonJobs(began, ended)
const log = await logSince(from)
const records = new Map()
for (const entity of ['organization', 'activity'])
  for (const record of await client().all(entity, { fields: 'version' })) records.set(record.id, record.version)
const last = (await client().get('changesets', { limit: 1 })).records[0].seq
for (const end = Date.now() + 30_000; nodes.some((node) => !node.hints.some((hint) => hint.seq >= last)) && Date.now() < end;) await pause(50)
isOver.heard = true
await Promise.all(streams)
reckonStreams(records, last)
reckonRows()
count.check(log.length > 0, 'the log was read')
check('beside the nodes')
for (const node of nodes) count.equal(await node.perigee.stop(), 0, `the node ends in order\n${node.perigee.log.slice(-2000)}`)
check('at the end')
console.error(`${nodes.map((node) => node.kills).join(' + ')} kills, ${ledger.length} records, ${counted} counted up, ${imports.length} imports, ${log.length} changesets`)
await first.close()
count.finish()
