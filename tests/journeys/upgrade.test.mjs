// An older database brought up by "perigee upgrade" and taken back by "upgrade --back": on both
// engines from the oldest fixture, with nothing lost unasked.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { engines } from '../support/perigee.mjs'
import { emptyPlace, exportsOf, fillPlace, manifest, run } from './support/backup.mjs'

const fixture = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'db', '1')
const facts = JSON.parse(readFileSync(join(fixture, 'facts.json'), 'utf8'))

for (const engine of engines)
  describe(`upgrade on ${engine}`, () => {
    let place = null
    const copy = (version) => join(place.data, 'copies', `version-${version}.backup`)
    const upgrade = (...more) => run(['upgrade', ...more, '--json', '--data', place.data])
    const sqlite = (text) => spawnSync('sqlite3', [join(place.data, 'perigee.db'), text], { encoding: 'utf8' })

    before(() => {
      place = emptyPlace(engine)
      if (!place) return
      if (engine === 'sqlite') {
        fillPlace(place.data, join(fixture, 'perigee.db.gz'), join(fixture, 'all.backup'))
      } else {
        assert.equal(run(['restore', join(fixture, 'all.backup'), ...place.where]).status, 0)
        mkdirSync(join(place.data, 'copies'), { recursive: true, mode: 0o700 })
        copyFileSync(join(fixture, 'all.backup'), copy(1))
        const back = upgrade('--back')
        assert.equal(back.status, 0, back.stderr)
        assert.equal(back.json.to, 1)
      }
    })
    after(() => place?.close())

    it('keeps a copy, says what it did, and does nothing twice', (t) => {
      if (!place) return t.skip('skipped: PostgreSQL is not installed')
      const done = upgrade()
      assert.equal(done.status, 0, done.stderr)
      assert.equal(done.json.from, 1)
      assert.ok(done.json.to > 1)
      assert.equal(done.json.copy, copy(1))
      assert.equal(manifest(copy(1)).sys_version, 1)
      const again = upgrade()
      assert.deepEqual(again.json, { from: done.json.to, to: done.json.to, copy: null })
      assert.equal(run(['check', '--data', place.data]).status, 0)
    })

    it('goes back, and up again, with everything there', async (t) => {
      if (!place) return t.skip('skipped: PostgreSQL is not installed')
      const names = ['organization', 'contact', 'deal', 'user']
      const exports = exportsOf(place, names)
      const now = upgrade().json.to
      const back = upgrade('--back')
      assert.equal(back.status, 0, back.stderr)
      assert.deepEqual(back.json, { from: now, to: 1, copy: copy(now) })
      assert.equal(manifest(copy(now)).sys_version, now)
      if (engine === 'sqlite') assert.equal(sqlite("SELECT value FROM sys_meta WHERE key = 'sys_version'").stdout.trim(), '1')
      const up = upgrade()
      assert.equal(up.status, 0, up.stderr)
      assert.equal(up.json.from, 1, 'it was at the version of the copy')
      assert.deepEqual(exportsOf(place, names), exports)
      const check = run(['check', '--data', place.data])
      assert.equal(check.status, 0, check.stdout + check.stderr)
      assert.equal(run(['jobs', 'release', '--json', '--data', place.data]).json.was_held, true)
      await place.serve()
      const admin = place.client(place.token('root'))
      assert.equal((await admin.get('search', { q: 'Ёлка' })).results[0]?.id, facts.organization, 'search was made anew')
      await admin.patch('organization', facts.organization, { employees: 77 })
      const running = upgrade('--back')
      assert.equal(running.status, 1, 'not under a server')
      assert.equal(await place.stop(), 0)
    })

    it('loses nothing that was not given up', (t) => {
      if (!place) return t.skip('skipped: PostgreSQL is not installed')
      const refused = upgrade('--back')
      assert.equal(refused.status, 1)
      assert.match(refused.stderr, /written since the upgrade/)
      const employees = () => run(['get', 'organization', facts.organization, '--json', '--data', place.data]).json.employees
      assert.equal(employees(), 77, 'nothing was touched')
      const back = upgrade('--back', '--lossy')
      assert.equal(back.status, 0, back.stderr)
      assert.equal(employees(), 8)
      const elsewhere = emptyPlace('sqlite')
      assert.equal(run(['restore', back.json.copy, '--data', elsewhere.data]).status, 0)
      assert.equal(run(['get', 'organization', facts.organization, '--json', '--data', elsewhere.data]).json.employees, 77, 'it is in the newer copy')
      elsewhere.close()
    })

    it('cut off it says so, and goes on with the same command', (t) => {
      if (!place) return t.skip('skipped: PostgreSQL is not installed')
      assert.equal(upgrade().status, 0)
      writeFileSync(join(place.data, 'unfinished-restore'), '')
      for (const command of [['list', 'user'], ['check'], ['upgrade']]) {
        const refused = run([...command, '--data', place.data])
        assert.equal(refused.status, 1)
        assert.match(refused.stderr, /was not finished/)
      }
      if (engine === 'sqlite') {
        const back = upgrade('--back')
        assert.equal(back.status, 0, back.stderr)
        assert.equal(upgrade().json.from, 1)
      } else rmSync(join(place.data, 'unfinished-restore'))
      assert.equal(run(['check', '--data', place.data]).status, 0)
    })

    it('refuses a damaged copy, a missing one and a newer database', (t) => {
      if (!place) return t.skip('skipped: PostgreSQL is not installed')
      const bytes = readFileSync(copy(1))
      bytes[bytes.length >> 1] ^= 1
      writeFileSync(copy(1), bytes)
      const damaged = upgrade('--back', '--lossy')
      assert.equal(damaged.status, 1)
      assert.match(damaged.stderr, /damaged/)
      assert.ok(!existsSync(join(place.data, 'unfinished-restore')))
      rmSync(join(place.data, 'copies'), { recursive: true })
      assert.match(upgrade('--back').stderr, /No upgrade has kept a copy/)
      const newer = "UPDATE sys_meta SET value = '99' WHERE key = 'sys_version'"
      if (engine === 'sqlite') assert.equal(sqlite(newer).status, 0)
      else assert.equal(spawnSync('psql', ['-Xq', '-d', place.postgres.uri, '-c', newer.replace('sys_meta', 'perigee.sys_meta')]).status, 0)
      for (const command of [['upgrade'], ['list', 'user'], ['check']]) {
        const refused = run([...command, '--data', place.data])
        assert.ok(refused.status > 0)
        assert.match(refused.stderr, /99/)
      }
    })
  })
