// Several who write at the same moment, through one server and through two nodes of one database: a value that an
// open directory lacks is added once, whoever asks for it, and each record holds it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createInstance, engines } from '../support/perigee.mjs'

// What has a handler is prepared beside the writer, several at a time.
const probe = `before("contact", function(contact, change) end)\n`
const places = [...engines.map((engine) => [engine, 1]), ...(engines.includes('postgres') ? [['postgres', 2]] : [])]

for (const [engine, count] of places)
  describe(`a value of an open directory, on ${engine}, ${count} at work`, () => {
    let nodes = []
    let clients = []
    before(async () => {
      const first = createInstance(engine, { definitions: { 'sales/entities/probe.lua': probe } })
      if (!first) return
      nodes = [first, ...Array.from({ length: count - 1 }, () => first.peer())]
      first.cli(['user', 'add', 'root', '--role', 'admin'])
      for (const node of nodes) await node.serve()
      const token = first.token('root')
      clients = nodes.map((node) => node.client(token))
    })
    after(async () => {
      const codes = []
      for (const node of [...nodes].reverse()) codes.push(await node.stop())
      await nodes[0]?.close()
      assert.deepEqual(codes, nodes.map(() => 0))
    })

    for (const [entity, body] of [['organization', { name: 'Works' }], ['contact', { last_name: 'Person' }]])
      it(`is added once by many of ${entity}`, async (t) => {
        if (!nodes.length) return t.skip('skipped: PostgreSQL is not installed')
        const values = Array.from({ length: 8 }, (_, n) => `Found by ${entity} ${n}`)
        for (const source of values) {
          const spelt = [source, source.toUpperCase(), ` ${source}`]
          const made = await Promise.all(Array.from({ length: 12 }, (_, n) => clients[n % count].create(entity, { ...body, source: spelt[n % 3] })))
          assert.deepEqual([...new Set(made.map((record) => record.source.toLowerCase()))], [source.toLowerCase()])
          assert.equal(new Set(made.map((record) => record.source)).size, 1, 'in one spelling')
        }
        const items = await clients[0].all('directory_item', { where: `starts_with(label, 'Found by ${entity}')`, fields: 'label' })
        assert.equal(items.length, values.length, items.map((item) => item.label).sort().join('\n'))
      })

    it('leaves nothing that check finds', async (t) => {
      if (!nodes.length) return t.skip('skipped: PostgreSQL is not installed')
      for (const node of nodes) assert.equal(node.json(['check']).problems, 0)
    })
  })
