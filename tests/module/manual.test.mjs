// The manual against the program: what it says runs, and what there is stands in it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, it } from 'node:test'
import { createInstance, program } from '../support/perigee.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')
const page = (name) => readFileSync(join(root, name), 'utf8')
const readme = page('README.md')
const operators = page('sdk/doc/operators.md')
const rest = page('sdk/doc/rest.md')
const admins = page('sdk/doc/admins.md')

/** The lines of blocks that are set in by four blanks. */
const set = (text) => [...text.matchAll(/^ {4}(.+)$/gm)].map(([, line]) => line)

describe('the manual', () => {
  let perigee, admin
  before(async () => {
    perigee = createInstance('sqlite')
    const [, source] = page('sdk/doc/reports.md').match(/```lua\n([\s\S]*?)```/)
    mkdirSync(join(perigee.data, 'scripts'), { recursive: true, mode: 0o755 })
    writeFileSync(join(perigee.data, 'scripts', 'reports.lua'), source)
    perigee.cli(['demo', '--size', '60', '--today', '2026-11-21'])
    perigee.cli(['user', 'add', 'LOGIN', '--role', 'admin'])
    await perigee.serve()
    admin = perigee.client(perigee.token('LOGIN'))
  })
  after(() => perigee?.close())

  it('names every command', () => {
    const commands = [...perigee.cli(['help']).matchAll(/^ {2}([a-z-]+(?: [a-z-]+)?) {2,}\S/gm)].map(([, name]) => name)
    assert.ok(commands.length > 25, commands.join())
    const untold = commands.filter((name) => !['help', 'version'].includes(name) && !new RegExp(`(perigee|;) ${name}\\b`).test(operators + readme + page('sdk/doc/scripts.md') + page('sdk/doc/modules.md')))
    assert.deepEqual(untold, [])
  })

  it('names every route', async () => {
    const { paths } = await admin.get('openapi.json')
    const entities = (await admin.get('meta')).entities.map((entity) => entity.name)
    const untold = new Set()
    for (const path of Object.keys(paths)) {
      const words = path.replace('/api/v1/', '').split('/').filter((word) => word && !word.startsWith('{') && !entities.includes(word))
      if (!words.every((word) => rest.includes(word))) untold.add(path)
    }
    assert.deepEqual([...untold], [])
  })

  it('shows definitions that are taken', async () => {
    const asked = set(rest).map((line) => line.match(/^(PUT|DELETE) (\S+)\s+(\{.*\})$/)).filter(Boolean)
    assert.equal(asked.length, 3)
    for (const [, method, path, body] of asked) {
      const plan = await admin.expect(200, method, path, { body })
      assert.equal(plan.refused, 0, path)
      assert.match(plan.digest, /^[0-9a-f]{64}$/)
    }
    const body = { definitions: [{ kind: 'entity', name: 'pallet', definition: { label: 'Pallet', label_plural: 'Pallets', title: 'name', fields: { name: { type: 'text' } } } }] }
    const { digest } = await admin.expect(200, 'POST', 'schema/plan', { body })
    await admin.refused(412, 'plan_changed', 'POST', 'schema/apply', { body: { ...body, digest: '0'.repeat(64) } })
    await admin.expect(200, 'POST', 'schema/apply', { body: { ...body, digest } })
    await admin.create('pallet', { name: 'One' })
  })

  it('shows calls that answer', async () => {
    const json = [...rest.matchAll(/`POST query` of `(\{.*\})`/g)].map(([, text]) => text)
    assert.equal(json.length, 1)
    assert.ok((await admin.expect(200, 'POST', 'query', { body: json[0] })).rows.length > 0)
    const [, list] = rest.match(/`GET records\/\{entity\}\?(\S.*?)`/)
    const answer = await admin.request('GET', `records/deal?${list.split('&').map((pair) => pair.replace(/=(.*)/, (_, text) => `=${encodeURIComponent(text)}`)).join('&')}`)
    assert.equal(answer.status, 200, answer.text)
    const alder = await admin.create('organization', { name: 'Alder Systems', phones: [{ value: '+7 (912) 345-67-89' }] })
    await admin.create('contact', { last_name: 'Фёдоров' })
    const found = async (entity, q) => (await admin.get(`records/${entity}`, { q, fields: 'id' })).records.map((record) => record.id)
    for (const q of ['ald sys', 'SYS ald', '912 345', '+79123456789', '7 (912) 345-67-89'])
      assert.equal((await found('organization', q)).includes(alder.id), q !== '912 345', q)
    for (const q of ['lder', '"Systems Alder" or nothing', 'ald -sys nothing']) assert.deepEqual(await found('organization', q), [], q)
    assert.equal((await found('contact', 'федор')).length, 1)
    assert.ok((await admin.get('search', { q: 'ald', entities: 'organization,contact' })).results.some((hit) => hit.id === alder.id))
  })

  it('shows commands that run', () => {
    writeFileSync(join(perigee.folder, 'customers.csv'), 'Name,Website\nManual GmbH,manual.example\n')
    writeFileSync(join(perigee.folder, 'FILE'), 'directory "manual" { label = "Manual" }\n')
    const [, section] = operators.match(/## Plugins, scripts and the schema\n([\s\S]*?)\n## /)
    const [, data] = operators.match(/## Data in and out\n([\s\S]*?)\n## /)
    const lines = [...set(section), ...set(data)].map((line) => line.split(/ {3,}/)[0]).filter((line) => line.startsWith('perigee ') && !/CHANGESET| ID$/.test(line))
    assert.ok(lines.length >= 9, lines.join('\n'))
    for (const line of lines) {
      const result = spawnSync('/bin/sh', ['-c', line.replace(/^perigee/, '"$PERIGEE_PROGRAM"')], {
        cwd: perigee.folder, encoding: 'utf8', env: { ...process.env, PERIGEE_PROGRAM: program, PERIGEE_DATA: perigee.data },
      })
      assert.equal(result.status, 0, `${line}\n${result.stdout}${result.stderr}`)
    }
  })

  it('shows a report that runs', async () => {
    const text = page('sdk/doc/reports.md')
    const [, name, body] = text.match(/`POST (reports\/\w+)` of `(\{.*?\}\})`/)
    const teams = (await admin.get('records/team', { where: "name == 'North'" })).records
    assert.equal(teams.length, 1)
    const answer = await admin.expect(200, 'POST', name, { body: body.replace('North', teams[0].id) })
    assert.equal(answer.rows.length, 1, JSON.stringify(answer.rows))
    const opened = await admin.expect(200, 'POST', `${name}/drill`, { body: { ...JSON.parse(body.replace('North', teams[0].id)), metric: 'large_deals', keys: [answer.rows[0].keys[0].value] } })
    assert.equal(opened.count, answer.rows[0].values[0])
    assert.deepEqual((await admin.get('reports')).problems, [])
  })

  it('leads administrators to every page that there is, and to no other', () => {
    const pages = [...page('modules/web/ui/admin/AdminPage.tsx').matchAll(/^ {2}\{ name: '(\w+)'/gm)].map(([, name]) => name)
    assert.ok(pages.length > 15, pages.join())
    assert.deepEqual([...new Set([...admins.matchAll(/`\/admin\/(\w+)`/g)].map(([, name]) => name))].sort(), pages.sort())
  })

  it('shows administrators a rule that holds, passes its test, and tells what it would have done', async () => {
    const [, text] = admins.match(/```lua\n([\s\S]*?)```/)
    const script = 'scripts/thanks'
    assert.deepEqual((await admin.expect(200, 'POST', 'scripts/check', { body: { script, text } })).problems, [])
    assert.deepEqual((await admin.expect(200, 'POST', 'scripts/test', { body: { script, text } })).tests.map((one) => one.message ?? one.outcome), ['ok'])
    const deal = await admin.create('deal', { name: 'Told' })
    const won = (await admin.get('records/stage', { where: 'kind == "won"' })).records[0]
    await admin.patch('deal', deal.id, { stage: won.id })
    const tasks = async () => (await admin.get('records/activity', { where: 'subject == "Thank Told"' })).records.length
    const would = await admin.expect(200, 'POST', 'scripts/dry-run', { body: { script, text, record: { entity: 'deal', id: deal.id } } })
    assert.deepEqual(would.runs.map((run) => [run.outcome, run.changes.map((change) => change.op)]), [['ok', ['create']]])
    assert.equal(await tasks(), 0, 'tried, not done')
    const saved = await admin.expect(200, 'POST', 'scripts/save', { body: { script, text, note: 'Thank them' } })
    assert.equal(saved.in_force, true, JSON.stringify(saved))
    await admin.patch('deal', (await admin.create('deal', { name: 'Told' })).id, { stage: won.id })
    for (const until = Date.now() + 60000; (await tasks()) !== 1; ) assert.ok(Date.now() < until, 'never done')
  })

  it('shows programs how to ask', () => {
    const [, section] = readme.match(/## For programs\n([\s\S]*?)\n## /)
    const script = set(section).join('\n').replaceAll('build/release/perigee', '"$PERIGEE_PROGRAM"').replaceAll('http://127.0.0.1:8080', perigee.base)
    const result = spawnSync('/bin/bash', ['-euc', script.replaceAll('curl ', 'curl -sf ')], {
      cwd: perigee.folder, encoding: 'utf8', env: { ...process.env, PERIGEE_PROGRAM: program, PERIGEE_DATA: perigee.data },
    })
    assert.equal(result.status, 0, result.stderr)
    assert.match(result.stdout, /"records":\[\{/)
    assert.match(result.stdout, /"revenue"/)
  })
})
