// A month of demonstration events with stock scripts switched on, and the same month replayed without
// them: what they did live is what the replay tells. Two versions compared; cancelled; nothing written.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onEngines } from '../support/perigee.mjs'

const stock = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'scripts', 'stock')
const names = ['lead_distribution', 'stage_task']
const since = '2020-01-01T00:00:00Z'

/** What a run did, without the ids of what it made; the order of a table's keys means nothing. */
const sorted = (value) => (value && typeof value === 'object' ? Object.entries(value).map(([key, inner]) => [key, sorted(inner)]).sort() : value)
const plain = (run) => JSON.stringify([run.handler, run.effects.map((e) => [e.verb, e.entity, e.verb === 'create' ? null : e.id, sorted(e.detail), e.at])])

const open = async (c) => {
  c.perigee.env = { ...c.perigee.env, PERIGEE_JOB_THREADS: '1' }
  for (const [login, role] of [['root', 'admin'], ['ann', 'sales'], ['bob', 'sales']]) c.perigee.cli(['user', 'add', login, '--role', role])
  c.folder = join(c.perigee.data, 'scripts')
  mkdirSync(c.folder, { recursive: true, mode: 0o700 })
  for (const name of names) copyFileSync(join(stock, `${name}.lua`), join(c.folder, `${name}.lua`))
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.until = async (ask) => {
    for (;;) {
      const found = await ask()
      if (found) return found
    }
  }
  c.idle = () => c.until(async () => (await c.root.get('jobs', { limit: '50' })).records.every((job) => !['queued', 'running'].includes(job.state)))
  c.job = async (body, who = c.root) => {
    const { job } = await who.expect(202, 'POST', 'scripts/replay', { body })
    const done = await c.until(async () => { const it = await who.get(`jobs/${job}`); return ['done', 'failed'].includes(it.state) && it })
    assert.equal(done.state, 'done', JSON.stringify(done))
    return done.progress
  }
}

onEngines('replay', {}, open, (test, c) => {
  test('equals what the live run did', async () => {
    c.perigee.cli(['demo', '--size', '40', '--seed', '7'])
    const stages = Object.fromEntries((await c.root.all('stage')).map((it) => [it.name, it.id]))
    const deals = (await c.root.get('records/deal', { where: 'stage.kind == "open"', limit: '12', sort: 'name' })).records
    for (const [i, deal] of deals.entries()) {
      await c.root.expect(201, 'POST', 'records/lead', { body: { last_name: `Lead ${i}` } })
      await c.root.expect(200, 'PATCH', `records/deal/${deal.id}`, { body: { stage: stages[['Proposal', 'Won', 'Lost'][i % 3]] } })
    }
    await c.idle()
    const runs = []
    for (let after = ''; ;) {
      const page = await c.root.get('runs', { limit: '200', ...(after ? { after } : {}) })
      runs.push(...page.records)
      if (!page.next) break
      after = page.next
    }
    for (const name of names) {
      const live = []
      for (const run of runs.filter((it) => it.script.startsWith(`script scripts/${name}/`)).reverse()) {
        assert.equal(run.outcome, 'ok', run.message)
        const { effects } = await c.root.get(`runs/${run.id}`)
        if (effects.length) live.push(plain({ handler: run.script, effects }))
      }
      assert.ok(live.length >= 4, `${name}: ${live.length}`)
      const again = c.perigee.json(['script', 'replay', '--script', `scripts/${name}`, '--since', since])
      assert.equal(again.failed, 0)
      assert.deepEqual(again.items.filter((run) => run.effects.length).map((run) => plain(run)), live, name)
      const asJob = await c.job({ script: `scripts/${name}`, since })
      assert.equal(asJob.runs, again.runs)
      assert.equal(asJob.effects, again.effects)
    }
  })

  test('versions are compared, and nothing is written', async () => {
    const count = async () => Promise.all(['activity', 'lead', 'deal'].map(async (entity) => (await c.root.get(`records/${entity}`, { count: 'exact', limit: '1' })).total.value))
    const before = [await count(), (await c.root.get('changesets', { limit: '1' })).records[0].id]
    const text = readFileSync(join(stock, 'stage_task.lua'), 'utf8')
    const same = await c.job({ script: 'scripts/stage_task', text, since, compare: true })
    assert.ok(same.runs > 0)
    assert.equal(same.assignments_differ, 0)
    assert.equal(same.differ, 0)
    const other = text.replace('Send the proposal', 'Post the proposal')
    assert.notEqual(other, text)
    const changed = await c.job({ script: 'scripts/stage_task', text: other, since, compare: true })
    assert.equal(changed.runs, same.runs)
    assert.equal(changed.assignments, same.assignments)
    const [one] = changed.differences
    assert.equal(changed.assignments_differ, changed.differ, 'the subject alone')
    assert.ok(changed.differ >= 1 && changed.differ < changed.runs)
    assert.equal(one.now.changes[0].fields.subject.after, 'Send the proposal')
    assert.equal(one.then.changes[0].fields.subject.after, 'Post the proposal')
    const file = join(c.perigee.folder, 'stage_task.lua')
    writeFileSync(file, other)
    assert.match(c.perigee.cli(['script', 'replay', file, '--since', since, '--compare']), /Nothing was written/)
    rmSync(file)
    assert.deepEqual([await count(), (await c.root.get('changesets', { limit: '1' })).records[0].id], before)
    assert.ok(!readdirSync(c.perigee.data).some((name) => name.startsWith('copy-')), 'the copy is gone')
  })

  test('a period, mistakes, and the end of one that is cancelled', async () => {
    const none = await c.job({ script: 'scripts/stage_task', since: '2020-01-01T00:00:00Z', until: '2020-01-02T00:00:00Z' })
    assert.equal(none.runs, 0)
    await c.root.expect(200, 'PUT', 'schema/roles/writer', { body: { label: 'Writer', permissions: ['scripts'], entities: { deal: { read: true } } } })
    c.perigee.cli(['user', 'add', 'wendy', '--role', 'writer'])
    assert.equal((await c.job({ script: 'scripts/stage_task', since: '2020-01-01T00:00:00Z', until: '2020-01-02T00:00:00Z' }, c.perigee.client(c.perigee.token('wendy')))).runs, 0)
    const refuse = (body, status = 400) => c.root.refused(status, null, 'POST', 'scripts/replay', { body })
    await refuse({ since })
    await refuse({ script: 'scripts/stage_task' })
    await refuse({ script: 'scripts/stage_task', since: 'yesterday' })
    await refuse({ script: 'scripts/stage_task', since, compare: true })
    await refuse({ script: 'scripts/none', since }, 404)
    c.perigee.cli(['script', 'replay', '--script', 'scripts/none'], { status: 1 })
    const slow = 'after("deal.*", function() local n = 0 for i = 1, 3e6 do n = n + i end crm.log(n) end)'
    const { job } = await c.root.expect(202, 'POST', 'scripts/replay', { body: { script: 'scripts/slow', text: slow, since } })
    await c.root.expect(204, 'DELETE', `jobs/${job}`)
    await c.until(async () => (await c.root.get(`jobs/${job}`)).state === 'cancelled')
    await c.until(async () => !readdirSync(c.perigee.data).some((name) => name.startsWith('copy-')))
  })
})
