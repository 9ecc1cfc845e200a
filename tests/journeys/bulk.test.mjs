// A large import on SQLite takes indexes away for its time. Killed in the middle, the server that is
// started again has them back, goes on, and nothing is twice or missing.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createInstance, engines } from '../support/perigee.mjs'

const ROWS = 48000
const words = ['supply', 'pilot', 'renewal']

function table() {
  const rows = Array.from({ length: ROWS }, (_, n) => `B${n},Works ${n} ${words[n % 3]},${n}`)
  return `external_id,name,employees\n${rows.join('\n')}\n`
}

describe('a large import', { skip: !engines.includes('sqlite') }, () => {
  const c = {}
  const client = () => c.perigee.client(c.token)
  const state = async () => await client().get(`imports/${c.id}`)

  /** What SQLite has of the indexes that the registry names. */
  const indexes = () => {
    const text = "SELECT i.name, s.name IS NOT NULL FROM sys_index i LEFT JOIN sqlite_schema s ON s.name = i.name WHERE i.signature <> 'search' ORDER BY 1"
    return c.perigee.sql(text)
  }
  const missing = () => indexes().filter(([, stands]) => stands === '0')

  async function until(done) {
    for (let turn = 0; turn < 6000; turn++) {
      const now = await state()
      if (done(now)) return now
      await pause(20)
    }
    assert.fail(`the import does not go on: ${JSON.stringify(await state())}`)
  }

  before(async () => {
    c.perigee = createInstance('sqlite')
    c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
    c.token = c.perigee.token('root')
    await c.perigee.serve()
  })
  after(async () => c.perigee?.close())

  it('takes indexes away, and a kill in the middle leaves them to the next start', async () => {
    assert.deepEqual(missing(), [])
    const headers = { 'Content-Type': 'text/csv' }
    c.id = (await client().expect(202, 'POST', 'imports?entity=organization&mode=create', { body: table(), headers })).id
    while (missing().length === 0) assert.notEqual((await state()).state, 'done', 'an import of so many rows is in bulk mode')
    await c.perigee.stop('SIGKILL')
    assert.ok(missing().length > 0)
    await c.perigee.serve()
    const now = await until((it) => it.state === 'done' || it.state === 'failed')
    assert.deepEqual([now.state, now.created, now.rejected], ['done', ROWS, 0])
    assert.deepEqual(missing(), [])
  })

  it('has every row once, found by order, by key and by search', async () => {
    const count = async (where) => (await client().get('records/organization', { where, limit: 1, count: 'exact' })).total.value
    assert.equal(await count("starts_with(external_id, 'B')"), ROWS)
    assert.equal(await count('employees == 12345'), 1)
    const first = await client().get('records/organization', { sort: '-name', fields: 'name', limit: 1 })
    assert.match(first.records[0].name, /^Works 9999 /)
    for (const n of [0, 1999, 2000, 12345, ROWS - 1]) {
      const found = await client().get('search', { q: `works ${n} ${words[n % 3]}` })
      assert.ok(found.results.some((hit) => hit.title === `Works ${n} ${words[n % 3]}`), `row ${n}`)
    }
  })

  it('is found right by check', async () => {
    await c.perigee.stop()
    c.perigee.cli(['check'])
  })
})
