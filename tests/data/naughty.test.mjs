// Strings that break other programs survive every door: create, update, batch, import, list, filter,
// query, search, export, timeline, changes, the past, the live feed, names of files, tags, comments, the
// command line. What cannot be text is refused and nothing is half stored.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataSet, onEngines } from '../support/perigee.mjs'

const folder = dataSet('naughty-strings')
const strings = folder ? JSON.parse(readFileSync(join(folder, 'blns.json'), 'utf8')) : []
const usable = strings.filter((text) => text !== '' && !text.includes('\u0000') && text.isWellFormed?.() !== false && text.length <= 1000)
const csv = (text) => `"${text.replaceAll('"', '""')}"`
/** The text as a literal of the expression language. */
const literal = (text) => `"${[...text].map((ch) => (/[\p{L}\p{N} ]/u.test(ch) ? ch : `\\u{${ch.codePointAt(0).toString(16)}}`)).join('')}"`
/** Rows of a CSV text, by the book. */
function rowsOf(text) {
  const rows = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain)
    if (end === '\r\n') rows.push([])
    else if (end === '') break
  }
  return rows.filter((row) => row.length > 1)
}
const unescaped = (cell) => (/^'+[=+@\t\r-]/.test(cell) ? cell.slice(1) : cell)

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.ids = []
}

onEngines('naughty strings', { skip: folder ? false : 'skipped: the data set is absent' }, open, (test, c) => {
  test('create, read, and the live feed that tells of it', async () => {
    const feed = await c.admin.live()
    for (const text of usable) {
      const record = await c.admin.create('organization', { name: text, description: text, emails: [{ value: text }] })
      assert.deepEqual([record.name, record.description, record.emails[0].value], [text, text, text])
      c.ids.push(record.id)
    }
    for (const [at, id] of c.ids.entries()) {
      const again = await c.admin.get(`records/organization/${id}`)
      assert.deepEqual([again.name, again.description], [usable[at], usable[at]])
    }
    await feed.until((hint) => hint.id === c.ids.at(-1))
    feed.close()
    assert.ok(usable.length > 400, String(usable.length))
  })

  test('lists, filters, sorting, queries, references, search', async () => {
    const listed = new Map((await c.admin.all('organization', { fields: 'name', sort: 'name' })).map((r) => [r.id, r.name]))
    for (const [at, id] of c.ids.entries()) assert.equal(listed.get(id), usable[at])
    for (const [at, text] of usable.entries()) {
      const { records } = await c.admin.get('records/organization', { where: `name == ${literal(text)} and id == "${c.ids[at]}"`, fields: 'name' })
      assert.deepEqual(records.map((r) => r.name), [text], JSON.stringify(text))
      const found = await c.admin.request('GET', `search?${new URLSearchParams({ q: text.slice(0, 200) })}`)
      assert.ok(found.status === 200, `${found.status} for ${JSON.stringify(text)}: ${found.text}`)
      for (const hit of found.body.results) assert.equal(typeof hit.title, 'string')
    }
    const { rows } = await c.admin.query({ from: 'organization', group: ['name'], measures: { n: 'count()' } })
    const groups = new Map(rows.map((row) => [row.name, row.n]))
    for (const text of usable) assert.equal(groups.get(text), usable.filter((other) => other === text).length, JSON.stringify(text))
    const deal = await c.admin.create('deal', { name: 'Refers', organization: c.ids[3] })
    assert.equal(deal.organization.title, usable[3])
    const words = usable.findIndex((text) => /^[A-Za-z]{8,}$/.test(text))
    const hits = await c.admin.get('search', { q: usable[words], entities: 'organization', limit: '100' })
    assert.ok(hits.results.some((hit) => hit.id === c.ids[words]), usable[words])
  })

  test('update, changes, timeline and the past', async () => {
    const id = c.ids[0]
    const times = []
    for (const text of usable.slice(0, 60)) {
      const now = await c.admin.patch('organization', id, { name: text, legal_name: text })
      assert.deepEqual([now.name, now.legal_name], [text, text])
      times.push([now.updated_at, text])
    }
    const { records } = await c.admin.get(`records/organization/${id}/changes`, { limit: '200' })
    const told = JSON.stringify(records)
    for (const text of usable.slice(1, 60)) assert.ok(told.includes(JSON.stringify(text).slice(1, -1)), JSON.stringify(text))
    for (const [at, text] of times.filter((_, i) => i % 7 === 0)) {
      const past = await c.admin.get(`records/organization/${id}`, { as_of: at })
      assert.ok(usable.slice(0, 60).includes(past.name), `${at} ${JSON.stringify(text)}`)
    }
    for (const text of usable.filter((_, i) => i % 10 === 0)) {
      const comment = await c.admin.expect(201, 'POST', `records/organization/${id}/comments`, { body: { body: text } })
      assert.equal(comment.body, text)
      await c.admin.create('activity', { subject: text, about: { entity: 'organization', id } })
    }
    let timeline = ''
    for (let after = ''; after !== null; ) {
      const page = await c.admin.get(`records/organization/${id}/timeline`, { limit: '200', ...(after ? { after } : {}) })
      timeline += JSON.stringify(page)
      after = page.next
    }
    for (const text of usable.filter((_, i) => i % 10 === 0)) assert.ok(timeline.includes(JSON.stringify(text).slice(1, -1)), JSON.stringify(text))
  })

  test('batch, tags, directory values', async () => {
    const some = usable.filter((_, i) => i % 5 === 0)
    await c.admin.expect(200, 'POST', 'batch', { body: { operations: some.map((text) => ({ op: 'create', entity: 'contact', set: { last_name: text, first_name: 'batch' } })) } })
    const names = (await c.admin.all('contact', { where: "first_name == 'batch'", fields: 'last_name' })).map((r) => r.last_name)
    assert.deepEqual([...names].sort(), [...some].sort())
    const short = some.filter((text) => text.length < 80)
    for (const [at, text] of short.entries()) {
      const tag = await c.admin.create('tag', { name: `${at} ${text}` })
      assert.equal(tag.name, `${at} ${text}`)
      await c.admin.expect(200, 'POST', `records/organization/${c.ids[1]}/tags`, { body: { add: [tag.id] } })
    }
    const titles = (await c.admin.get(`records/organization/${c.ids[1]}`)).tags.map((tag) => tag.title)
    for (const [at, text] of short.entries()) assert.ok(titles.includes(`${at} ${text}`), JSON.stringify(text))
  })

  test('import, export as CSV and JSON, and import of the export', async () => {
    const whole = usable.filter((text) => text.trim() !== '')
    const file = join(c.perigee.folder, 'naughty.csv')
    writeFileSync(file, `key,what\r\n${whole.map((text, at) => `n${at},${csv(text)}`).join('\r\n')}\r\n`)
    const made = c.perigee.json(['import', 'organization', file, '--map', 'key=external_id,what=name', '--key', 'external_id'])
    assert.deepEqual([made.created, made.rejected], [whole.length, 0], JSON.stringify(made))
    const stored = new Map((await c.admin.all('organization', { where: "starts_with(external_id, 'n')", fields: 'external_id,name' })).map((r) => [r.external_id, r.name]))
    whole.forEach((text, at) => assert.equal(stored.get(`n${at}`), text, `import of ${JSON.stringify(text)}`))
    const query = `where=${encodeURIComponent("starts_with(external_id, 'n')")}&fields=external_id,name`
    const json = JSON.parse((await c.admin.request('GET', `export/organization?format=json&${query}`)).text)
    for (const row of json) assert.equal(row.name, stored.get(row.external_id))
    const exported = (await c.admin.request('GET', `export/organization?format=csv&${query}`)).text
    const [header, ...rows] = rowsOf(exported)
    const [key, what] = [header.indexOf('external_id'), header.indexOf('name')]
    assert.equal(rows.length, whole.length)
    for (const row of rows) {
      assert.equal(unescaped(row[what]), stored.get(row[key]))
      assert.doesNotMatch(row[what], /^[=+@\t\r-]/, 'a cell starts a formula')
    }
    const back = join(c.perigee.folder, 'back.csv')
    writeFileSync(back, exported)
    const again = c.perigee.json(['import', 'organization', back, '--key', 'external_id'])
    assert.deepEqual([again.created, again.updated, again.rejected], [0, 0, 0], JSON.stringify(again))
  })

  test('names of files, and the command line', async () => {
    for (const text of usable.filter((_, i) => i % 9 === 0)) {
      const made = await c.admin.request('POST', `files?${new URLSearchParams({ name: text })}`, { body: text, headers: { 'Content-Type': 'text/plain' } })
      if (made.status === 201) {
        assert.ok(!/[/\\]/.test(made.body.name), made.body.name)
        const content = await c.admin.request('GET', `files/${made.body.id}/content`)
        assert.deepEqual([content.status, content.text], [200, text])
        assert.match(content.headers.get('content-disposition'), /^attachment/)
      } else assert.ok([400, 422].includes(made.status), `${made.status} ${made.text}`)
    }
    for (const text of usable.filter((text, i) => i % 25 === 0 && !text.startsWith('-'))) {
      const shown = c.perigee.json(['get', 'organization', c.ids[usable.indexOf(text)]])
      assert.equal(typeof shown.name, 'string')
      c.perigee.cli(['set', 'organization', c.ids[5], `legal_name=${text}`])
      assert.equal((await c.admin.get(`records/organization/${c.ids[5]}`)).legal_name, text)
      c.perigee.cli(['search', text.slice(0, 100)])
    }
  })

  test('what is no text is refused, and nothing of it is kept', async () => {
    const before = (await c.admin.get('records/organization', { count: 'exact', limit: '1' })).total.value
    for (const body of ['{"name":"a\\u0000b"}', '{"name":"\\ud800"}', Buffer.from([...Buffer.from('{"name":"'), 0xff, 0xfe, ...Buffer.from('"}')]), Buffer.from([...Buffer.from('{"name":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')])]) {
      const reply = await c.admin.request('POST', 'records/organization', { body })
      assert.ok([400, 422].includes(reply.status), `${reply.status} ${reply.text}`)
    }
    for (const path of ['records/organization?where=name%20%3D%3D%20%22%ff%22', 'search?q=%00', 'search?q=%c0%af'])
      assert.equal((await c.admin.request('GET', path)).status, 400, path)
    assert.equal((await c.admin.get('records/organization', { count: 'exact', limit: '1' })).total.value, before)
    assert.match(c.perigee.cli(['check']), /./)
  })
})
