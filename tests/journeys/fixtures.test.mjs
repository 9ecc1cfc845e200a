// The databases of finished states, tests/fixtures/db/*: each opens, is whole and holds what it
// held, as the file it is and as a backup on either engine.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createInstance, engines } from '../support/perigee.mjs'
import { fillPlace } from './support/backup.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'db')

/** What people defined, changed and took away: a field that is hidden comes back with its values, a change is undone. */
async function readsCrate(admin, id) {
  const shown = ({ name, mass, twice, most, shade, shades, stage, secret }) => ({ name, mass, twice, most, shade, shades: [...shades].sort(), stage: stage.title, secret })
  const crate = { name: 'Crate', mass: '1.5', twice: '3', most: 5, shade: 'none', shades: ['light', 'none'], stage: 'Open', secret: undefined }
  assert.deepEqual(shown(await admin.get(`records/crate/${id}`)), crate)
  await admin.expect(200, 'PUT', 'schema/entities/crate/fields/secret', { body: { type: 'text' } })
  const { id: moved } = (await admin.get('changesets', { limit: '50' })).records.find((one) => one.cause === 'remove_stage crate/Packing/Middle')
  assert.deepEqual((await admin.expect(200, 'POST', `changesets/${moved}/undo`)).conflicts, [])
  assert.deepEqual(shown(await admin.get(`records/crate/${id}`)), { ...crate, stage: 'Middle', secret: 'kept' })
}

/** What must be found, read through the server. */
async function reads(perigee, facts) {
  const check = perigee.json(['check'])
  assert.ok(check.changesets >= facts.changesets)
  assert.equal(check.problems, 0)
  await perigee.serve()
  const admin = perigee.client(perigee.token('root'))
  for (const [entity, count] of Object.entries(facts.counts)) {
    const found = (await admin.get(`records/${entity}`, { limit: '1', count: 'exact' })).total.value
    assert.ok(found >= count, `${entity}: ${found}, there were ${count}`)
  }
  const one = await admin.get(`records/organization/${facts.organization}`)
  assert.equal(one.name, facts.title)
  assert.equal(one.employees, 8)
  assert.equal((await admin.get('search', { q: 'Ёлка' })).results[0]?.id, facts.organization)
  const changed = await admin.patch('organization', facts.organization, { employees: 9 })
  assert.equal(changed.version, one.version + 1)
  if (facts.file) assert.equal((await admin.request('GET', `files/${facts.file}/content`)).text, 'a file of the fixture')
  if (facts.crate) await readsCrate(admin, facts.crate)
  assert.equal(await perigee.stop(), 0)
  perigee.json(['check'])
}

for (const name of readdirSync(root).filter((entry) => existsSync(join(root, entry, 'facts.json'))))
  describe(`the database of ${name}`, () => {
    const facts = JSON.parse(readFileSync(join(root, name, 'facts.json'), 'utf8'))
    it('opens as it is', async () => {
      const perigee = createInstance('sqlite')
      try {
        rmSync(perigee.data, { recursive: true })
        fillPlace(perigee.data, join(root, name, 'perigee.db.gz'), join(root, name, 'all.backup'))
        await reads(perigee, facts)
      } finally {
        await perigee.close()
      }
    })
    for (const engine of engines)
      it(`is restored on ${engine}`, async (t) => {
        const perigee = createInstance(engine)
        if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
        try {
          rmSync(perigee.data, { recursive: true })
          const where = []
          if (perigee.postgres) {
            const wiped = spawnSync('psql', ['-Xq', '-d', perigee.postgres.uri, '-c', 'DROP SCHEMA perigee CASCADE'], { encoding: 'utf8' })
            assert.equal(wiped.status, 0, wiped.stderr)
            where.push('--database', perigee.postgres.uri)
          }
          perigee.cli(['restore', join(root, name, 'all.backup'), ...where])
          await reads(perigee, facts)
        } finally {
          await perigee.close()
        }
      })
  })
