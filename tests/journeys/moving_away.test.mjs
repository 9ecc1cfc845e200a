// A move whose records' module goes away in the middle: it waits, is seen to wait, and goes on when the
// module is there again; or it is cancelled meanwhile, and what was on its way out is in use again.
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const COUNT = 3000
const definitions = `
directory "tone" { items = { "warm", "cold", "odd" } }
entity "job" { label = "Job", title = "name", pipeline = true, fields = { name = text {}, tone = choice "tone" } }
pipeline "job" { name = "Flow", stages = { { name = "First" }, { name = "Second" }, { name = "Third" } } }
`

const open = async (c) => {
  const put = (path, text) => {
    mkdirSync(dirname(join(c.perigee.data, path)), { recursive: true })
    writeFileSync(join(c.perigee.data, path), text)
  }
  put('plugins/works/manifest.lua', 'return { name = "works", version = "1" }\n')
  put('plugins/works/entities/job.lua', definitions)
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  const token = c.perigee.token('root')
  c.admin = c.perigee.client(token)
  const folder = join(c.perigee.data, 'plugins/works'), aside = join(c.perigee.folder, 'works-aside')
  c.again = async (signal, from, to) => {
    await c.perigee.stop(signal)
    renameSync(from, to)
    await c.perigee.serve()
    c.admin = c.perigee.client(token)
  }
  c.away = () => c.again('SIGKILL', folder, aside)
  c.back = () => c.again(undefined, aside, folder)
  c.move = (move) => c.admin.expect(200, 'POST', 'schema/apply', { body: { move: [move] } })
  c.migration = async (subject) => (await c.admin.get('schema/migrations')).migrations.find((m) => m.subject === subject)
  c.waiting = async () => (await c.admin.expect(200, 'POST', 'schema/plan', { body: {} })).steps.filter((s) => s.waits).map((s) => [s.step, s.subject])
  c.count = async (where) => (await c.admin.get('records/job', { where, limit: '1', count: 'exact' })).total.value
  c.ended = async (subject) => {
    for (;;) {
      const m = await c.migration(subject)
      if (m.state !== 'queued' && m.state !== 'running') return m
    }
  }
  const second = (await c.admin.get('records/stage', { where: 'name == "Second"' })).records[0].id
  for (let at = 0; at < COUNT; at += 500) {
    const operations = Array.from({ length: 500 }, (_, i) => ({ op: 'create', entity: 'job', set: { name: `Job ${at + i}`, stage: second, tone: 'warm' } }))
    await c.admin.expect(200, 'POST', 'batch', { body: { operations } })
  }
}

onEngines('moving while a plugin goes', {}, open, (test, c) => {
  test('the move of a stage waits for the plugin, and is whole when it is back', async () => {
    await c.move('job/Flow/Second=Third')
    await c.away()
    const before = await c.migration('job/Flow/Second')
    if (before.state !== 'done') {
      assert.deepEqual(await c.waiting(), [['remove_stage', 'job/Flow/Second']])
      assert.match(before.state, /queued|running/)
      const [stage] = (await c.admin.get('records/stage', { where: 'name == "Second"' })).records
      assert.equal(stage.leaving, true)
    }
    await c.back()
    assert.deepEqual([(await c.ended('job/Flow/Second')).state, await c.count('stage.name == "Third"')], ['done', COUNT])
    assert.deepEqual(await c.waiting(), [])
    assert.equal(c.perigee.json(['check']).problems, 0)
  })

  test('the move of a value that is cancelled meanwhile leaves it in use', async () => {
    await c.move('tone/warm=cold')
    await c.away()
    const before = await c.migration('tone/warm')
    if (before.state !== 'done') {
      assert.deepEqual(await c.waiting(), [['remove_item', 'tone/warm']])
      await c.admin.expect(204, 'DELETE', `schema/migrations/${before.id}`)
      assert.deepEqual(await c.waiting(), [])
    }
    await c.back()
    const m = await c.migration('tone/warm')
    assert.equal(m.state, before.state === 'done' ? 'done' : 'cancelled')
    assert.equal(await c.count('tone == "cold"'), m.done)
    if (m.state === 'cancelled') await c.admin.create('job', { name: 'In use again', tone: 'warm' })
    await c.admin.expect(200, 'POST', `changesets/${m.detail.changeset}/undo`)
    assert.equal(await c.count('tone == "cold"'), 0)
    assert.equal(c.perigee.json(['check']).problems, 0)
  })
})
