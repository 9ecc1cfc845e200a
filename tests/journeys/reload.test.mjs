// Plugins and scripts are loaded anew while people work: a saved file takes effect by itself, one
// that is wrong leaves the version before in force and says why, what would take a field out of use
// is refused, a version comes back, and no request fails meanwhile. PERIGEE_RELOADS and PERIGEE_RATE:
// how many reloads beside how many requests a second (1,000 and 200 are promised: tests/bench/reload.mjs).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'
import { reloadUnderLoad, saveScript, version } from '../support/reloading.mjs'

const reloads = Number(process.env.PERIGEE_RELOADS ?? 20)
const rate = Number(process.env.PERIGEE_RATE ?? 25)

const open = async (c) => {
  const { perigee } = c
  c.save = (name, text) => saveScript(perigee, name, text)
  c.save('staff.lua', version(1))
  perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  perigee.cli(['user', 'add', 'bob', '--role', 'reader'])
  await perigee.serve()
  c.admin = perigee.client(perigee.token('root'))
  c.bob = perigee.client(perigee.token('bob'))
  c.make = (name) => c.admin.expect(201, 'POST', 'records/organization', { body: { name } })
  c.reload = (script) => c.admin.expect(200, 'POST', 'scripts/reload', { body: script ? { script } : {} })
  c.until = async (ask) => {
    for (;;) {
      const found = await ask()
      if (found) return found
    }
  }
  c.inForce = async (script) => (await c.admin.get('scripts')).handlers.find((it) => it.script === script)?.version
}

onEngines('loading scripts anew', {}, open, (test, c) => {
  test('a saved file takes effect by itself', async () => {
    assert.equal((await c.make('First')).employees, 1)
    const before = await c.inForce('scripts/staff')
    c.save('staff.lua', version(2))
    await c.until(async () => (await c.inForce('scripts/staff')) !== before)
    assert.equal((await c.make('Second')).employees, 2)
    c.save('other.lua', 'before("contact", function(o) end)\n')
    await c.until(async () => c.inForce('scripts/other'))
    rmSync(join(c.perigee.data, 'scripts', 'other.lua'))
    await c.until(async () => !(await c.inForce('scripts/other')))
  })

  test('one that is wrong leaves the version before in force, and says why', async () => {
    for (const [text, why] of [
      ['before("organization", function(o) o.employees = 9 end', /staff\.lua:1/],
      ['before("organisation", function(o) end)', /no entity "organisation".*staff\.lua:1/],
    ]) {
      c.save('staff.lua', text)
      const { refused } = await c.reload()
      assert.equal(refused.length, 1)
      assert.equal(refused[0].script, 'scripts/staff')
      assert.equal(refused[0].held, true)
      assert.match(refused[0].problem, why)
      await c.admin.refused(422, null, 'POST', 'scripts/reload', { body: { script: 'scripts/staff' } })
      assert.match(c.perigee.cli(['script', 'list']), /Held back.*scripts\/staff/)
      assert.equal((await c.make(`Beside ${text.length}`)).employees, 2)
    }
    await c.admin.refused(404, null, 'POST', 'scripts/reload', { body: { script: 'scripts/none' } })
    await c.bob.refused(403, null, 'POST', 'scripts/reload', { body: {} })
    c.save('staff.lua', version(3))
    assert.deepEqual((await c.reload('scripts/staff')).refused, [])
    assert.equal((await c.make('Third')).employees, 3)
  })

  test('administrators are told once', async () => {
    const told = async () => (await c.admin.get('me/notifications')).notifications.filter(({ text }) => /scripts\/told/.test(text ?? ''))
    c.save('told.lua', 'error("not ready")')
    await c.reload()
    await c.reload()
    await c.until(async () => (await told()).length)
    assert.match((await told())[0].text, /not ready/)
    c.save('told.lua', 'before("contact", function() end)')
    await c.reload('scripts/told')
    assert.equal((await told()).length, 1)
  })

  test('what only adds is done at once, what would go out of use is refused', async () => {
    const field = 'extend "organization" { fields = { fleet = integer { label = { en = "Fleet", ru = "Парк" } } } }'
    c.save('staff.lua', version(4, field))
    await c.reload('scripts/staff')
    const made = await c.admin.expect(201, 'POST', 'records/organization', { body: { name: 'Fleet', fleet: 12 } })
    assert.deepEqual([made.fleet, made.employees], [12, 4])
    c.save('staff.lua', version(5, field))
    await c.reload('scripts/staff')
    assert.equal((await c.make('Five')).employees, 5)
    c.save('staff.lua', version(6))
    await c.reload('scripts/staff')
    assert.equal((await c.make('Kept')).employees, 6)
    assert.equal((await c.admin.get(`records/organization/${made.id}`)).fleet, 12, 'until its removal is asked for by name')
    c.save('staff.lua', version(6, 'directory "yard" { label = { en = "Yards", ru = "Дворы" } }')) // defines, but no field
    await c.reload('scripts/staff')
    c.save('staff.lua', '-- nothing is left')
    const { refused } = await c.reload()
    assert.match(refused[0].problem, /organization\.fleet.*perigee apply/)
    assert.equal((await c.make('Still')).employees, 6)
    assert.equal((await c.admin.get(`records/organization/${made.id}`)).fleet, 12)
    c.perigee.cli(['apply'])
    assert.doesNotMatch(c.perigee.cli(['script', 'list']), /Held back/, 'handlers go with their definitions')
    await c.reload('scripts/staff')
    assert.equal((await c.make('Gone')).employees, null)
    assert.equal('fleet' in (await c.admin.get(`records/organization/${made.id}`)), false)
    c.save('staff.lua', version(6))
    await c.reload('scripts/staff')
  })

  test('a version comes back', async () => {
    const { versions, version: now } = await c.admin.get('scripts/versions', { script: 'scripts/staff' })
    assert.deepEqual(versions.filter((it) => it.in_force).map((it) => it.version), [now])
    assert.ok(versions.length >= 5)
    await c.bob.refused(403, null, 'GET', 'scripts/versions?script=scripts/staff')
    c.save('staff.lua', version(70))
    await c.reload('scripts/staff')
    await c.admin.expect(200, 'POST', 'scripts/back', { body: { script: 'scripts/staff' } })
    assert.equal((await c.make('Back')).employees, 6)
    assert.equal(await c.inForce('scripts/staff'), now)
    const newest = (await c.admin.get('scripts/versions', { script: 'scripts/staff' })).versions[0]
    assert.deepEqual([newest.version, newest.who], [now, 'root'])
    c.perigee.cli(['script', 'back', 'scripts/staff', versions.at(-1).version])
    assert.equal((await c.make('First again')).employees, 1)
    await c.admin.refused(404, null, 'POST', 'scripts/back', { body: { script: 'scripts/staff', version: 'ffff' } })
    await c.admin.refused(404, null, 'POST', 'scripts/back', { body: { script: 'scripts/none' } })
  })

  test('an unknown key of the body is refused', async () => {
    for (const [path, body] of [
      ['reload', { scrpt: 'scripts/staff' }],
      ['reload', { script: 'scripts/staff', version: 'ab' }],
      ['back', { script: 'scripts/staff', versoin: 'ab' }],
      ['back', ['scripts/staff']],
      ['back', { script: 7 }],
    ])
      await c.admin.refused(400, null, 'POST', `scripts/${path}`, { body })
  })

  test('reloading and apply take turns: both are whole, in any order', async () => {
    const { perigee } = c
    const field = (n) => `extend "organization" { fields = { turn = integer { label = { en = "Turn ${n}", ru = "Черёд ${n}" } } } }`
    let last = 0
    for (let round = 0; round < 4; round++) {
      last = 100 + round
      c.save('staff.lua', version(last, field(round)))
      const applied = new Promise((done) => {
        const child = spawn(perigee.program, ['apply', '--data', perigee.data], { env: { ...process.env, ...perigee.env }, stdio: ['ignore', 'ignore', 'pipe'] })
        let said = ''
        child.stderr.on('data', (piece) => { said += piece })
        child.on('close', (code) => done({ code, said }))
      })
      const reloads = await Promise.all(Array.from({ length: 6 }, () => c.admin.request('POST', 'scripts/reload', { body: { script: 'scripts/staff' } })))
      assert.deepEqual(reloads.map((it) => it.status), Array(6).fill(200))
      const { code, said } = await applied
      assert.equal(code, 0, said)
      const made = await c.make(`Turn ${round}`)
      assert.deepEqual([made.employees, made.turn], [last, null])
      const { fields } = (await c.admin.get('meta')).entities.find((it) => it.name === 'organization')
      assert.equal(Object.values(fields).find((it) => it.name === 'turn').label, `Turn ${round}`)
    }
    assert.doesNotMatch(perigee.cli(['plan']), /turn/)
    c.save('staff.lua', version(6))
    await c.reload('scripts/staff')
  })

  test('beside requests none fails, and every event is handled once', async () => {
    const found = await reloadUnderLoad({ perigee: c.perigee, admin: c.admin, reloads, rate })
    assert.equal(found.failed, 0, found.example)
    assert.equal(found.first, null)
    assert.ok(found.saves > 0)
  })
})
