// The stock scripts of scripts/stock, each put in force as an administrator does it: copied into the
// data directory. Events run them as they come, schedules as after a standstill; each can be tried dry.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onEngines } from '../support/perigee.mjs'

const stock = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'scripts', 'stock')
const names = readdirSync(stock).filter((name) => name.endsWith('.lua')).map((name) => name.slice(0, -4))
const day = (ms) => new Date(ms).toISOString().slice(0, 10)
const dayMs = 24 * 3600 * 1000

const open = async (c) => {
  c.perigee.env = { ...c.perigee.env, PERIGEE_JOB_THREADS: '1' }
  const user = (login, role, ...more) => c.perigee.cli(['user', 'add', login, '--role', role, ...more])
  user('root', 'admin')
  user('hal', 'head')
  user('ann', 'sales', '--manager', 'hal')
  user('bob', 'sales', '--manager', 'hal')
  const folder = join(c.perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of names) copyFileSync(join(stock, `${name}.lua`), join(folder, `${name}.lua`))
  await c.perigee.serve()
  c.root = c.perigee.client(c.perigee.token('root'))
  c.users = Object.fromEntries((await c.root.all('user')).map((it) => [it.login, it.id]))
  c.stages = Object.fromEntries((await c.root.all('stage')).map((it) => [it.name, it.id]))
  c.make = (entity, body) => c.root.expect(201, 'POST', `records/${entity}`, { body })
  c.until = async (ask) => {
    for (const end = Date.now() + 120000; ; ) {
      const found = await ask()
      if (found) return found
      assert.ok(Date.now() < end, `never: ${ask}`)
    }
  }
  c.find = async (entity, where) => (await c.root.get(`records/${entity}`, { where, limit: '200' })).records
  c.one = (entity, where) => c.until(async () => (await c.find(entity, where))[0])
  c.told = async (login, kind) => c.find('notification', `user == "${c.users[login]}" and kind == "${kind}"`)
}

onEngines('stock scripts', {}, open, (test, c) => {
  test('all are taken', async () => {
    const { handlers } = await c.root.get('scripts')
    for (const name of names) assert.ok(handlers.some((handler) => handler.script === `scripts/${name}`), name)
    assert.equal(names.length, 9)
  })

  test('leads go to the sellers in turn, and to nobody else', async () => {
    const owners = []
    for (const last_name of ['One', 'Two', 'Three']) {
      const { id } = await c.make('lead', { last_name })
      owners.push((await c.one('lead', `id == "${id}" and owner ~= "${c.users.root}"`)).owner.id)
    }
    assert.deepEqual(owners, [c.users.ann, c.users.bob, c.users.ann])
    const own = await c.make('lead', { last_name: 'Own', owner: c.users.bob })
    await c.make('lead', { last_name: 'Behind' })
    await c.one('lead', `last_name == "Behind" and owner == "${c.users.bob}"`) // its turn: the one before took none
    assert.equal((await c.root.get(`records/lead/${own.id}`)).owner.id, c.users.bob)
    assert.equal((await c.told('ann', 'lead')).length, 2)
  })

  test('a stage brings its task', async () => {
    const deal = await c.make('deal', { name: 'Pumps', owner: c.users.ann })
    await c.root.expect(200, 'PATCH', `records/deal/${deal.id}`, { body: { stage: c.stages.Proposal } })
    const task = await c.one('activity', `about == "${deal.id}"`)
    assert.equal(task.subject, 'Send the proposal')
    assert.equal(task.owner.id, c.users.ann)
  })

  test('times of the calendar and of fields', async () => {
    const now = Date.now()
    const won = new Date(now)
    won.setUTCDate(1) // a day that each month has
    won.setUTCMonth(won.getUTCMonth() - 11)
    const deals = ['Old pumps', 'Other pumps'].map((name) => ({ name, owner: c.users.ann, stage: c.stages.Won }))
    for (let back = 0; back < 2; back++) await c.make('deal', { ...deals[back], closed_on: day(won.getTime() + back * dayMs) })
    for (const ahead of [0, 1, 2]) await c.make('contact', { last_name: `Born ${ahead}`, owner: c.users.ann, birthday: `1984${day(now + ahead * dayMs).slice(4)}` })
    const late = await c.make('lead', { last_name: 'Late', owner: c.users.bob, respond_by: new Date(now - 2 * 3600 * 1000).toISOString() })
    await c.make('deal', { name: 'Stuck', owner: c.users.bob, stage: c.stages.Qualified })
    await c.root.expect(200, 'PATCH', `records/stage/${c.stages.Qualified}`, { body: { limit_days: -5 } })
    await c.perigee.stop()
    const covered = { 'first_response/scripts/first_response.lua/schedule lead.respond_by/1': now - dayMs, 'first_response/scripts/first_response.lua/schedule lead.respond_by/2': now - dayMs, 'renewal/scripts/renewal.lua/schedule deal.closed_on/1': Math.floor(now / dayMs) - 40, 'birthdays/scripts/birthdays.lua/schedule contact.birthday/1': Math.floor(now / dayMs) - 2 }
    c.perigee.sql("DELETE FROM sys_state WHERE owner = 'script'")
    for (const [name, value] of Object.entries(covered)) c.perigee.sql(`INSERT INTO sys_state (owner, "key", value) VALUES ('script', 'due/script scripts/${name}', '${value}')`)
    c.perigee.sql("UPDATE sys_schedule SET next_at = 1 WHERE name LIKE 'script scripts/%'")
    await c.perigee.serve()
    c.root = c.perigee.client(c.perigee.token('root'))
    assert.ok(await c.one('deal', 'name == "Old pumps (renewal)"'))
    assert.ok(await c.one('activity', 'starts_with(subject, "Birthday tomorrow: Born ")')) // whose comes at eight, so before it that of today
    assert.ok(await c.one('activity', `subject == "Answer the lead Late" and about == "${late.id}"`))
    const has = (login, kind) => c.until(async () => (await c.told(login, kind)).length)
    await has('bob', 'late')
    await has('hal', 'late')
    assert.ok((await has('bob', 'stuck')) >= 1)
    await has('ann', 'quality')
    await has('ann', 'digest')
    await has('bob', 'digest')
    const [digest] = await c.told('ann', 'digest')
    assert.match(digest.text, /^Won: \d+; new leads: \d+; open deals: [1-9]/)
  })

  test('each can be tried dry', async () => {
    for (const name of names) {
      const tried = c.perigee.json(['script', 'dry-run', join(stock, `${name}.lua`), '--since', '2020-01-01T00:00:00Z'])
      for (const run of tried.runs) assert.equal(run.outcome, 'ok', `${run.handler}: ${run.message}`)
      const timed = c.perigee.json(['script', 'dry-run', '--script', `scripts/${name}`])
      for (const run of timed.runs) assert.equal(run.outcome, 'ok', `${run.handler}: ${run.message}`)
    }
    const leads = c.perigee.json(['script', 'dry-run', '--script', 'scripts/lead_distribution', '--since', '2020-01-01T00:00:00Z'])
    assert.ok(leads.runs.some((run) => run.effects.some((effect) => effect.verb === 'keep')))
  })

  test('who leaves hands over', async () => {
    const before = (await c.find('deal', `owner == "${c.users.bob}" and stage.kind == "open"`)).length
    assert.ok(before >= 1)
    await c.root.expect(200, 'PATCH', `records/user/${c.users.bob}`, { body: { active: false } })
    await c.until(async () => (await c.find('deal', `owner == "${c.users.bob}" and stage.kind == "open"`)).length === 0)
    assert.equal((await c.find('lead', `owner == "${c.users.bob}" and stage.kind == "open"`)).length, 0)
    const [told] = await c.until(async () => { const found = await c.told('hal', 'hand_over'); return found.length && found })
    assert.match(told.text, /^You take over from bob: [1-9]/)
  })
})
