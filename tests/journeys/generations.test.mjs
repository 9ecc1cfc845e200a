// A rolling restart: programs of two generations, built apart, work with one PostgreSQL database while it is written
// to. The newer brings it up beside the older, which serves on and may start again; what would leave somebody behind
// is refused in words; a program that dies while it brings the database up leaves it as it was.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createInstance, engines, later, program } from '../support/perigee.mjs'

const [next, afterNext] = later
const skip = !engines.includes('postgres') ? 'PostgreSQL is not asked for' : existsSync(next) ? false : 'skipped: no program of the next generation was built'
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('programs of several generations', { skip }, () => {
  let a, b, last, A, version
  const test = (name, body) => it(name, async (t) => (a ? body(t) : t.skip('skipped: PostgreSQL is not installed')))
  const fact = (key) => Number(a.sql(`SELECT value FROM sys_meta WHERE key = '${key}'`)[0][0])
  const added = () => a.sql("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'perigee' AND (table_name, column_name) IN (('sys_job', 'weight'), ('sys_session', 'place'), ('sys_job', 'colour')) ORDER BY 1, 2").map((row) => row.join('.'))

  /** Writes through every node at once until told to stop; resolves with what was written. An answer other than 201 fails. */
  const writing = (...clients) => {
    let isOver = false
    const made = []
    const one = async (client, n) => {
      while (!isOver) {
        const name = `Of ${n} ${made.length}`
        made.push({ name, id: (await client.create('organization', { name })).id })
        await client.patch('organization', made.at(-1).id, { employees: 1 })
      }
    }
    const all = Promise.all(clients.flatMap((client, n) => [one(client, n), one(client, n)]))
    all.catch(() => {})
    return async () => {
      isOver = true
      await all
      return made
    }
  }
  const areThere = async (client, made) => {
    const found = new Map((await client.all('organization', { fields: 'name,employees' })).map((one) => [one.id, one]))
    for (const { id, name } of made) assert.deepEqual([found.get(id)?.name, found.get(id)?.employees], [name, 1])
  }
  /** Holds a table so that nobody changes its columns, and everybody else goes on; answers with the end of it. */
  const hold = async (table) => {
    const holder = spawn('psql', [a.postgres.uri, '-XAtq'], { stdio: ['pipe', 'pipe', 'inherit'] })
    holder.stdin.write(`BEGIN; LOCK TABLE perigee.${table} IN ACCESS SHARE MODE; SELECT 'held';\n`)
    await new Promise((done) => holder.stdout.once('data', done))
    return () => new Promise((done) => holder.on('exit', done) && holder.stdin.end('COMMIT;\n'))
  }

  before(async () => {
    a = createInstance('postgres')
    if (!a) return
    a.cli(['user', 'add', 'root', '--role', 'admin'])
    b = a.peer()
    b.program = next
    await a.serve()
    A = a.client(a.token('root'))
    version = fact('sys_version')
  })
  after(async () => {
    await b?.stop()
    await a?.stop()
    await a?.close()
  })

  test('one that is two generations ahead waits until the old one is stopped', async () => {
    b.program = afterNext
    await assert.rejects(b.serve(), /Stop them all first/)
    b.program = next
    assert.equal(fact('sys_version'), version)
    assert.deepEqual(added(), [])
    assert.ok(!existsSync(join(b.data, 'copies')), 'nothing was begun')
  })

  test('killed while it brings the database up it leaves everything as it was, and the old one notices nothing', async () => {
    const release = await hold('sys_session')
    const stop = writing(A)
    const started = b.serve()
    started.catch(() => {})
    const waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'ALTER TABLE%sys_session%' AND wait_event_type = 'Lock'"
    while (a.sql(waits)[0][0] === '0') await turn()
    await b.stop('SIGKILL')
    await assert.rejects(started, /SIGKILL/)
    const made = await stop()
    await release()
    assert.ok(made.length > 0)
    assert.equal(fact('sys_version'), version)
    assert.deepEqual(added(), [], 'also what was done before it died')
    await areThere(A, made)
  })

  test('the newer brings it up beside the old one under writes, and waits for a lock without making anybody wait', async () => {
    const release = await hold('sys_session')
    const stop = writing(A)
    const started = b.serve()
    const lost = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%sys_session%' AND wait_event_type = 'Lock'`
    for (let seen = 0; seen < 3;) {
      if (a.sql(lost)[0][0] !== '0') seen++
      await turn()
    }
    assert.equal(fact('sys_version'), version)
    await release()
    await started
    const B = b.client(A.token)
    const more = writing(A, B)
    assert.deepEqual([fact('sys_version'), fact('sys_serves')], [version + 1, version])
    assert.deepEqual(added(), ['sys_job.weight', 'sys_session.place'])
    assert.ok(existsSync(join(b.data, 'copies', `version-${version}.backup`)))
    const made = await A.create('organization', { name: 'By the old one' })
    assert.equal((await B.get(`records/organization/${made.id}`)).name, 'By the old one')
    const all = [...(await stop()), ...(await more())]
    await areThere(B, all)
    await areThere(A, all)
  })

  test('both take up jobs, sign in and define; the old one starts again beside the newer', async () => {
    const B = b.client(A.token)
    const password = 'correct horse battery staple 7'
    a.cli(['user', 'add', 'kim', '--role', 'sales', '--password-stdin'], { input: `${password}\n` })
    for (const one of [a, b]) {
      const answer = await fetch(`${one.base}/api/v1/session`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login: 'kim', password }) })
      assert.equal(answer.status, 200, await answer.text())
    }
    await B.expect(200, 'PUT', 'schema/entities/asset', { body: { title: 'name', fields: { name: { type: 'text' } } } })
    const stop = writing(B)
    assert.equal(await a.stop(), 0)
    await a.serve()
    A = a.client(A.token)
    await A.create('asset', { name: 'By the old one' })
    await A.expect(200, 'PUT', 'schema/entities/asset/fields/colour', { body: { type: 'text' } })
    await areThere(A, await stop())
    assert.equal(fact('sys_version'), version + 1)
    for (const one of [a, b]) assert.equal(one.json(['check']).problems, 0)
  })

  test('the one after next is refused beside the oldest, and so is the oldest after it', async () => {
    last = a.peer()
    last.program = afterNext
    assert.throws(() => last.cli(['list', 'organization']), /Stop them all first/)
    assert.deepEqual([fact('sys_version'), fact('sys_serves')], [version + 1, version])
    await a.stop()
    a.program = next
    const stop = writing(b.client(A.token))
    await a.serve() // the old one restarted as the newer: the roll is over
    A = a.client(A.token)
    last.cli(['list', 'organization'])
    assert.deepEqual([fact('sys_version'), fact('sys_serves')], [version + 2, version + 1])
    await areThere(A, await stop())
    const old = a.peer()
    assert.equal(old.program, program)
    assert.throws(() => old.cli(['list', 'organization']), new RegExp(`structure version ${version + 2}, this program knows up to ${version}\\. Use a newer`))
    await assert.rejects(old.serve(), /Use a newer program/)
    assert.throws(() => old.cli(['upgrade']), /Use a newer program/)
  })

  test('when all are stopped the way back leads through the copies that each kept', async () => {
    assert.throws(() => last.cli(['upgrade', '--back', '--lossy']), /Stop them there first/)
    await a.stop()
    await b.stop()
    for (const [one, to] of [[last, version + 1], [b, version]]) {
      const back = one.json(['upgrade', '--back', '--lossy'])
      assert.deepEqual([back.from, back.to], [to + 1, to])
      assert.equal(fact('sys_version'), to)
    }
    a.program = program
    assert.ok(a.json(['list', 'organization', '--limit', '1']), 'the oldest serves again')
    assert.equal(a.json(['check']).problems, 0)
  })
})
