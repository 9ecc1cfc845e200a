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

/** Values of every type at their edges, where a definition can say them. */
const numbers = [0, 1, -1, 0.5, -2.5, 0.1, 0.000001, -0.000001, 1.1, 4.35, 999999999.999999, -999999999.999999, 123456789.000001, 9007199254740991, -9007199254740991, 1e9, 0.3, 2.675]
const typed = [
  { kind: 'directory', name: 'scale', definition: {
    fields: { whole: { type: 'integer' }, part: { type: 'decimal' }, yes: { type: 'boolean' }, day: { type: 'date' }, moment: { type: 'time' }, word: { type: 'text' } },
    items: numbers.map((part, n) => ({ code: `n${n}`, ...(Math.abs(part) < 1e12 ? { part } : {}), ...(Number.isInteger(part) ? { whole: part } : {}), yes: n % 2 === 0, day: '2024-02-29', moment: '2026-11-21T10:00:00Z', word: String(part) })),
  } },
  { kind: 'entity', name: 'measure', definition: { title: 'name', fields: {
    name: { type: 'text', default: "'2.5'" }, ...Object.fromEntries(numbers.filter((n) => Math.abs(n) < 1e12).map((n, i) => [`part_${i}`, { type: 'decimal', default: n }])),
    whole: { type: 'integer', default: -7 }, yes: { type: 'boolean', default: false }, day: { type: 'date', default: 'today()' }, price: { type: 'money' },
  } } },
  { kind: 'view', name: 'measure.some', definition: { entity: 'measure', fields: ['name'], settings: { numbers, texts: numbers.map(String), nested: { yes: true, none: [] } } } },
]

onEngines('a configuration', {}, open, (test, c) => {
  test('values keep their types: what is exported, applied and exported again is the same, numbers as numbers', async () => {
    const [here, there] = [createInstance(c.engine), createInstance(c.engine)]
    try {
      const stored = async (perigee) => {
        await perigee.serve()
        const { definitions: all } = await perigee.client(perigee.token('root')).get('schema/definitions')
        await perigee.stop()
        return Object.fromEntries(all.map((one) => [one.name, one.definition]))
      }
      for (const perigee of [here, there]) perigee.cli(['user', 'add', 'root', '--role', 'admin'])
      await here.serve()
      await here.client(here.token('root')).expect(200, 'POST', 'schema/apply', { body: { definitions: typed } })
      await here.stop()
      const text = here.cli(['schema', 'export'])
      for (const n of numbers.filter((one) => Math.abs(one) < 1e12)) assert.ok(text.includes(`default = ${n.toFixed(6).replace(/\.?0+$/, '')}`), `${n} is a number`)
      const file = join(here.folder, 'typed.lua')
      writeFileSync(file, text)
      there.cli(['apply', file])
      assert.equal(there.cli(['schema', 'export']), text)
      const [one, other] = [await stored(here), await stored(there)]
      assert.deepEqual(one, Object.fromEntries(typed.map(({ name, definition }) => [name, definition])), 'as it was said')
      assert.deepEqual(other, one)
    } finally {
      await here.close()
      await there.close()
    }
  })

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

  test('each kind waits for a second administrator where that is switched on, made and taken away alike', async () => {
    const second = (c.perigee.cli(['user', 'add', 'second', '--role', 'admin']), c.perigee.client(c.perigee.token('second')))
    const stored = async (one) => (await c.admin.get('schema/definitions')).definitions.find((d) => d.kind === one.kind && d.name === one.name)?.definition
    const decide = async (one, definition) => {
      const before = await stored(one)
      const { waiting } = await c.admin.expect(202, 'POST', 'schema/apply', { body: { definitions: [{ ...one, definition }] } })
      assert.deepEqual(await stored(one), before, `${one.kind} ${one.name} waits`)
      await c.admin.refused(403, null, 'POST', `schema/changes/${waiting}/approve`)
      await second.expect(200, 'POST', `schema/changes/${waiting}/approve`)
    }
    await c.admin.expect(200, 'PATCH', 'settings', { body: { approve_definitions: true } })
    const kinds = new Map(definitions.filter((one) => one.name !== 'crate' && one.name !== 'colour').map((one) => [one.kind, one]))
    assert.deepEqual([...kinds.keys()].sort(), ['entity', 'extend', 'layout', 'pipeline', 'report', 'role', 'view'])
    kinds.set('directory', { kind: 'directory', name: 'tint', definition: { items: ['dark'] } })
    for (const one of kinds.values()) {
      const changed = { ...one.definition, ...(one.kind === 'layout' ? { columns: 3 } : one.kind === 'view' ? { sort: ['name'] } : one.kind === 'extend' ? { fields: {} } : one.kind === 'pipeline' ? { label: 'Back' } : { label: 'Another' }) }
      await decide(one, changed)
      const { below, ...stands } = await stored(one)
      assert.deepEqual(stands, changed)
    }
    const crate = definitions.find((one) => one.name === 'crate')
    const ruled = { ...crate.definition, rules: [...crate.definition.rules, { when: "name == 'no'", refuse: 'name', code: 'named', message: 'Not so' }] }
    await decide(crate, ruled)
    await c.admin.refused(422, 'named', 'POST', 'records/crate', { body: { name: 'no' } })
    for (const one of [...kinds.values()].filter((d) => d.kind !== 'entity')) {
      await decide(one, null)
      assert.equal(await stored(one), undefined)
    }
  })
})
