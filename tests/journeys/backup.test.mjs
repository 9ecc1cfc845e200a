// Backup, restore and copy: taken while people write, restored to a prefix of the log that holds
// whatever had been answered before; refused where damaged or where the place is not empty; cut off
// at any moment without a half file or a half database that passes for a whole one.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { setImmediate as turn } from 'node:timers/promises'
import { engines, onEngines, program } from '../support/perigee.mjs'
import { hold, waiting } from './support/hold.mjs'
import { folder } from './support/packages.mjs'
import { emptyPlace, exportsOf, run, tablesOf } from './support/backup.mjs'

const naughty = ['', "O'Neill \"quoted\" \\ back", 'Ёлка\u202e🎄\u0301', '\u0001\t\r\n tail ', 'x'.repeat(900)]

/** An entity with a field of every type, and records with values at their edges. */
async function makeAllTypes(c) {
  const fields = {
    name: { type: 'text', search: true, sort: true, unique: true }, body: { type: 'long_text', search: true }, whole: { type: 'integer' }, part: { type: 'decimal' },
    price: { type: 'money' }, yes: { type: 'boolean' }, day: { type: 'date' }, moment: { type: 'time' }, kind: { type: 'choice', directory: 'industry' },
    kinds: { type: 'choices', directory: 'industry' }, parent: { type: 'ref', entity: 'specimen' }, about: { type: 'ref_any' },
    others: { type: 'links', entity: 'specimen', fields: { role: { type: 'text' }, since: { type: 'date' } } },
    emails: { type: 'emails' }, phones: { type: 'phones' }, addresses: { type: 'addresses' }, messengers: { type: 'messengers' },
    scan: { type: 'file' }, extra: { type: 'json' }, twice: { type: 'formula', formula: 'whole * 2' },
    below: { type: 'rollup', of: 'specimen', by: 'parent', value: 'sum(price)' }, children: { type: 'children', entity: 'specimen_part', by: 'specimen' }, number: { type: 'series', series: 'specimens' },
  }
  await c.admin.expect(200, 'POST', 'schema/apply', {
    body: {
      definitions: [
        { kind: 'entity', name: 'specimen', note: 'every type', definition: { label: 'Specimen', title: 'name', fields } },
        { kind: 'entity', name: 'specimen_part', definition: { label: 'Part', title: 'name', fields: { name: { type: 'text' }, specimen: { type: 'ref', entity: 'specimen' } } } },
      ],
    },
  })
  const first = await c.admin.create('specimen', {
    name: naughty[1], body: naughty[2] + naughty[3], whole: -2147483648, part: '-123456789.000001', price: { amount: '-0.01', currency: 'EUR' }, yes: false, day: '0001-01-01',
    moment: '9999-12-31T23:59:59.999Z', kind: 'A kind of its own', kinds: ['one', 'two'], extra: { deep: [1, { Ё: null }] }, scan: c.file,
    emails: [{ value: 'a@example.org', label: 'work' }, { value: 'b@example.org', primary: true }], phones: [{ value: '+1 555 000 0000' }], addresses: [{ value: 'A street\n2' }], messengers: [{ value: '@x', label: 'telegram' }],
    children: [{ name: 'one' }, { name: naughty[4] }],
  })
  await c.admin.create('specimen', { name: 'second', parent: first.id, about: { entity: 'specimen', id: first.id }, price: { amount: '7.25', currency: 'USD' }, others: [{ id: first.id, role: 'twin', since: '2024-02-29' }] })
  const gone = await c.admin.create('specimen', { name: 'in the trash', parent: first.id })
  await c.admin.expect(204, 'DELETE', `records/specimen/${gone.id}`)
  const whole = await c.admin.get(`records/specimen/${first.id}`)
  for (const name of Object.keys(fields)) if (!['parent', 'about', 'others'].includes(name)) assert.notEqual(whole[name], null, `the specimen has ${name}`)
}

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['demo', '--size', '15', '--seed', '7'])
  await c.perigee.serve()
  c.token = c.perigee.token('root')
  c.admin = c.perigee.client(c.token)
  for (const text of naughty) await c.admin.create('organization', { name: text || 'nothing', ...(text ? { description: text } : {}) }).catch(() => c.admin.create('organization', { name: text || 'nothing' }))
  for (const bytes of [Buffer.from([0, 1, 2, 0, 255]), Buffer.alloc(300000, 'file '), Buffer.from('third')]) {
    const made = await c.admin.request('POST', 'files?name=content.bin', { body: bytes, headers: { 'Content-Type': 'application/octet-stream' } })
    assert.equal(made.status, 201, made.text)
    c.file = made.body.id
  }
  await makeAllTypes(c)
  c.entities = (await c.admin.get('meta')).entities.map((entity) => entity.name).filter((name) => run(['export', name, '--data', c.perigee.data]).status === 0)
  assert.ok(c.entities.length > 5)
}

/** Writers that note what was answered, in the order of the answers. */
function startWriters(c, count) {
  const load = { isOver: false, answered: [], done: null }
  const writer = async (n) => {
    for (let i = 0; !load.isOver; i++) {
      const { id } = await c.admin.create('organization', { name: `Load ${n} ${i}`, external_id: `load-${n}-${i}`, employees: i })
      load.answered.push(id)
      if (i % 3 === 0) {
        await c.admin.patch('organization', id, { employees: i + 1000 })
        load.answered.push(`${id} ${i + 1000}`)
      }
    }
  }
  load.done = Promise.all(Array.from({ length: count }, (_, n) => writer(n)))
  return load
}

/** A command beside the test's own work. */
const spawned = (args, options) =>
  new Promise((done) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (out += chunk))
    child.on('exit', (code, signal) => done({ code, signal, out }))
  })

onEngines('backup', {}, open, (test, c) => {
  test('taken while people write, it restores to a prefix of the log', async () => {
    const file = join(c.perigee.folder, 'load.backup')
    const load = startWriters(c, 4)
    while (load.answered.length < 40) await turn()
    const before = [...load.answered]
    const made = await spawned(['backup', 'load.backup', '--json', '--data', c.perigee.data], { cwd: c.perigee.folder })
    const during = load.answered.length
    while (load.answered.length < during + 10) await turn()
    load.isOver = true
    await load.done
    assert.equal(made.code, 0, made.out)
    const { seq } = JSON.parse(made.out.trim().split('\n').pop())
    assert.ok(during > before.length, 'writes went on meanwhile')

    const place = emptyPlace(c.engine)
    try {
      const restored = run(['restore', file, '--json', ...place.where])
      assert.equal(restored.status, 0, restored.stderr)
      assert.equal(restored.json.seq, seq)
      const check = run(['check', '--data', place.data])
      assert.equal(check.status, 0, check.stdout + check.stderr)

      await place.serve()
      const there = place.client(place.token('root'))
      const rows = new Map((await there.all('organization')).map((row) => [row.id, row]))
      for (const answer of before) {
        const [id, employees] = answer.split(' ')
        assert.ok(rows.has(id), `answered before the backup began: ${id}`)
        if (employees) assert.equal(String(rows.get(id).employees), employees)
      }
      const log = async (client) => (await client.all('organization', { where: "starts_with(name, 'Load')" })).length
      assert.ok((await log(there)) < (await log(c.admin)), 'writes after the snapshot are not in it')
      const seqs = async (client) => {
        const found = []
        for (let after; ; ) {
          const page = await client.get('changesets', { limit: '1000', ...(after ? { after } : {}) })
          found.push(...page.records)
          if (!page.next) return found
          after = page.next
        }
      }
      const [ours, theirs] = [await seqs(c.admin), await seqs(there)]
      const prefix = (list) => list.filter((one) => Number(one.seq) <= seq).map((one) => `${one.seq} ${one.id} ${one.at} ${one.changes}`)
      assert.deepEqual(prefix(theirs), prefix(ours))
      assert.equal((await there.get('search', { q: 'Load' })).results.length > 0, true, 'search was made anew')
      const content = await there.request('GET', `files/${c.file}/content`)
      assert.equal(content.text, 'third')
    } finally {
      await place.close()
    }
  })

  test('restored on either engine it backs up the same', async () => {
    const file = join(c.perigee.folder, 'all.backup')
    c.perigee.cli(['backup', file])
    const tables = tablesOf(c.perigee)
    assert.equal(tables.blobs.length, 3)
    for (const engine of engines) {
      const place = emptyPlace(engine)
      if (!place) continue
      try {
        assert.equal(run(['restore', file, ...place.where]).status, 0)
        assert.deepEqual(tablesOf(place), tables)
        assert.equal(run(['jobs', 'release', '--json', '--data', place.data]).json.was_held, true)
        assert.equal(run(['jobs', 'release', '--json', '--data', place.data]).json.was_held, false)
      } finally {
        await place.close()
      }
    }
  })

  test('a copy to the other engine and back gives equal exports and an equal log', async () => {
    const wanted = exportsOf(c.perigee, c.entities)
    const tables = tablesOf(c.perigee)
    const other = engines.find((engine) => engine !== c.engine) ?? c.engine
    const [middle, last] = [emptyPlace(other), emptyPlace(c.engine)]
    const to = (place) => (place.postgres ? ['--to', place.postgres.uri, '--to-data', place.data] : ['--to', place.data])
    try {
      c.perigee.cli(['copy', ...to(middle)])
      const after = tablesOf(c.perigee) // a schedule may come due while it is copied
      middle.cli(['copy', ...to(last)])
      assert.deepEqual(exportsOf(last, c.entities), wanted)
      const copied = tablesOf(last)
      assert.deepEqual(copied, isDeepStrictEqual(copied, after) ? after : tables)
      for (const place of [middle, last]) assert.equal(run(['check', '--data', place.data]).status, 0)
      const again = run(['copy', ...to(last), '--data', c.perigee.data])
      assert.equal(again.status, 1)
      assert.match(again.stderr, /already/)
      assert.equal(run(['copy', '--to', 'relative', '--data', c.perigee.data]).status, 2)
    } finally {
      await middle.close()
      await last.close()
    }
  })

  test('a folder that has settings of another database takes no copy, one with settings of its own keeps them', async () => {
    const place = emptyPlace('sqlite')
    const conf = join(place.data, 'perigee.conf')
    const copy = () => run(['copy', '--to', place.data, '--data', c.perigee.data])
    try {
      mkdirSync(place.data, { mode: 0o700 })
      writeFileSync(conf, 'database = postgresql://127.0.0.1:1/elsewhere\n')
      const refused = copy()
      assert.equal(refused.status, 1)
      assert.match(refused.stderr, /perigee\.conf is there already and names another database/)
      assert.deepEqual(readdirSync(place.data).filter((name) => name !== 'lock'), ['perigee.conf'])
      writeFileSync(conf, 'log_level = debug\n')
      assert.equal(copy().status, 0)
      assert.equal(readFileSync(conf, 'utf8'), 'log_level = debug\n')
      assert.deepEqual(exportsOf(place, ['user']), exportsOf(c.perigee, ['user']))
    } finally {
      await place.close()
    }
  })

  test('never over a file, never into a place that is not empty', async () => {
    const file = join(c.perigee.folder, 'first.backup')
    c.perigee.cli(['backup', file])
    const bytes = readFileSync(file)
    const second = run(['backup', file, '--data', c.perigee.data])
    assert.equal(second.status, 1)
    assert.match(second.stderr, /exists|already/)
    assert.deepEqual(readFileSync(file), bytes)
    assert.deepEqual(readdirSync(c.perigee.folder).filter((name) => name.includes('.part')), [])
    const over = run(['restore', file, '--data', c.perigee.data])
    assert.equal(over.status, 1)
    if (c.engine !== 'postgres') return assert.match(over.stderr, /not empty/)
    const folder = join(c.perigee.folder, 'elsewhere')
    const taken = run(['restore', file, '--data', folder, '--database', c.perigee.postgres.uri])
    assert.equal(taken.status, 1)
    assert.match(taken.stderr, /Other processes work with this database/)
    assert.ok(!existsSync(join(folder, 'unfinished-restore')))
  })

  test('a content that is damaged or gone is told by its place, and nothing passes for whole', async () => {
    const made = await c.admin.request('POST', 'files?name=rotten.bin', { body: 'a content of its own', headers: { 'Content-Type': 'text/plain' } })
    const { digest, id } = made.body
    const path = join(c.perigee.data, 'blobs', digest.slice(0, 2), digest.slice(2))
    const file = join(c.perigee.folder, 'rotten.backup')
    const bytes = readFileSync(path)
    const put = (content) => (rmSync(path, { force: true }), writeFileSync(path, content))
    const place = emptyPlace('sqlite')
    try {
      const other = Buffer.from(bytes)
      other[0] ^= 1
      put(other)
      for (const command of [['backup', file], ['copy', '--to', place.data]]) {
        const refused = run([...command, '--data', c.perigee.data])
        assert.equal(refused.status, 1, command[0])
        assert.ok(refused.stderr.includes(path), refused.stderr)
      }
      assert.deepEqual(readdirSync(c.perigee.folder).filter((name) => name.startsWith('rotten')), [])
      put(bytes.subarray(1))
      const short = run(['check', '--data', c.perigee.data])
      assert.equal(short.status, 1)
      assert.match(short.stdout + short.stderr, new RegExp(`file ${id}: its content has ${bytes.length - 1} bytes, ${bytes.length} were stored`))
      rmSync(path)
      const gone = run(['check', '--data', c.perigee.data])
      assert.equal(gone.status, 1)
      assert.match(gone.stdout + gone.stderr, new RegExp(`file ${id}: its content is missing`))
      assert.equal(run(['backup', file, '--data', c.perigee.data]).status, 0, 'what is left is worth a backup')
    } finally {
      put(bytes)
      await place.close()
    }
    assert.equal(run(['check', '--data', c.perigee.data]).status, 0)
  })

  test('only the system and administrators may', async () => {
    c.perigee.cli(['user', 'add', 'seller', '--role', 'sales'])
    const refused = run(['backup', join(c.perigee.folder, 'seller.backup'), '--as', 'seller', '--data', c.perigee.data])
    assert.equal(refused.status, 1)
    assert.ok(!existsSync(join(c.perigee.folder, 'seller.backup')))
    assert.equal(run(['backup', join(c.perigee.folder, 'root.backup'), '--as', 'root', '--data', c.perigee.data]).status, 0)
    assert.equal(run(['jobs', 'release', '--as', 'seller', '--data', c.perigee.data]).status, 1)
  })

  test('a damaged archive is refused and nothing is made', async () => {
    const file = join(c.perigee.folder, 'whole.backup')
    const hurt = join(c.perigee.folder, 'hurt.backup')
    c.perigee.cli(['backup', file])
    const bytes = readFileSync(file)
    const place = emptyPlace('sqlite')
    const refuse = (what, text = /damaged|not a backup/) => {
      const done = run(['restore', hurt, '--data', place.data])
      assert.equal(done.status, 1, what)
      assert.match(done.stderr, text, what)
      assert.ok(!existsSync(place.data), `${what}: nothing is made`)
    }
    try {
      for (let i = 0; i < 12; i++) {
        const at = Math.floor((i * (bytes.length - 1)) / 11)
        const copy = Buffer.from(bytes)
        copy[at] ^= 1 << i % 8
        writeFileSync(hurt, copy)
        refuse(`byte ${at} of ${bytes.length}`)
      }
      for (const length of [0, 5, bytes.length >> 1, bytes.length - 1]) {
        writeFileSync(hurt, bytes.subarray(0, length))
        refuse(`cut off at ${length}`)
      }
      writeFileSync(hurt, Buffer.concat([bytes, Buffer.from('x')]))
      refuse('one byte too many')
      writeFileSync(hurt, 'id,name\n1,Anna\n')
      refuse('a table', /not a backup/)
    } finally {
      await place.close()
    }
  })

  test('an entity that is removed before its table is reached is not in it at all', async (t) => {
    if (c.engine !== 'postgres') return t.skip('a snapshot of SQLite stays whole')
    const made = {}
    for (const name of ['alpha', 'beta']) {
      const files = { 'manifest.lua': `return { name = "${name}", version = "1.0.0" }`, 'entities/it.lua': `entity "${name}" { label = "${name}", title = "name", fields = { name = text { search = true }, others = links "contact" } }` }
      c.perigee.cli(['plugin', 'install', folder(join(c.perigee.folder, name), files)])
      made[name] = await c.admin.create(name, { name: 'One' })
    }
    const table = (name) => c.perigee.sql(`SELECT table_name FROM sys_entity WHERE name = '${name}'`)[0][0]
    /** A backup that stands before the table of one entity while another one is removed. */
    const besides = async (file, held, removed) => {
      const lock = await hold(c.perigee.postgres.uri, `LOCK TABLE ${table(held)} IN ACCESS EXCLUSIVE MODE`)
      const child = spawn(program, ['backup', file, '--data', c.perigee.data], { stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      child.stderr.on('data', (chunk) => (said += chunk))
      const ended = new Promise((done) => child.on('exit', (code) => done(code)))
      while (waiting(c.perigee) < 1) await turn()
      const answer = await c.admin.request('DELETE', `plugins/${removed}?records=delete`)
      await lock.release()
      assert.equal(await ended, 0, said)
      return answer
    }
    const restored = async (file, names) => {
      const place = emptyPlace('sqlite')
      try {
        assert.equal(run(['restore', file, ...place.where]).status, 0)
        const check = run(['check', '--data', place.data])
        assert.equal(check.status, 0, check.stdout + check.stderr)
        for (const name of ['alpha', 'beta']) {
          const found = place.sql(`SELECT table_name FROM sys_entity WHERE name = '${name}'`)
          assert.equal(found.length, names.includes(name) ? 1 : 0, name)
          if (found.length) assert.deepEqual(place.sql(`SELECT id FROM ${found[0][0]}`), [[made[name].id]])
        }
      } finally {
        await place.close()
      }
    }
    const file = join(c.perigee.folder, 'removal.backup')
    const gone = await besides(file, 'alpha', 'beta')
    assert.equal(gone.status, 200, gone.text)
    await restored(file, ['alpha'])
  })

  test('kill -9 while it is written leaves no file under the name', async () => {
    await c.perigee.stop()
    const file = join(c.perigee.folder, 'killed.backup')
    const child = spawn(program, ['backup', file, '--data', c.perigee.data], { stdio: 'ignore' })
    const ended = new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)))
    let isOver = false
    ended.then(() => (isOver = true))
    while (!existsSync(`${file}.part`) && !isOver) await turn()
    child.kill('SIGKILL')
    const by = await ended
    assert.equal(existsSync(file), by === 0, `ended by ${by}`)
    rmSync(file, { force: true })
    c.perigee.cli(['backup', file])
    await c.perigee.serve()
    c.admin = c.perigee.client(c.token)
  })

  test('a place that one restore fills is refused to a second one and to a copy, in words, until the first is gone', async (t) => {
    if (c.engine !== 'postgres') return t.skip('a folder has a lock of its own')
    const file = join(c.perigee.folder, 'twice.backup')
    c.perigee.cli(['backup', file])
    const place = emptyPlace(c.engine)
    const mark = join(place.data, 'unfinished-restore')
    const elsewhere = (name) => join(place.folder, name)
    try {
      mkdirSync(place.data, { mode: 0o700 })
      assert.equal(spawnSync('mkfifo', ['-m', '600', mark]).status, 0) // the first waits there for a reader that never comes
      const first = spawn(program, ['restore', file, ...place.where], { stdio: 'ignore' })
      const ended = new Promise((done) => first.on('exit', (code, signal) => done(signal ?? code)))
      const holds = () => place.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 1346720327 AND objid = 4097 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").length > 0
      for (; !holds(); await turn()) assert.equal(first.exitCode, null)
      for (const [command, data] of [[['restore', file, '--database', place.postgres.uri], elsewhere('second')], [['copy', '--to', place.postgres.uri], c.perigee.data]]) {
        const second = run([...command, '--data', data])
        assert.equal(second.status, 1)
        assert.match(second.stderr, /Another restore or copy is filling this database/)
      }
      assert.deepEqual(place.sql("SELECT to_regnamespace('perigee')"), [], 'nothing was touched')
      first.kill('SIGKILL')
      assert.equal(await ended, 'SIGKILL')
      rmSync(mark)
      const again = run(['restore', file, ...place.where])
      assert.equal(again.status, 0, again.stderr)
      assert.deepEqual(exportsOf(place, ['user']), exportsOf(c.perigee, ['user']))
    } finally {
      await place.close()
    }
  })

  test('kill -9 while it is restored leaves a place that says so, and can be begun again', async () => {
    const file = join(c.perigee.folder, 'again.backup')
    c.perigee.cli(['backup', file])
    const place = emptyPlace(c.engine)
    try {
      for (let round = 0; round < 3; round++) {
        const child = spawn(program, ['restore', file, ...place.where], { stdio: 'ignore' })
        const ended = new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)))
        const mark = join(place.data, 'unfinished-restore')
        let isOver = false
        ended.then(() => (isOver = true))
        while (!existsSync(mark) && !isOver) await turn()
        const until = Date.now() + round * 120
        while (Date.now() < until && existsSync(mark)) await turn()
        child.kill('SIGKILL')
        const by = await ended
        if (!existsSync(mark)) {
          assert.equal(by, 0)
          break
        }
        for (const command of [['list', 'user'], ['serve', '--listen', '127.0.0.1:0'], ['check']]) {
          const refused = run([...command, ...place.where, '--json'])
          assert.equal(refused.status, 1, refused.stderr)
          assert.match(refused.stderr, /was not finished/)
        }
      }
      if (existsSync(join(place.data, 'unfinished-restore'))) assert.equal(run(['restore', file, ...place.where]).status, 0)
      const check = run(['check', '--data', place.data])
      assert.equal(check.status, 0, check.stdout + check.stderr)
      const few = ['organization', 'deal', 'user']
      assert.deepEqual(exportsOf(place, few), exportsOf(c.perigee, few))
    } finally {
      await place.close()
    }
  })
})
