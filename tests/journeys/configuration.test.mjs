// A whole configuration travels: everything that people defined on one server, exported as Lua,
// planned and applied on an empty one of either engine, is exported there as the very same text.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInstance, engines, onEngines } from '../support/perigee.mjs'

const definitions = [
  { kind: 'directory', name: 'colour', note: 'colours of crates', definition: { label: { en: 'Colours', ru: 'Цвета' }, items: [{ code: 'red', label: { en: 'Red', ru: 'Красный' }, color: 'red' }, { code: 'blue', label: 'Blue' }] } },
  {
    kind: 'entity', name: 'crate', note: 'what we ship in', definition: {
      label: { en: 'Crate', ru: 'Ящик' }, label_plural: { en: 'Crates', ru: 'Ящики' }, title: 'name', pipeline: { closed: 'closed_on', since: 'since' },
      fields: {
        name: { type: 'text', required: true, search: true, sort: true, label: { en: 'Name "quoted"\n', ru: 'Имя' } }, colour: { type: 'choice', directory: 'colour', open: false },
        weight: { type: 'decimal', places: 3 }, twice: { type: 'formula', formula: 'weight * 2' }, closed_on: { type: 'date' }, since: { type: 'time' },
        organization: { type: 'ref', entity: 'organization', on_delete: 'clear' }, items: { type: 'children', entity: 'crate_item', by: 'crate' },
        most: { type: 'rollup', of: 'crate_item', by: 'crate', value: 'max(count)' }, links: { type: 'links', entity: 'contact', fields: { role: { type: 'text' } } },
      },
      rules: [{ when: 'weight ~= nil and weight < 0', refuse: 'weight', code: 'light', message: { en: 'Too light', ru: 'Слишком лёгкий' } }],
    },
  },
  { kind: 'entity', name: 'crate_item', definition: { label: 'Item', title: 'name', fields: { name: { type: 'text' }, count: { type: 'integer', default: 1 }, crate: { type: 'ref', entity: 'crate' } } } },
  { kind: 'pipeline', name: 'crate/Packing', definition: { name: 'Packing', label: { en: 'Packing', ru: 'Упаковка' }, stages: [{ name: 'Open', kind: 'open', probability: 10 }, { name: 'Closed', kind: 'won', label: { en: 'Closed', ru: 'Закрыт' } }] } },
  { kind: 'pipeline', name: 'crate/Return', definition: { name: 'Return', stages: [{ name: 'Back', kind: 'open' }] } },
  { kind: 'extend', name: 'organization', note: 'ours', definition: { fields: { dock: { type: 'text', unique: true } }, change: { employees: { label: { en: 'Heads', ru: 'Голов' }, required: false } } } },
  { kind: 'role', name: 'packer', definition: { label: { en: 'Packer', ru: 'Упаковщик' }, permissions: ['import'], entities: { crate: { read: true, create: true, update: 'owner == me()', hidden: ['weight'] }, organization: { read: true } } } },
  { kind: 'layout', name: 'crate.form', definition: { entity: 'crate', columns: 2, sections: [{ label: { en: 'Main', ru: 'Главное' }, fields: ['name', 'colour'] }, { fields: ['weight'] }] } },
  { kind: 'view', name: 'crate.open', definition: { entity: 'crate', where: "stage.kind == 'open'", fields: ['name', 'weight'], sort: ['-weight'] } },
  { kind: 'report', name: 'crates_by_colour', definition: { label: 'Crates by colour', from: 'crate', group: ['colour'], measures: { n: 'count()' } } },
]

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  const body = { definitions }
  await c.admin.expect(200, 'POST', 'schema/apply', { body })
}

onEngines('a configuration', {}, open, (test, c) => {
  test('travels whole, kind by kind, to an empty server of either engine', async () => {
    const text = c.perigee.cli(['schema', 'export'])
    const file = join(c.perigee.folder, 'all.lua')
    writeFileSync(file, text)
    const kinds = (list) => list.map((one) => `${one.kind} ${one.name}`).sort()
    const stored = (await c.admin.get('schema/definitions')).definitions
    assert.deepEqual(kinds(stored), kinds(definitions))
    for (const engine of engines) {
      const other = createInstance(engine)
      if (!other) continue
      try {
        other.cli(['user', 'add', 'root', '--role', 'admin'])
        assert.match(other.cli(['plan', file]), /create_entity\s+crate\b/)
        other.cli(['apply', file])
        assert.equal(other.cli(['schema', 'export']), text)
        other.cli(['user', 'add', 'pat', '--role', 'packer'])
        await other.serve()
        const admin = other.client(other.token('root'))
        const there = (await admin.get('schema/definitions')).definitions
        const bare = (list) => Object.fromEntries(list.map(({ kind, name, definition, note }) => [`${kind} ${name}`, { definition, note }]))
        assert.deepEqual(bare(there), bare(stored))
        const crate = await admin.create('crate', { name: 'C', colour: 'red', weight: '1.5', items: [{ name: 'bolt', count: 3 }] })
        assert.deepEqual([crate.twice, crate.most, crate.stage.title], ['3', 3, 'Open'])
        await admin.refused(422, 'light', 'POST', 'records/crate', { body: { name: 'X', weight: '-1' } })
        const meta = async (client) => (await client.get('meta')).entities.find((one) => one.name === 'crate')
        assert.deepEqual(await meta(admin), await meta(c.admin))
        const pat = other.client(other.token('pat'))
        assert.equal((await pat.get(`records/crate/${crate.id}`)).weight, undefined)
        await pat.refused(403, null, 'DELETE', `records/crate/${crate.id}`)
        assert.match(other.cli(['plan', file]), /as the definitions say/)
      } finally {
        await other.close()
      }
    }
  })
})
