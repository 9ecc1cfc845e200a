// What the server keeps for each person: settings, merged key by key, apart for each user; and jobs as
// their owner and an administrator see them.
import assert from 'node:assert/strict'
import { onEngines } from '../support/perigee.mjs'

const open = async (c) => {
  for (const [login, role] of [['root', 'admin'], ['ann', 'sales']]) c.perigee.cli(['user', 'add', login, '--role', role])
  const tokens = Object.fromEntries(['root', 'ann'].map((login) => [login, c.perigee.token(login)]))
  await c.perigee.serve()
  for (const login of ['root', 'ann']) c[login] = c.perigee.client(tokens[login])
}

onEngines('one\'s own', {}, open, (test, c) => {
  const put = (client, body, status = 200) => client.expect(status, 'PATCH', 'me/settings', { body })

  test('settings begin empty, are merged as RFC 7396 says and belong to one user', async () => {
    assert.deepEqual(await c.ann.get('me/settings'), {})
    await put(c.ann, { theme: 'dark', lists: { deal: { columns: 'name,amount' }, lead: { view: '17' } } })
    assert.deepEqual(await put(c.ann, { density: 'compact', lists: { lead: null, deal: { sort: '-amount' } } }),
      { theme: 'dark', density: 'compact', lists: { deal: { columns: 'name,amount', sort: '-amount' } } })
    assert.deepEqual(await put(c.ann, { theme: null, lists: 'плоско', pinned: { a: null, b: [1, null] } }), { density: 'compact', lists: 'плоско', pinned: { b: [1, null] } })
    assert.deepEqual(await c.root.get('me/settings'), {})
    assert.deepEqual(await c.ann.get('me/settings'), { density: 'compact', lists: 'плоско', pinned: { b: [1, null] } })
  })

  test('two windows at once lose none of each other\'s keys', async () => {
    await Promise.all([...Array(20).keys()].map((n) => put(c.root, { [`key${n}`]: n, shared: { [n]: n } })))
    const kept = await c.root.get('me/settings')
    assert.equal(Object.keys(kept).length, 21)
    assert.equal(Object.keys(kept.shared).length, 20)
  })

  test('what is no object, too deep or too large is refused and changes nothing', async () => {
    const before = await c.ann.get('me/settings')
    for (const body of [[], '"x"', 'null', '{']) await c.ann.refused(400, null, 'PATCH', 'me/settings', { body })
    await c.ann.refused(413, null, 'PATCH', 'me/settings', { body: { a: 'x'.repeat(70000) } })
    await put(c.ann, { half: 'x'.repeat(40000) })
    await c.ann.refused(413, null, 'PATCH', 'me/settings', { body: { other: 'x'.repeat(40000) } })
    const deep = JSON.parse('{"a":'.repeat(12) + '1' + '}'.repeat(12))
    assert.ok((await c.ann.request('PATCH', 'me/settings', { body: { deep } })).status >= 400)
    assert.deepEqual(await put(c.ann, { half: null }), before)
    await c.ann.refused(400, null, 'GET', 'me/settings?x=1')
    assert.equal((await c.perigee.client(null).request('GET', 'me/settings')).status, 401)
  })

  test('settings leave no changeset and outlive the server', async () => {
    const seq = async () => (await c.root.get('changesets', { limit: '1' })).records[0]?.seq
    const before = await seq()
    await put(c.root, { theme: 'light' })
    assert.equal(await seq(), before)
    await c.perigee.stop()
    await c.perigee.serve()
    for (const login of ['root', 'ann']) c[login].base = c.perigee.base
    assert.equal((await c.root.get('me/settings')).theme, 'light')
  })

  test('jobs are listed newest first, one\'s own; all of them for administrators', async () => {
    const csv = 'name\n' + [...Array(5).keys()].map((n) => `Company ${n}`).join('\n')
    const made = await c.root.expect(202, 'POST', 'imports?entity=organization', { body: csv, headers: { 'Content-Type': 'text/csv' } })
    for (;;) if (['done', 'failed'].includes((await c.root.get(`imports/${made.id}`)).state)) break
    let jobs
    do jobs = (await c.root.get('jobs')).records; while (jobs[0].state !== 'done')
    assert.ok(jobs.length >= 1)
    assert.deepEqual((await c.ann.get('jobs')).records, [])
    await c.ann.refused(404, null, 'DELETE', `jobs/${jobs[0].id}`)
    await c.ann.refused(404, null, 'GET', `jobs/${jobs[0].id}`)
    await c.root.refused(409, null, 'DELETE', `jobs/${jobs[0].id}`)
    await c.root.refused(409, null, 'POST', `jobs/${jobs[0].id}/retry`)
    const page = await c.root.get('jobs', { limit: '1' })
    assert.equal(page.records.length, 1)
    const seen = [page.records[0].id]
    for (let next = page.next; next;) {
      const more = await c.root.get('jobs', { limit: '1', after: next })
      seen.push(more.records[0].id)
      next = more.next
    }
    assert.deepEqual(seen, jobs.map((job) => job.id))
  })
})
