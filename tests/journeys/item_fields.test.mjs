// Fields that items of directories have beyond those of every item: of all items, and of the items of
// one directory alone; their values in definitions, on the record, in what is exported, on another server.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInstance, onEngines } from '../support/perigee.mjs'

const branch = {
  label: { en: 'Branch', ru: 'Отрасль' },
  fields: { rating: { type: 'integer', label: { en: 'Rating', ru: 'Оценка' } }, since: { type: 'date' }, share: { type: 'decimal' }, listed: { type: 'boolean' } },
  items: [
    { code: 'trade', label: 'Trade', rating: 5, since: '2020-02-29', share: '2.5', listed: true, note: 'big' },
    { code: 'metal', label: 'Metal', rating: 0 },
    'other',
  ],
}
const define = (name, definition) => ({ kind: 'directory', name, definition })
const values = { fields: 'code,branch_rating,branch_since,branch_share,branch_listed,note', where: 'directory.name == "branch"', sort: 'position' }
const shown = async (admin) => (await admin.get('records/directory_item', values)).records.map((r) => [r.code, r.branch_rating ?? null, r.branch_since ?? null, r.branch_share ?? null, r.branch_listed ?? null, r.note ?? null])

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  c.apply = (...definitions) => c.admin.expect(200, 'POST', 'schema/apply', { body: { definitions } })
  c.refused = (directory, ...definitions) => c.admin.refused(400, null, 'POST', 'schema/apply', { body: { definitions: [define('branch', { ...branch, ...directory }), ...definitions] } })
  await c.admin.expect(200, 'PUT', 'schema/entities/directory_item/fields/note', { body: { type: 'text', max: 20, label: 'Note' } })
}

onEngines('fields of items', {}, open, (test, c) => {
  test('what an item says is refused in words unless a field takes it', async () => {
    const item = (more) => ({ items: [{ code: 'trade', ...more }] })
    const says = async (more, text) => assert.match((await c.refused(item(more))).detail, text)
    await says({ weight: 5 }, /"weight" is not a key of branch\/trade/)
    await says({ rating: '5' }, /rating of branch\/trade must be a whole number/)
    await says({ share: 'half' }, /share of branch\/trade must be a number/)
    await says({ listed: 1 }, /listed of branch\/trade must be true or false/)
    await says({ since: '2021-02-29' }, /since of branch\/trade must be a date/)
    await says({ note: 'x'.repeat(21) }, /note of branch\/trade must be text within its length/)
    await says({ rating: [5] }, /rating of .*must be text, a number, true or false/)
    await says({ leaving: true }, /"leaving" is not a key of branch\/trade/)
    assert.match((await c.refused({ fields: { rating: { type: 'integer', required: true } } })).detail, /branch cannot have `required`/)
    assert.match((await c.refused({ fields: { rating: { type: 'integer', default: 3 } } })).detail, /branch cannot have `default`/)
    assert.match((await c.refused({ fields: { rating: { type: 'emails' } } })).detail, /directory cannot have/)
    assert.equal((await c.admin.get('meta')).directories.find((d) => d.name === 'branch'), undefined)
  })

  test('values stand on the records, and are changed where the definition says something new', async () => {
    await c.apply(define('branch', branch))
    assert.deepEqual(await shown(c.admin), [['trade', 5, '2020-02-29', '2.5', true, 'big'], ['metal', 0, null, null, null, null], ['other', null, null, null, null, null]])
    const { steps } = await c.admin.expect(200, 'POST', 'schema/plan', { body: {} })
    assert.deepEqual(steps, [], 'nothing is left')
    const items = [{ ...branch.items[0], rating: 6 }, branch.items[1], { code: 'other', share: 1 }]
    const plan = await c.admin.expect(200, 'POST', 'schema/plan', { body: { definitions: [define('branch', { ...branch, items })] } })
    assert.deepEqual(plan.steps.map((s) => [s.step, s.subject, s.into]), [['change_item', 'branch/trade', 'branch_rating = 6'], ['change_item', 'branch/other', 'branch_share = 1']])
    await c.apply(define('branch', { ...branch, items }))
    assert.deepEqual((await shown(c.admin)).map((r) => [r[1], r[3]]), [[6, '2.5'], [0, null], [null, '1']])
    const { migrations } = await c.admin.get('schema/migrations')
    assert.ok(migrations.some((m) => m.step === 'change_item' && m.subject === 'branch/trade'))
  })

  test('what people changed meets what the definition says anew', async () => {
    const [trade] = (await c.admin.get('records/directory_item', values)).records
    await c.admin.patch('directory_item', trade.id, { branch_rating: 9 })
    const items = [{ ...branch.items[0], rating: 7 }, branch.items[1], 'other']
    await c.apply(define('branch', { ...branch, items }))
    const { steps } = await c.admin.expect(200, 'POST', 'schema/plan', { body: {} })
    assert.deepEqual(steps.map((s) => [s.step, s.subject, s.key, s.was, s.below, s.above]), [['layers_meet', 'branch/trade', 'branch_rating', '6', '7', '9']])
    await c.admin.expect(200, 'POST', 'schema/apply', { body: { take: ['branch/trade'] } })
    assert.equal((await shown(c.admin))[0][1], 7)
  })

  test('a field of one directory is refused in others and said to clients to be seen there alone', async () => {
    await c.apply(define('tone', { items: ['warm'] }))
    const [warm] = (await c.admin.get('records/directory_item', { where: 'code == "warm"' })).records
    const problem = await c.admin.refused(422, null, 'PATCH', `records/directory_item/${warm.id}`, { body: { branch_rating: 1 } })
    assert.equal(problem.field, 'branch_rating')
    assert.match(problem.detail, /directory branch/)
    await c.admin.patch('directory_item', warm.id, { note: 'of all' })
    const field = (await c.admin.get('meta')).entities.find((e) => e.name === 'directory_item').fields.find((f) => f.name === 'branch_rating')
    assert.deepEqual([field.label, field.visible_when], ['Rating', 'directory.name == "branch"'])
  })

  test('another server takes all of it from the exported text', async () => {
    const text = c.perigee.cli(['schema', 'export'])
    assert.match(text, /rating = 7/)
    const file = join(c.perigee.folder, 'made.lua')
    writeFileSync(file, text)
    const other = createInstance('sqlite')
    try {
      other.cli(['user', 'add', 'root', '--role', 'admin'])
      assert.match(other.cli(['plan', file]), /add_field\s+directory_item\.branch_rating/)
      await other.serve()
      other.cli(['apply', file])
      const admin = other.client(other.token('root'))
      const [here, there] = [await shown(c.admin), await shown(admin)]
      here[2][3] = null // a value of a record that no definition says any more
      assert.deepEqual(there, here)
      assert.equal(other.cli(['schema', 'export']), text, 'equal exports')
    } finally {
      await other.close()
    }
  })

  test('a directory that is renamed takes its fields along', async () => {
    const items = [{ ...branch.items[0], rating: 7 }, branch.items[1], 'other']
    await c.apply({ ...define('branch', null) }, define('trade_line', { ...branch, items, was: 'branch' }))
    const renamed = await c.admin.get('records/directory_item', { fields: 'code,trade_line_rating', where: 'directory.name == "trade_line"', sort: 'position' })
    assert.deepEqual(renamed.records.map((r) => [r.code, r.trade_line_rating ?? null]), [['trade', 7], ['metal', 0], ['other', null]])
    assert.equal(c.perigee.json(['check']).problems, 0)
  })
})
