// kill -9 in the middle of every kind of change of the schema, with clients that write all the while:
// after each start the change goes on by itself, in the end every record has what it should have and
// `check` finds nothing.
//
//   node tests/fault/schema.mjs [--full] [--kills N] [--seed S] [--engine sqlite|postgres]
import { createInstance } from '../support/perigee.mjs'
import { Count, isFull, option, pause, randomOf } from './support/count.mjs'

const KILLS = Number(option('kills', isFull ? 6 : 2)) // of each change
const SEED = Number(option('seed', 1))
const ENGINE = option('engine', 'sqlite')
const ROWS = isFull ? 6000 : 1500
const PATIENCE_MS = 120_000

const random = randomOf(SEED)
const count = new Count()
const perigee = createInstance(ENGINE)
perigee.env = { PERIGEE_SHADOW_ROWS: '500' } // indexes are made beside the table, as of a big one
let admin = null
let token = null

async function start() {
  await perigee.serve()
  admin = perigee.client(token)
}

/** Until it has an answer of its own. */
async function persist(method, path, body) {
  for (;;) {
    try {
      const answer = await admin.request(method, path, { body })
      if (answer.status < 500) return answer
    } catch {
      // the server died: once more
    }
    await pause(10)
  }
}

const fields = {
  name: { type: 'text' },
  code: { type: 'text' },
  size: { type: 'text' },
  spare: { type: 'text' },
}
const ids = []
const sizes = new Map()

async function fill() {
  for (let at = 0; at < ROWS; at += 250) {
    const operations = Array.from({ length: 250 }, (_, n) => ({
      op: 'create',
      entity: 'asset',
      set: { name: `Asset ${at + n}`, code: `code${at + n}`, size: String(at + n), spare: 'x' },
    }))
    const answer = await persist('POST', 'batch', { operations })
    if (!count.equal(answer.status, 200, `fill ${answer.text}`)) return
    answer.body.results.forEach((result, n) => {
      ids.push(result.id)
      sizes.set(result.id, at + n)
    })
  }
}

let isOver = false
let wantsRest = false // while records are compared with what was acknowledged
let rests = null
/** Somebody who goes on writing: sizes as text or number, whichever they are at the moment. */
async function write() {
  for (let n = 0; !isOver; n++) {
    if (wantsRest) {
      rests()
      while (wantsRest && !isOver) await pause(5)
    }
    const id = ids[Math.floor(random() * ids.length)]
    const size = 100_000 + n
    let answer = await persist('PATCH', `records/asset/${id}`, { size: String(size) })
    if (answer.status >= 400) answer = await persist('PATCH', `records/asset/${id}`, { size })
    if (count.equal(answer.status, 200, `write ${answer.text}`)) sizes.set(id, size)
    await pause(3)
  }
}

async function settled() {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const { body } = await persist('GET', 'schema/migrations')
    const open = body.migrations.filter((m) => m.state === 'queued' || m.state === 'running')
    if (open.length === 0) return body.migrations
    if (Date.now() > deadline) {
      count.check(false, `still open: ${JSON.stringify(open)}`)
      return body.migrations
    }
    await pause(30)
  }
}

/** `within`: how long after each start the next kill may come; `refused`: what stops the step in the end. */
async function change(what, field, definition, { verb = 'PUT', query = '', within = 150, refused = null } = {}) {
  await changed(what, `schema/entities/asset/fields/${field}${query}`, { verb, body: verb === 'PUT' ? definition : undefined, within, refused })
}

let failures = 0
async function changed(what, path, { verb = 'PUT', body, within = 150, refused = null }) {
  const answer = await persist(verb, path, body)
  count.equal(answer.status, 200, `${what}: ${answer.text}`)
  for (let n = 0; n < KILLS; n++) {
    await pause(random() * within)
    count.equal(await perigee.stop('SIGKILL'), 'SIGKILL', what)
    await start()
  }
  const failed = (await settled()).filter((m) => m.state === 'failed')
  if (refused) failures++
  count.equal(failed.length, failures, `${what}: ${JSON.stringify(failed)}`)
  if (refused) count.check(failed.some((m) => m.step === refused && m.detail.count > 1 && m.detail.ids.length > 1), `${what}: ${JSON.stringify(failed)}`)
}

const found = async (q, n) => (await admin.get('search', { q })).results.some((r) => r.id === ids[n])

async function compare(what) {
  if (!isOver) {
    const resting = new Promise((done) => (rests = done))
    wantsRest = true
    await resting
  }
  let after = null
  let wrong = 0
  let seen = 0
  do {
    const page = await admin.get('records/asset', { limit: '1000', ...(after ? { after } : {}) })
    for (const r of page.records) {
      seen++
      const wanted = sizes.get(r.id)
      if (Number(r.size) !== wanted || ('twice' in r && r.twice !== 2 * wanted)) wrong++
    }
    after = page.next
  } while (after)
  wantsRest = false
  count.check(wrong === 0 && seen === ids.length, `${what}: ${wrong} of ${seen} wrong, ${ids.length} made`)
}

/** Two parts each for the first assets. */
async function partsOf(assets) {
  const made = await persist('PUT', 'schema/entities/part', { label: 'Part', title: 'name', fields: { name: { type: 'text' }, asset: { type: 'ref', entity: 'asset' }, n: { type: 'integer' } } })
  count.equal(made.status, 200, `part: ${made.text}`)
  const operations = Array.from({ length: assets * 2 }, (_, n) => ({ op: 'create', entity: 'part', set: { name: `Part ${n}`, asset: ids[n >> 1], n: 1 + (n % 2) } }))
  count.equal((await persist('POST', 'batch', { operations })).status, 200, 'parts')
}

perigee.cli(['user', 'add', 'root', '--role', 'admin'])
token = perigee.token('root')
await start()
count.equal((await persist('PUT', 'schema/entities/asset', { label: 'Asset', title: 'name', fields })).status, 200, 'made')
await fill()
const writer = write()
await change('added', 'colour', { type: 'text' }, { within: 20 })
await change('added with an index', 'kind', { type: 'integer', index: true }, { within: 60 })
await change('searchable', 'code', { type: 'text', search: true, sort: true })
count.equal(await found('code77', 77), true, 'found')
const searched = { name: fields.name, code: { type: 'text', search: true, sort: true }, size: fields.size, spare: fields.spare, colour: { type: 'text' }, kind: { type: 'integer', index: true } }
await changed('parts of words', 'schema/entities/asset', { body: { label: 'Asset', title: 'name', search: 'substring', fields: searched } })
count.equal(await found('ode78', 78), true, 'found by a part')
await change('another type', 'size', { type: 'integer' }, { query: '?lossy=1' })
await compare('another type')
await change('computed', 'twice', { type: 'formula', formula: 'size * 2' })
await compare('computed')
await change('unique, over duplicates', 'spare', { type: 'text', unique: true }, { refused: 'make_unique' })
await change('no key after all', 'spare', { type: 'text' }, { within: 20 })
await change('unique and required', 'code', { type: 'text', search: true, sort: true, unique: true, required: true })
count.equal((await persist('PATCH', `records/asset/${ids[1]}`, { code: 'CODE2' })).status, 409, 'unique')
await change('renamed', 'mark', { type: 'text', was: 'code', search: true, sort: true, unique: true, required: true })
count.equal((await admin.get(`records/asset/${ids[3]}`)).mark, 'code3', 'renamed')
await change('hidden', 'spare', null, { verb: 'DELETE', within: 20 })
await change('had back', 'spare', { type: 'text' }, { within: 20 })
count.equal((await admin.get(`records/asset/${ids[5]}`)).spare, 'x', 'had back with its values')
await change('recycled', 'spare', null, { verb: 'DELETE', query: '?recycle=1' })
await partsOf(40)
await change('rolled up', 'parts', { type: 'rollup', of: 'part', by: 'asset', value: 'sum(n)' })
for (const n of [0, 39, 40]) count.equal((await admin.get(`records/asset/${ids[n]}`)).parts, n < 40 ? 3 : 0, `rolled up ${n}`)
await change('an index', 'size', { type: 'integer', index: true }, { within: 60 })
await change('no index', 'size', { type: 'integer' })
await change('an index again', 'size', { type: 'integer', index: true }, { within: 20 })
perigee.env = {}
await change('an index in one', 'twice', { type: 'formula', formula: 'size * 2', index: true })
await compare('behind the indexes')
isOver = true
await writer
await compare('in the end')

await perigee.stop()
count.check(perigee.cli(['check']) !== null, 'check')
await perigee.close()
count.finish()
