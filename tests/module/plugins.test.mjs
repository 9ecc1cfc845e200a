// Plugins and scripts of the data directory: the examples of the manual as they stand there, bad ones
// beside good ones, and what is left when a folder is taken away.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { after, before, describe, it } from 'node:test'
import { createInstance, engines } from '../support/perigee.mjs'

const manual = readFileSync(join(resolve(dirname(fileURLToPath(import.meta.url)), '..', '..'), 'sdk', 'doc', 'scripts.md'), 'utf8')

/** Every Lua block of the manual that begins with the path of its file. */
const examples = [...manual.matchAll(/```lua\n-- ((?:plugins|scripts)\/\S+\.lua)\n([\s\S]*?)```/g)].map(([, path, text]) => ({ path, text }))

const manifest = (name, more = '') => `return { name = "${name}", version = "1"${more} }\n`

for (const engine of engines)
  describe(`plugins and scripts on ${engine}`, () => {
    let perigee, admin
    const skip = (t) => {
      if (!perigee) t.skip('skipped: PostgreSQL is not installed')
      return !perigee
    }
    const put = (path, text) => {
      mkdirSync(dirname(join(perigee.data, path)), { recursive: true })
      writeFileSync(join(perigee.data, path), text)
    }
    const remove = (path) => rmSync(join(perigee.data, path), { recursive: true })
    const again = async () => {
      await perigee.stop()
      await perigee.serve()
      admin = perigee.client(admin.token)
    }
    const extensions = () => Object.fromEntries(perigee.json(['plugin', 'list']).extensions.map((x) => [`${x.kind} ${x.name}`, x]))

    before(async () => {
      perigee = createInstance(engine)
      if (!perigee) return
      for (const { path, text } of examples) put(path, text)
      perigee.cli(['user', 'add', 'root', '--role', 'admin'])
      await perigee.serve()
      admin = perigee.client(perigee.token('root'))
    })
    after(() => perigee?.close())

    it('runs the examples of the manual', async (t) => {
      if (skip(t)) return
      assert.deepEqual(examples.map((e) => e.path).sort(), [
        'plugins/insurance/automations/policy.lua', 'plugins/insurance/entities/policy.lua', 'plugins/insurance/manifest.lua', 'scripts/head_count.lua', 'scripts/websites.lua'])
      const list = extensions()
      assert.equal(list['plugin insurance'].loaded, true)
      assert.equal(list['plugin insurance'].version, '1.0.0')
      assert.equal(list['script websites'].loaded, true)
      const fields = async () => Object.values((await admin.get('meta')).entities.find((e) => e.name === 'organization').fields)
      while (!(await fields()).some((field) => field.name === 'policies')) await turn() // a roll-up comes when it is filled
      const feed = await admin.live()
      const acme = await admin.create('organization', { name: 'Acme', website: 'acme.example' })
      assert.equal(acme.website, 'https://acme.example', 'a script completes what is saved')
      assert.equal(acme.policies, 0)
      const refused = await admin.refused(422, null, 'POST', 'records/policy',
        { body: { number: 'P-0', holder: acme.id, begins_on: '2026-02-01', ends_on: '2026-01-01' } })
      assert.equal(refused.field, 'ends_on')
      assert.match(refused.detail, /before it begins/)
      const policy = await admin.create('policy', { number: 'P-1', holder: acme.id, premium: { amount: '100', currency: 'USD' } })
      assert.equal(policy.note, 'Made by hand')
      assert.deepEqual(policy.holder, { id: acme.id, title: 'Acme' })
      await feed.until((hint) => hint.entity === 'organization' && hint.id === acme.id && hint.version > acme.version)
      feed.close()
      const after = await admin.get(`records/organization/${acme.id}`)
      assert.equal(after.insured, true)
      assert.equal(after.policies, 1)
      const meta = await admin.get('meta')
      assert.ok(meta.entities.some((e) => e.name === 'policy'))
      const log = await admin.get('changesets', { limit: '5' })
      assert.ok(log.records.some((c) => c.door === 'script' && /policy\.created/.test(c.cause)), JSON.stringify(log.records))
      assert.equal((await admin.get('search', { q: 'P-1' })).results[0].entity, 'policy')
    })

    it('leaves a bad one out whole, says why, and runs the others', async (t) => {
      if (skip(t)) return
      put('plugins/unclosed/manifest.lua', manifest('unclosed'))
      put('plugins/unclosed/entities/a.lua', 'entity "half_a" { fields = { name = text {} } }\n')
      put('plugins/unclosed/entities/b.lua', 'entity "half_b" {\n  fields = {\n')
      put('plugins/mistyped/manifest.lua', manifest('mistyped'))
      put('plugins/mistyped/entities/a.lua', 'entity "half_c" { fields = { name = text {} } }\nextend "organization" {\n  fields = { size = teext {} },\n}\n')
      put('plugins/clashing/manifest.lua', manifest('clashing'))
      put('plugins/clashing/entities/a.lua', 'entity "half_d" { fields = { name = text {} } }\nentity "organization" { fields = { name = text {} } }\n')
      put('plugins/same_field/manifest.lua', manifest('same_field'))
      put('plugins/same_field/entities/a.lua', 'entity "half_e" { fields = { name = text {} } }\nextend "organization" { fields = { insured = text {} } }\n')
      put('plugins/deaf/manifest.lua', manifest('deaf'))
      put('plugins/deaf/automations/a.lua', 'before("organization", function() crm.refuse("name", "never") end)\n' +
        'after("organization.created", { when = "nothing > 1" }, function() end)\n')
      put('plugins/endless/manifest.lua', manifest('endless'))
      put('plugins/endless/entities/a.lua', 'entity "half_f" { fields = { name = text {} } }\nwhile true do end\n')
      put('plugins/nameless/entities/a.lua', 'entity "half_g" { fields = { name = text {} } }\n')
      put('plugins/renamed/manifest.lua', manifest('other'))
      put('plugins/sales/manifest.lua', manifest('sales'))
      put('plugins/needy/manifest.lua', manifest('needy', ', needs = { "clashing" }'))
      put('plugins/needy/entities/a.lua', 'entity "half_h" { fields = { name = text {} } }\n')
      put('scripts/late.lua', 'before("organization", function() crm.refuse("name", "never") end)\nschedule("61 * * * *", function() end)\n')
      await again()
      const list = extensions()
      const reasons = {
        'plugin unclosed': /plugins\/unclosed\/entities\/b\.lua:\d/, 'plugin mistyped': /plugins\/mistyped\/entities\/a\.lua:3/,
        'plugin clashing': /extend "organization".*plugins\/clashing\/entities\/a\.lua:2/, 'plugin same_field': /insured.*plugins\/same_field\/entities\/a\.lua:2/,
        'plugin deaf': /nothing.*plugins\/deaf\/automations\/a\.lua:2/, 'plugin endless': /processor time.*plugins\/endless\/entities\/a\.lua/,
        'plugin nameless': /no manifest\.lua/, 'plugin renamed': /calls itself other/, 'plugin sales': /cannot be called sales/,
        'plugin needy': /needs clashing/, 'script late': /scripts\/late\.lua:2/,
      }
      for (const [name, reason] of Object.entries(reasons)) {
        assert.equal(list[name]?.loaded, false, name)
        assert.match(list[name].reason, reason, name)
        const word = name.split(' ')
        assert.match(perigee.log, new RegExp(`${word[0]}_left_out.*${word[1]}`), `the log tells of ${name}`)
      }
      assert.equal(list['plugin insurance'].loaded, true)
      assert.equal(list['script websites'].loaded, true)
      const entities = (await admin.get('meta')).entities.map((e) => e.name)
      assert.ok(entities.includes('policy'))
      assert.deepEqual(entities.filter((name) => name.startsWith('half_')), [], 'nothing is registered by halves')
      const made = await admin.create('organization', { name: 'Beta', website: 'beta.example' })
      assert.equal(made.website, 'https://beta.example', 'handlers of the good ones run, of the bad ones none')
      const metrics = (await admin.request('GET', '/metrics')).text
      const bad = Object.keys(reasons).length
      assert.match(metrics, new RegExp(`^perigee_extensions ${bad + 3}$`, 'm'))
      assert.match(metrics, new RegExp(`^perigee_extensions_left_out ${bad}$`, 'm'))
      assert.equal(perigee.json(['plan']).left_out.length, bad)
      assert.match(perigee.cli(['check']), /Left out: clashing/)
      for (const name of Object.keys(reasons)) remove(name.startsWith('plugin') ? `plugins/${name.split(' ')[1]}` : 'scripts/late.lua')
    })

    it('runs without what is no plain file, and without what others may change', async (t) => {
      if (skip(t)) return
      const path = (...names) => join(perigee.data, ...names)
      mkdirSync(path('scripts', 'folder.lua'))
      assert.equal(spawnSync('mkfifo', [path('scripts', 'pipe.lua')]).status, 0)
      symlinkSync('/dev/zero', path('scripts', 'endless.lua'))
      symlinkSync('nowhere.lua', path('scripts', 'dangling.lua'))
      put('scripts/open.lua', 'before("organization", function() end)\n')
      chmodSync(path('scripts', 'open.lua'), 0o666)
      put('scripts/large.lua', `-- ${'x'.repeat(5 << 20)}\n`)
      put('plugins/anybody/manifest.lua', manifest('anybody'))
      chmodSync(path('plugins', 'anybody'), 0o777)
      const others = process.getuid() === 0
      if (others) {
        for (const name of ['theirs', 'mixed']) put(`plugins/${name}/manifest.lua`, manifest(name))
        put('scripts/theirs.lua', 'before("organization", function() end)\n')
        for (const name of ['plugins/theirs', 'plugins/mixed/manifest.lua', 'scripts/theirs.lua']) chownSync(path(name), 65534, 65534)
      }
      await again()
      const list = extensions()
      const reasons = {
        'script folder': /no plain file/, 'script pipe': /no plain file/, 'script endless': /no plain file/,
        'script dangling': /No such file/, 'script open': /other users/, 'script large': /larger than 4 MB/, 'plugin anybody': /other users/,
        ...(others ? { 'plugin theirs': /other users/, 'plugin mixed': /other users/, 'script theirs': /other users/ } : {}),
      }
      for (const [name, reason] of Object.entries(reasons)) {
        assert.equal(list[name]?.loaded, false, name)
        assert.match(list[name].reason, reason, name)
        remove(name.startsWith('plugin') ? `plugins/${name.split(' ')[1]}` : `scripts/${name.split(' ')[1]}.lua`)
      }
      assert.equal(list['plugin insurance'].loaded, true)
      assert.equal(list['script websites'].loaded, true)
      await again()
    })

    it('takes a change that the database cannot make for a mistake', async (t) => {
      if (skip(t)) return
      const path = 'plugins/insurance/entities/policy.lua'
      const good = examples.find((e) => e.path === path).text
      put(path, good.replace('note = text {', 'note = emails {'))
      await again()
      assert.match(extensions()['plugin insurance'].reason, /policy\.note.*plugins\/insurance\/entities\/policy\.lua:\d/)
      await admin.refused(404, null, 'GET', 'records/policy')
      put(path, good)
      await again()
      assert.equal((await admin.get('records/policy')).records.length, 1)
    })

    it('keeps the data of a folder that is taken away', async (t) => {
      if (skip(t)) return
      const [policy] = (await admin.get('records/policy')).records
      const task = await admin.create('activity', { subject: 'Renew', kind: 'task', about: { entity: 'policy', id: policy.id } })
      const { records: log } = await admin.get('changesets', { limit: '50' })
      renameSync(join(perigee.data, 'plugins', 'insurance'), join(perigee.folder, 'insurance'))
      await again()
      assert.equal(extensions()['plugin insurance'], undefined)
      await admin.refused(404, null, 'GET', `records/policy/${policy.id}`)
      const acme = (await admin.get('records/organization', { where: 'name == "Acme"' })).records[0]
      assert.equal('insured' in acme, false)
      assert.equal('policies' in acme, false)
      assert.equal((await admin.get('search', { q: 'P-1' })).results.length, 0)
      await admin.get(`records/activity/${task.id}`)
      await admin.get(`records/activity/${task.id}/changes`)
      await admin.get(`records/organization/${acme.id}/timeline`)
      await admin.get(`records/organization/${acme.id}/changes`)
      await admin.get('changesets', { limit: '50' })
      await admin.patch('organization', acme.id, { name: 'Acme & Co' })
      for (const c of log.filter((c) => c.door === 'rest' || c.door === 'script')) {
        const reply = await admin.request('POST', `changesets/${c.id}/undo`)
        const hidden = reply.status === 422 && reply.body.code === 'undo_hidden'
        assert.ok(reply.status === 200 || hidden, `undo of ${JSON.stringify(c)}: ${reply.text}`)
      }
      const plan = perigee.json(['plan'])
      assert.deepEqual(plan.steps, [])
      assert.ok(plan.kept.includes('policy'))
      assert.ok(plan.kept.includes('organization.insured'))
      assert.match(perigee.cli(['check']), /no problems/)
      renameSync(join(perigee.folder, 'insurance'), join(perigee.data, 'plugins', 'insurance'))
      await again()
      const back = await admin.get('records/policy')
      assert.deepEqual(back.records.map((r) => r.number), ['P-1'])
      assert.match(perigee.cli(['check']), /no problems/)
    })
  })
