// Plugins whole: the plan before anything happens, installed from a folder, a zip and a tar.gz, hostile
// packages refused in words, upgraded with migrations that run once and go on after a failure, switched
// off and on, removed with their data kept or without a trace - by command and by request alike.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { onEngines } from '../support/perigee.mjs'
import { folder, inside, tarGz, zipped } from './support/packages.mjs'

const manifest = (version, more = '') => `return { name = "policies", version = "${version}", label = { en = "Policies", ru = "Полисы" }${more} }`
const entities = `entity "policy" { label = { en = "Policy", ru = "Полис" }, label_plural = { en = "Policies", ru = "Полисы" }, title = "number",
  fields = { number = text { required = true, unique = true, search = true }, holder = ref "organization", mark = text {}, guests = links "contact" } }
extend "organization" { fields = { insured = boolean {} } }`
const automations = 'before("policy", function(policy) if not policy.mark then policy.mark = "made" end end)'
const files = (version, more = {}) => ({ 'manifest.lua': manifest(version), 'entities/policy.lua': entities, 'automations/policy.lua': automations, ...more })
const numbering = { 'migrations/001_numbers.lua': 'crm.query("policy"):each(function(p) crm.update("policy", p.id, { mark = p.number .. "/1" }) end)' }

const open = async (c) => {
  const { perigee } = c
  perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  perigee.cli(['user', 'add', 'bob', '--role', 'reader'])
  await perigee.serve()
  c.admin = perigee.client(perigee.token('root'))
  c.bob = perigee.client(perigee.token('bob'))
  c.post = (path, bytes) => ({ body: bytes, headers: { 'Content-Type': 'application/octet-stream' }, path })
  c.send = (status, path, bytes) => c.admin.expect(status, 'POST', path, { body: bytes, headers: { 'Content-Type': 'application/octet-stream' } })
  c.refuse = (status, path, bytes) => c.admin.refused(status, null, 'POST', path, { body: bytes, headers: { 'Content-Type': 'application/octet-stream' } })
  c.state = async () => (await c.admin.get('plugins')).plugins.find((it) => it.plugin === 'policies')
  c.fields = async () => Object.values((await c.admin.get('meta')).entities.find((e) => e.name === 'organization').fields).map((f) => f.name)
  c.remains = () => (perigee.engine === 'postgres' ? perigee.sql("SELECT tablename FROM pg_tables WHERE tablename LIKE 't%policy%'") : [])
}

onEngines('plugins whole', {}, open, (test, c) => {
  test('the plan comes first and changes nothing', async () => {
    const source = folder(join(c.perigee.folder, 'policies-1'), files('1.0.0'))
    const plan = c.perigee.json(['plugin', 'install', source, '--dry-run'])
    assert.deepEqual([plan.action, plan.plugin, plan.from, plan.to, plan.done], ['install', 'policies', null, '1.0.0', false])
    assert.ok(plan.steps.some((it) => it.step === 'create_entity' && it.subject === 'policy'))
    const same = await c.send(200, 'plugins?dry=1', zipped(files('1.0.0')))
    assert.deepEqual(same.steps, plan.steps)
    assert.equal(await c.state(), undefined)
    assert.equal(existsSync(join(c.perigee.data, 'plugins', 'policies')), false)
    await c.admin.refused(404, null, 'GET', 'records/policy')
  })

  test('hostile packages are refused in words and leave nothing', async () => {
    const good = files('1.0.0')
    for (const [entries, why] of [
      [{ ...good, '../evil.lua': 'x' }, /not allowed: \.\.\/evil\.lua/],
      [{ ...good, 'entities/../../../evil.lua': 'x' }, /not allowed/],
      [{ ...good, '/etc/evil.lua': 'x' }, /not allowed/],
      [{ ...good, 'a\\..\\evil.lua': 'x' }, /not allowed/],
      [{ ...good, [`${'d/'.repeat(9)}x.lua`]: 'x' }, /not allowed/],
      [{ ...good, 'data/a': 'x', 'data/a/b': 'x' }, /not allowed: data\/a\/b/],
      [{ ...good, 'data/a/b': 'x', 'data/a': 'x' }, /not allowed: data\/a\./],
    ]) {
      assert.match((await c.refuse(400, 'plugins', tarGz(entries))).detail, why)
      assert.match((await c.refuse(400, 'plugins', zipped(entries))).detail, why)
    }
    const noText = gzipSync(Buffer.from(gunzipSync(tarGz({ ...good, 'data/@@.txt': 'x' })).toString('latin1').replace('@@', '\xff\xfe'), 'latin1'))
    assert.match((await c.refuse(400, 'plugins', noText)).detail, /not allowed/)
    for (const link of [{ kind: '2', link: '/etc/passwd' }, { kind: '1', link: 'manifest.lua' }, { kind: '6' }])
      assert.match((await c.refuse(400, 'plugins', tarGz({ ...good, 'entities/a.lua': link }))).detail, /entities\/a\.lua, which is no plain file/)
    assert.match((await c.refuse(413, 'plugins', tarGz({ ...good, 'data/zeros.txt': Buffer.alloc(17 * 1024 * 1024) }))).detail, /16 MB/)
    assert.match((await c.refuse(413, 'plugins', zipped({ ...good, 'data/zeros.txt': Buffer.alloc(17 * 1024 * 1024) }))).detail, /16 MB/)
    assert.match((await c.refuse(413, 'plugins', tarGz({ ...good, ...Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`data/${i}.txt`, 'x'])) }))).detail, /2,000 files/)
    const hidden = (count, bytes) => ({ ...good, ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`.git/${i}`, Buffer.alloc(bytes)])) })
    assert.match((await c.refuse(413, 'plugins', tarGz(hidden(3, 30 * 1024 * 1024)))).detail, /64 MB/)
    assert.match((await c.refuse(413, 'plugins', zipped(hidden(8001, 0)))).detail, /2,000 files/)
    assert.match((await c.refuse(400, 'plugins', Buffer.from('no archive'))).detail, /a zip or a tar\.gz/)
    assert.match((await c.refuse(400, 'plugins', tarGz({ 'readme.txt': 'x' }))).detail, /manifest\.lua/)
    assert.match((await c.refuse(400, 'plugins', tarGz(good).subarray(0, 200))).detail, /damaged/)
    const linked = folder(join(c.perigee.folder, 'linked'), good)
    symlinkSync('/etc/passwd', join(linked, 'entities', 'passwd.lua'))
    assert.throws(() => c.perigee.cli(['plugin', 'install', linked]), /passwd\.lua, which is no plain file/)
    await c.bob.refused(403, null, 'POST', 'plugins', { body: zipped(good), headers: { 'Content-Type': 'application/octet-stream' } })
    assert.equal(await c.state(), undefined)
    assert.deepEqual(readdirSync(join(c.perigee.data, 'incoming')), [])
  })

  test('what it needs is checked, by name and version', async () => {
    for (const [needs, why] of [['"absent"', /needs absent/], ['"base >= 99"', /base 99 or later; here is/], ['"perigee >= 99.1"', /perigee 99\.1 or later/]])
      assert.match((await c.refuse(422, 'plugins', tarGz(files('1.0.0', { 'manifest.lua': manifest('1.0.0', `, needs = { ${needs} }`) })))).detail, why)
    assert.match((await c.refuse(422, 'plugins', tarGz(files('1.0.0', { 'automations/policy.lua': 'before("no_such", function() end)' })))).detail, /no_such/)
    assert.equal(await c.state(), undefined)
  })

  test('installed, and upgraded with migrations that run once', async () => {
    await c.send(200, 'plugins', tarGz(inside('policies', files('1.0.0', { '.git/config': 'passed over' }))))
    assert.equal((await c.state()).state, 'in_force')
    assert.equal(existsSync(join(c.perigee.data, 'plugins', 'policies', '.git')), false)
    c.one = await c.admin.create('policy', { number: 'A1' })
    assert.equal(c.one.mark, 'made')
    await c.refuse(409, 'plugins', tarGz(files('1.0.0')))
    const plan = await c.send(200, 'plugins/policies/upgrade?dry=1', zipped(files('1.1.0', numbering)))
    assert.deepEqual([plan.from, plan.to, plan.migrations, plan.migrated], ['1.0.0', '1.1.0', ['001_numbers.lua'], 0])
    assert.equal((await c.admin.get(`records/policy/${c.one.id}`)).mark, 'made')
    const done = await c.send(200, 'plugins/policies/upgrade', zipped(files('1.1.0', numbering)))
    assert.deepEqual([done.done, done.migrated], [true, 1])
    assert.equal((await c.admin.get(`records/policy/${c.one.id}`)).mark, 'A1/1')
    await c.admin.patch('policy', c.one.id, { mark: 'by hand' })
    assert.deepEqual((await c.send(200, 'plugins/policies/upgrade', zipped(files('1.1.0', numbering)))).migrations, [])
    assert.equal((await c.admin.get(`records/policy/${c.one.id}`)).mark, 'by hand')
    assert.match((await c.refuse(409, 'plugins/policies/upgrade', tarGz(files('1.0.9')))).detail, /older/)
    await c.refuse(400, 'plugins/other/upgrade', tarGz(files('1.2.0')))
    const [change] = (await c.admin.get('changesets', { limit: '50' })).records.filter((it) => /001_numbers/.test(it.cause ?? ''))
    assert.equal(change.door, 'migration')
  })

  test('a migration that fails stops the rest and is gone on with', async () => {
    const bad = { ...numbering, 'migrations/002_sure.lua': 'crm.query("policy"):each(function(p) crm.update("policy", p.id, { mark = "sure" }) end)',
      'migrations/003_bad.lua': 'error("not this way")', 'migrations/004_last.lua': 'crm.query("policy"):each(function(p) crm.update("policy", p.id, { mark = p.mark .. "+" }) end)' }
    assert.match((await c.refuse(422, 'plugins/policies/upgrade', tarGz(files('1.2.0', bad)))).detail, /003_bad\.lua.*not this way/)
    assert.deepEqual([(await c.state()).version, (await c.state()).migrations], ['1.2.0', ['003_bad.lua', '004_last.lua']])
    assert.equal((await c.admin.get(`records/policy/${c.one.id}`)).mark, 'sure')
    writeFileSync(join(c.perigee.data, 'plugins', 'policies', 'migrations', '003_bad.lua'),
      'local done = crm.query("policy"):where("mark == \'sure\'"):count()\nif done > 0 then crm.query("policy"):each(function(p) crm.update("policy", p.id, { mark = "twice" }) end) return "more" end')
    const rest = c.perigee.json(['plugin', 'upgrade', 'policies'])
    assert.deepEqual([rest.migrations, rest.migrated], [['003_bad.lua', '004_last.lua'], 2])
    assert.equal((await c.admin.get(`records/policy/${c.one.id}`)).mark, 'twice+')
    assert.deepEqual((await c.state()).migrations, [])
  })

  test('a version that does not fit leaves the one in force', async () => {
    const wrong = files('1.3.0', { 'entities/policy.lua': entities.replace('mark = text {}', 'mark = no_such {}') })
    await c.refuse(422, 'plugins/policies/upgrade', tarGz(wrong))
    assert.deepEqual([(await c.state()).version, (await c.state()).state], ['1.2.0', 'in_force'])
  })

  test('switched off and on; what is needed by others stays', async () => {
    mkdirSync(join(c.perigee.data, 'plugins', 'rider'), { recursive: true })
    writeFileSync(join(c.perigee.data, 'plugins', 'rider', 'manifest.lua'), 'return { name = "rider", version = "1", needs = { "policies >= 1.1" } }')
    await c.admin.expect(200, 'POST', 'scripts/reload', { body: { script: 'rider' } })
    assert.match((await c.admin.refused(422, null, 'POST', 'plugins/policies/disable')).detail, /rider/)
    await c.admin.expect(200, 'POST', 'plugins/rider/disable')
    const plan = c.perigee.json(['plugin', 'disable', 'policies', '--dry-run'])
    assert.deepEqual(plan.goes, [{ name: 'organization.insured', records: 0 }, { name: 'policy', records: 1 }])
    c.perigee.cli(['plugin', 'disable', 'policies'])
    assert.equal((await c.state()).state, 'disabled')
    await c.admin.refused(404, null, 'GET', 'records/policy')
    assert.equal((await c.fields()).includes('insured'), false)
    await c.perigee.stop()
    await c.perigee.serve()
    c.admin = c.perigee.client(c.admin.token)
    assert.equal((await c.state()).state, 'disabled', 'also after a restart')
    await c.admin.expect(200, 'POST', 'plugins/policies/enable')
    assert.equal((await c.admin.get(`records/policy/${c.one.id}`)).mark, 'twice+')
    assert.equal((await c.admin.create('policy', { number: 'A2' })).mark, 'made', 'its handlers are back')
  })

  test('removed with its data kept, it finds them again', async () => {
    await c.admin.expect(200, 'DELETE', 'plugins/policies?records=keep')
    assert.equal(await c.state(), undefined)
    await c.admin.refused(404, null, 'GET', 'records/policy')
    assert.equal(existsSync(join(c.perigee.data, 'plugins', 'policies')), false)
    const plan = await c.send(200, 'plugins?dry=1', tarGz(files('1.3.0', { ...numbering, 'migrations/005_more.lua': '' })))
    assert.deepEqual(plan.migrations, ['005_more.lua'])
    await c.send(200, 'plugins', tarGz(files('1.3.0')))
    assert.equal((await c.admin.all('policy')).length, 2)
  })

  test('removed without a trace', async () => {
    await c.admin.refused(400, null, 'DELETE', 'plugins/policies')
    const plan = await c.admin.expect(200, 'DELETE', 'plugins/policies?records=delete')
    assert.deepEqual([plan.done, plan.goes.find((it) => it.name === 'policy').records], [true, 2])
    while (!/as the definitions say/.test(c.perigee.cli(['plan']))); // fields of others' entities are cleared in the background
    await c.perigee.stop()
    assert.match(c.perigee.cli(['check']), /no problems/)
    assert.deepEqual(c.remains(), [])
    assert.match(c.perigee.cli(['plan']), /as the definitions say/)
    await c.perigee.serve()
    c.admin = c.perigee.client(c.admin.token)
    await c.send(200, 'plugins', zipped(files('1.0.0')))
    assert.deepEqual(await c.admin.all('policy'), [], 'nothing comes back')
    assert.equal((await c.admin.create('policy', { number: 'A1' })).mark, 'made')
  })

  test('what it left behind can still be removed, such as after a stop in the middle', async () => {
    const remove = (records) => c.admin.request('DELETE', `plugins/policies?records=${records}`)
    assert.equal((await remove('keep')).status, 200)
    assert.equal((await remove('keep')).status, 404)
    assert.equal((await c.admin.request('DELETE', 'plugins/others?records=delete')).status, 404)
    const gone = await remove('delete')
    assert.deepEqual([gone.status, gone.body.action, gone.body.done], [200, 'remove', true])
    assert.equal((await remove('delete')).status, 404)
    while (!/as the definitions say/.test(c.perigee.cli(['plan'])));
    await c.send(200, 'plugins', zipped(files('1.0.0')))
    assert.deepEqual(await c.admin.all('policy'), [], 'nothing comes back')
  })
})
