// The tutorial, followed to the letter: its files are written where it says, its commands run in its order,
// and what it promises on the way holds - also that nothing is left at the end.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, it } from 'node:test'
import { createInstance, engines, program } from '../support/perigee.mjs'

const text = readFileSync(join(resolve(dirname(fileURLToPath(import.meta.url)), '..', '..'), 'sdk', 'doc', 'tutorial.md'), 'utf8')
const chapters = text.split(/^## /m).slice(1).map((chapter) => ({
  title: chapter.split('\n')[0],
  blocks: [...chapter.matchAll(/```(lua|sh)\n([\s\S]*?)```/g)].map(([, language, body]) => ({ language, body })),
}))

for (const engine of engines)
  describe(`the tutorial on ${engine}`, () => {
    let perigee, admin, holder
    before(async () => {
      perigee = createInstance(engine)
      if (!perigee) return
      perigee.cli(['user', 'add', 'root', '--role', 'admin'])
      await perigee.serve()
      admin = perigee.client(perigee.token('root'))
    })
    after(() => perigee?.close())

    const follow = ({ language, body }) => {
      if (language === 'lua') {
        const [, path] = body.match(/^-- (\S+\.lua)\n/)
        mkdirSync(dirname(join(perigee.folder, path)), { recursive: true })
        writeFileSync(join(perigee.folder, path), body)
        return ''
      }
      const done = spawnSync('/bin/bash', ['-euc', `perigee() { "$PERIGEE_PROGRAM" "$@"; }\n${body}`], {
        cwd: perigee.folder, encoding: 'utf8', env: { ...process.env, ...perigee.env, PERIGEE_PROGRAM: program, PERIGEE_DATA: perigee.data, LC_ALL: 'C' },
      })
      assert.equal(done.status, 0, `${body}\n${done.stdout}\n${done.stderr}`)
      return done.stdout
    }
    const promises = {
      Tests: (said) => assert.match(said, /2 tests passed/),
      'Packed, looked at, installed': (said) => assert.match(said, /create_entity +policy[\s\S]*Done: install insurance[\s\S]*insurance +1\.0\.0/),
      'At work': async (said) => {
        assert.match(said, /P-1/)
        ;[holder] = (await admin.all('organization', { where: "name == 'Alder Systems'" }))
        while (!(await admin.get(`records/organization/${holder.id}`)).insured);
        const { rows } = await admin.expect(200, 'POST', 'reports/policies_by_holder', { body: { period: '2026' } })
        assert.deepEqual(rows.map((row) => row.values), [[2, { amount: '2000.50', currency: 'USD' }]])
        const drawn = await admin.get('ui/insurance_policies', { id: holder.id })
        assert.match(JSON.stringify(drawn), /P-2/)
        const refused = await admin.refused(422, null, 'POST', 'records/policy', { body: { number: 'P-3', holder: holder.id, begins_on: '2026-02-01', ends_on: '2026-01-01' } })
        assert.match(refused.detail, /before it begins/)
      },
      'A newer version': async (said) => {
        assert.match(said, /migration: 001_kind\.lua[\s\S]*Done: upgrade insurance/)
        assert.deepEqual((await admin.all('policy')).map((it) => it.kind), ['standard', 'standard'])
      },
      'Off, on, and gone without a trace': async (said) => {
        assert.match(said, /no problems/)
        while (!/as the definitions say/.test(perigee.cli(['plan']))); // its fields in others' entities are cleared in the background
        assert.match(readFileSync(join(perigee.folder, 'policies.csv'), 'utf8'), /P-1[\s\S]*P-2|P-2[\s\S]*P-1/)
        await admin.refused(404, null, 'GET', 'records/policy')
        assert.equal('insured' in (await admin.get(`records/organization/${holder.id}`)), false)
        assert.deepEqual((await admin.get('plugins')).plugins, [])
        await admin.refused(404, null, 'POST', 'reports/policies_by_holder', { body: { period: '2026' } })
      },
    }

    for (const chapter of chapters)
      it(chapter.title, async (t) => {
        if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
        assert.ok(chapter.blocks.length)
        const said = chapter.blocks.map(follow).join('')
        await promises[chapter.title]?.(said)
      })
    it('every promise was looked at', () => {
      for (const title of Object.keys(promises)) assert.ok(chapters.some((chapter) => chapter.title === title), title)
    })
  })
