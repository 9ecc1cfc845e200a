// `perigee new` makes a plugin and a script whose tests pass at once; `perigee test` runs Lua tests in a
// database of their own and leaves nothing behind.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { program } from '../support/perigee.mjs'

describe('new and test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perigee-new-'))
  after(() => rmSync(folder, { recursive: true }))
  const run = (args, status = 0) => {
    const done = spawnSync(program, [...args, '--json'], { cwd: folder, encoding: 'utf8', env: { ...process.env, LANG: 'en_US.UTF-8', LC_ALL: '' } })
    assert.equal(done.status, status, `${args.join(' ')}\n${done.stdout}\n${done.stderr}`)
    return { json: JSON.parse(done.stdout.trim().split('\n').pop()), said: done.stderr }
  }

  it('makes a plugin whose tests pass', () => {
    assert.deepEqual(run(['new', 'plugin', 'fleet']).json.files, ['fleet/manifest.lua', 'fleet/entities/fleet.lua', 'fleet/automations/fleet.lua', 'fleet/tests/fleet.lua'])
    assert.match(readFileSync(join(folder, 'fleet', 'manifest.lua'), 'utf8'), /name = "fleet"/)
    const { json } = run(['test', 'fleet'])
    assert.deepEqual([json.passed, json.failed], [2, 0])
    assert.match(run(['new', 'plugin', 'fleet'], 1).said, /exists/)
    assert.match(run(['new', 'plugin', 'Fleet'], 1).said, /cannot be a name/)
  })

  it('makes a script whose tests pass', () => {
    assert.deepEqual(run(['new', 'script', 'sites']).json.files, ['sites.lua', 'sites_test.lua'])
    assert.equal(run(['test', 'sites.lua']).json.passed, 1)
  })

  it('says what failed and where, and goes on', () => {
    writeFileSync(join(folder, 'fleet', 'tests', 'more.lua'), `test("wrong", function()
  equal({ 1, { a = "x" } }, { 1, { a = "y" } })
end)
test("not refused", function() refused(function() crm.create("organization", { name = "Fine" }) end) end)
test("words", function()
  assert(refused(function() crm.create("fleet_item", { name = "Old", ends_on = "2001-01-01" }) end):find("ended", 1, true))
end)
test("pending and refused", function()
  local made = crm.create("organization", { name = "Pending" })
  refused(function() crm.create("fleet_item", { name = "Old", holder = made, ends_on = "2001-01-01" }) end)
end)
test("broken", function() nothing.there() end)
test("endless", function() while true do end end)
test("still here", function() equal(crm.query("fleet_item"):where("name == 'Old'"):count(), 0) end)
`)
    const { json, said } = run(['test', 'fleet'], 1)
    assert.equal(json.error.code, 'tests_failed')
    assert.match(said, /FAILED .*wrong\n +tests\/more\.lua:2: .*wanted/)
    assert.match(said, /FAILED .*not refused/)
    assert.match(said, /FAILED .*broken/)
    assert.match(said, /FAILED .*endless/)
    assert.match(said, /ok .*words/)
    assert.match(said, /ok .*still here/)
    assert.match(said, /4 tests failed, 5 passed/)
  })

  it('a plugin that does not load says why, outside of tests there is no settling', () => {
    run(['new', 'plugin', 'broken'])
    writeFileSync(join(folder, 'broken', 'entities', 'broken.lua'), 'entity "broken_item" { fields = { name = nothing {} } }')
    assert.match(run(['test', 'broken'], 1).said, /entities\/broken\.lua:1/)
    run(['new', 'script', 'settling'])
    writeFileSync(join(folder, 'settling.lua'), 'before("organization", function() crm.settle() end)')
    assert.match(run(['test', 'settling.lua'], 1).said, /in tests only/)
    assert.equal(existsSync(join(folder, 'incoming')), false)
  })
})
