// Webhooks: what other programs tell scripts by POST hooks/OWNER/NAME. Signed or with a token, once a
// delivery, as a user whom an administrator has chosen; who does not know the secret learns nothing.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'

const file = `webhook("made", { label = { en = "Orders", ru = "Заказы" }, header = "X-Hub-Signature-256", prefix = "sha256=",
  delivery = "X-Delivery", headers = { "X-Kind" } }, function(call)
  assert(call.json, "no JSON")
  if call.json.fail then error("it fails") end
  crm.create("organization", { name = call.json.name, website = call.headers["X-Kind"] })
end)
webhook("dated", { header = "Signature", part = "v1", timestamp = "t", tolerance = 60 }, function(call)
  crm.create("organization", { name = call.body })
end)
webhook("asked", { verify = "token", header = "Authorization", prefix = "Bearer ", delivery = "X-Delivery", answer_ms = 2000 }, function(call)
  if call.body == "refuse" then crm.refuse({ en = "Not today", ru = "Не сегодня" }) end
  if call.body == "fail" then error("secret inner thoughts") end
  if call.body == "long" then while true do end end
  if call.body == "nothing" then return end
  if call.body ~= "" then crm.create("organization", { name = call.body }) end
  return { me = crm.me() and crm.me().login, body = call.body, type = call.type }
end)
webhook("few", { verify = "token", per_minute = 10 }, function() end)
webhook("slack", { header = "X-Slack-Signature", prefix = "v0=", timestamp = "X-Slack-Request-Timestamp", signed = "v0:{timestamp}:{body}", encoding = "hex", answer_ms = 1000 }, function(call) return call.json end)
webhook("shop", { header = "X-Hmac", encoding = "base64", answer_ms = 1000 }, function(call) return #call.body end)
`
const hex = (secret, text) => createHmac('sha256', secret).update(text).digest('hex')
const json = { 'Content-Type': 'application/json' }
const until = async (ask, ms = 60000) => {
  const end = Date.now() + ms
  for (;;) {
    const found = await ask()
    if (found) return found
    if (Date.now() > end) throw new Error('it does not come')
    await new Promise((done) => setTimeout(done, 30))
  }
}
const now = () => Math.floor(Date.now() / 1000)

const open = async (c) => {
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'robot', '--role', 'sales'])
  const folder = join(c.perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'orders.lua'), file, { mode: 0o600 })
  await c.perigee.serve()
  c.admin = c.perigee.client(c.perigee.token('root'))
  await c.admin.expect(200, 'POST', 'scripts/save', { body: { script: 'scripts/worked', text: file } })
  c.set = async (script, name, body = {}) => (await c.admin.expect(200, 'POST', 'scripts/webhooks/secret', { body: { script, name, user: 'robot', ...body } })).secret
  c.hook = async (path, body, headers = {}) => {
    const answer = await fetch(`${c.perigee.base}/api/v1/hooks/${path}`, { method: 'POST', body, headers })
    const text = await answer.text()
    return { status: answer.status, text, retry: answer.headers.get('retry-after'), json: text ? JSON.parse(text) : null }
  }
  c.named = async (name) => (await c.admin.get('records/organization', { where: `name == '${name}'` })).records
  c.list = async () => (await c.admin.get('scripts/webhooks')).webhooks
  c.of = async (script, name) => (await c.list()).find((it) => it.script === script && it.name === name)
}

for (const [tier, script] of [['in process', 'scripts/orders'], ['in a worker', 'scripts/worked']])
  onEngines(`webhooks ${tier}`, {}, open, (test, c) => {
    const name = (text) => `${text} ${tier}`

    test('one is not there until an administrator has set it up', async () => {
      assert.deepEqual(await c.of(script, 'made').then((it) => [it.path, it.label, it.verify, it.problem, it.user, it.answers]), [`${script}/made`, 'Orders', 'hmac_sha256', 'no_secret', null, false])
      assert.equal((await c.hook(`${script}/made`, '{}')).status, 404)
      c.made = await c.set(script, 'made', { user: undefined })
      assert.match(c.made, /^[0-9a-f]{64}$/)
      assert.equal((await c.of(script, 'made')).problem, 'no_user')
      const sign = () => c.hook(`${script}/made`, '{"name":"x"}', { ...json, 'X-Hub-Signature-256': `sha256=${hex(c.made, '{"name":"x"}')}` })
      assert.equal((await sign()).status, 503)
      await c.admin.refused(422, 'script_webhook_user', 'POST', 'scripts/webhooks/user', { body: { script, name: 'made', user: 'nobody' } })
      await c.admin.expect(204, 'POST', 'scripts/webhooks/user', { body: { script, name: 'made', user: 'robot' } })
      assert.equal((await c.of(script, 'made')).problem, null)
      assert.ok(!JSON.stringify(await c.list()).includes(c.made))
      assert.ok(!c.perigee.sql('SELECT key, value FROM sys_state').flat().join().includes(c.made))
    })

    test('what is signed is run once, as the user, with its cause', async () => {
      const body = JSON.stringify({ name: name('Signed') })
      const headers = { ...json, 'X-Hub-Signature-256': `sha256=${hex(c.made, body)}`, 'X-Delivery': 'd-1', 'X-Kind': 'order' }
      const answers = await Promise.all([1, 2, 3].map(() => c.hook(`${script}/made`, body, headers)))
      assert.deepEqual(answers.map((it) => it.status), [202, 202, 202])
      assert.deepEqual(answers.map((it) => it.json.repeated).sort(), [false, true, true])
      await until(async () => (await c.named(name('Signed'))).length === 1)
      assert.equal((await c.hook(`${script}/made`, body, headers)).json.repeated, true)
      const [made] = await c.named(name('Signed'))
      assert.equal(made.website.replace(/^https?:\/\//, ''), 'order')
      assert.equal((await c.admin.get(`records/organization/${made.id}`)).created_by?.title ?? 'robot', 'robot')
      const { records } = await c.admin.get('runs', { script })
      assert.deepEqual(records.filter((it) => it.cause === `webhook ${script}/made d-1`).map((it) => it.outcome), ['ok'])
      const why = await c.admin.get(`records/organization/${made.id}/why`, { field: 'name' })
      assert.match(JSON.stringify(why), /orders\.lua|worked\.lua/)
    })

    test('whoever does not know the secret is told what is told of none', async () => {
      const body = '{"name":"Evil"}', good = hex(c.made, body)
      const other = await c.hook(`${script}/no_such`, body, json)
      const wrong = [
        {}, { 'X-Hub-Signature-256': '' }, { 'X-Hub-Signature-256': good }, { 'X-Hub-Signature-256': `sha256=${good.slice(0, 63)}` },
        { 'X-Hub-Signature-256': `sha256=${good}00` }, { 'X-Hub-Signature-256': `sha256=${hex('other', body)}` }, { 'X-Hub-Signature-256': `sha256=${hex('', body)}` },
        { 'X-Hub-Signature-256': `sha1=${good}` }, { 'X-Signature': `sha256=${good}` }, { 'X-Hub-Signature-256': `sha256=${'z'.repeat(64)}` },
      ]
      for (const headers of wrong) {
        const answer = await c.hook(`${script}/made`, body, { ...json, ...headers })
        const plain = ({ request_id, ...rest }) => rest
        assert.deepEqual([answer.status, plain(answer.json)], [404, plain(other.json)], JSON.stringify(headers))
      }
      assert.equal((await c.hook(`${script}/made`, `${body} `, { ...json, 'X-Hub-Signature-256': `sha256=${good}` })).status, 404)
      for (const path of ['scripts/none/made', 'made', 'scripts', `${script}/made/more`, `${script}/%00`, 'sales/../made']) assert.ok([400, 404].includes((await c.hook(path, body, json)).status), path)
      await c.perigee.client(c.perigee.token('robot')).refused(403, null, 'GET', 'scripts/webhooks')
      await c.perigee.client(c.perigee.token('robot')).refused(403, null, 'POST', 'scripts/webhooks/secret', { body: { script, name: 'made' } })
      assert.equal((await c.named('Evil')).length, 0)
    })

    test('a signed moment bounds a replay', async () => {
      const secret = await c.set(script, 'dated'), body = name('Dated')
      const send = (t, text = body, by = secret) => c.hook(`${script}/dated`, text, { Signature: `t=${t},v0=00,v1=${'0'.repeat(64)},v1=${hex(by, `${t}.${text}`)}` })
      const t = now()
      assert.deepEqual(await send(t).then((it) => [it.status, it.json.repeated]), [202, false])
      assert.deepEqual(await send(t).then((it) => [it.status, it.json.repeated]), [202, true])
      assert.equal((await send(t - 3600)).status, 404)
      assert.equal((await send(t + 3600)).status, 404)
      assert.equal((await send('x')).status, 404)
      assert.equal((await c.hook(`${script}/dated`, body, { Signature: `t=${t + 1},v1=${hex(secret, `${t}.${body}`)}` })).status, 404)
      assert.equal((await c.hook(`${script}/dated`, body, { Signature: `v1=${hex(secret, `.${body}`)}` })).status, 404)
      await until(async () => (await c.named(body)).length === 1)
    })

    test('one that answers does so with what the handler returns', async () => {
      const secret = await c.set(script, 'asked', { secret: 'a-token-that-they-made' })
      assert.equal(secret, 'a-token-that-they-made')
      const ask = (body, more = {}) => c.hook(`${script}/asked`, body, { Authorization: `Bearer ${secret}`, 'Content-Type': 'text/plain', ...more })
      assert.deepEqual(await ask('').then((it) => [it.status, it.json]), [200, { me: 'robot', body: '', type: 'text/plain' }])
      assert.deepEqual(await ask('nothing').then((it) => [it.status, it.text]), [204, ''])
      assert.deepEqual(await ask('refuse').then((it) => [it.status, it.json.detail]), [422, 'Not today'])
      for (const body of ['fail', 'long']) {
        const answer = await ask(body)
        assert.deepEqual([answer.status, answer.json.code, answer.retry], [503, 'script_webhook_failed', '10'], body)
        assert.ok(!answer.text.includes('inner thoughts'))
      }
      const once = name('Asked')
      assert.deepEqual(await ask(once, { 'X-Delivery': 'a-1' }).then((it) => it.status), 200)
      assert.deepEqual(await ask(once, { 'X-Delivery': 'a-1' }).then((it) => [it.status, it.text]), [204, ''])
      assert.equal((await c.named(once)).length, 1)
      assert.equal((await ask('', { Authorization: 'Bearer a-token-that-they-mad' })).status, 404)
      assert.equal((await ask('', { Authorization: secret })).status, 404)
      await c.admin.refused(400, 'script_webhook_secret', 'POST', 'scripts/webhooks/secret', { body: { script, name: 'asked', secret: 'short' } })
    })

    test('other services sign in their own ways', async () => {
      const slack = await c.set(script, 'slack'), shop = await c.set(script, 'shop'), t = String(now())
      const body = '{"challenge":"3eZb"}'
      assert.deepEqual(await c.hook(`${script}/slack`, body, { ...json, 'X-Slack-Request-Timestamp': t, 'X-Slack-Signature': `v0=${hex(slack, `v0:${t}:${body}`)}` }).then((it) => [it.status, it.json]), [200, { challenge: '3eZb' }])
      const bytes = Buffer.from([0, 255, 10, 13, 0])
      assert.deepEqual(await c.hook(`${script}/shop`, bytes, { 'X-Hmac': createHmac('sha256', shop).update(bytes).digest('base64') }).then((it) => [it.status, it.json]), [200, 5])
    })

    test('another secret takes over, the former one beside it for a while', async () => {
      const body = '{"name":"Rotated"}'
      const send = (secret) => c.hook(`${script}/made`, body, { ...json, 'X-Hub-Signature-256': `sha256=${hex(secret, body)}` }).then((it) => it.status)
      const second = await c.set(script, 'made')
      assert.deepEqual([await send(c.made), await send(second)], [202, 202])
      assert.ok((await c.of(script, 'made')).former_until)
      const third = await c.set(script, 'made', { overlap_hours: 0 })
      assert.deepEqual([await send(c.made), await send(second), await send(third)], [404, 404, 202])
      c.made = third
      await c.admin.refused(404, 'script_no_such_webhook', 'POST', 'scripts/webhooks/secret', { body: { script, name: 'none' } })
      await c.admin.refused(400, null, 'POST', 'scripts/webhooks/secret', { body: { script, name: 'made', overlap_hours: 721 } })
    })

    test('what is too large, no JSON, or has other headers than a header can be', async () => {
      const send = (body, more = {}) => c.hook(`${script}/made`, body, { ...json, 'X-Hub-Signature-256': `sha256=${hex(c.made, body)}`, ...more })
      assert.equal((await send('x'.repeat(128 * 1024 + 1))).status, 413)
      assert.equal((await send('{"name":')).status, 400)
      assert.equal((await send(`${'['.repeat(40)}${']'.repeat(40)}`)).status, 413)
      assert.equal((await send('{}', { 'X-Delivery': 'd'.repeat(201) })).status, 400)
      assert.equal((await send('{}', { 'X-Kind': 'k'.repeat(1001) })).status, 400)
      assert.equal((await send('{}', { 'X-Kind': '\xff' })).status, 400)
      const large = JSON.stringify({ name: name('Large'), pad: 'é'.repeat(60000) })
      assert.equal((await send(large)).status, 202)
      await until(async () => (await c.named(name('Large'))).length === 1)
      const raw = (text) => new Promise((done, fail) => {
        let got = ''
        const socket = connect(Number(new URL(c.perigee.base).port), '127.0.0.1', () => socket.end(text))
        socket.on('data', (data) => (got += data)).on('close', () => done(got)).on('error', fail)
      })
      const head = `POST /api/v1/hooks/${script}/made HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=${hex(c.made, '{}')}\r\n`
      assert.match(await raw(`${head}X-Kind: a\r\n folded\r\nContent-Length: 2\r\n\r\n{}`), /^HTTP\/1\.1 400/)
      assert.match(await raw(`${head}X-Kind: a\0b\r\nContent-Length: 2\r\n\r\n{}`), /^HTTP\/1\.1 400/)
      assert.match(await raw(`${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`), /^HTTP\/1\.1 400/)
      assert.equal((await fetch(`${c.perigee.base}/api/v1/hooks/${script}/made`)).status, 405)
    })

    test('a body that never ends holds nobody up', async () => {
      const socket = connect(Number(new URL(c.perigee.base).port), '127.0.0.1')
      await new Promise((done) => socket.once('connect', done))
      socket.on('error', () => {})
      socket.write(`POST /api/v1/hooks/${script}/made HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{`)
      const body = JSON.stringify({ name: name('Beside') })
      assert.equal((await c.hook(`${script}/made`, body, { ...json, 'X-Hub-Signature-256': `sha256=${hex(c.made, body)}` })).status, 202)
      socket.destroy()
      await until(async () => (await c.named(name('Beside'))).length === 1)
    })

    test('so many a minute and no more; those without the secret do not count', async () => {
      const secret = await c.set(script, 'few')
      const send = (token) => c.hook(`${script}/few`, 'x', { 'X-Webhook-Token': token })
      for (let i = 0; i < 20; i++) assert.equal((await send('wrong')).status, 404)
      const answers = await Promise.all(Array.from({ length: 30 }, () => send(secret)))
      const good = answers.filter((it) => it.status === 202).length
      assert.ok(good >= 10 && good <= 12, String(good))
      const often = answers.find((it) => it.status === 429)
      assert.equal(often.json.code, 'script_webhook_often')
      assert.ok(Number(often.retry) >= 1 && Number(often.retry) <= 60)
    })

    test('a run that fails is tried again and told; a stopped script answers 503', async () => {
      const body = JSON.stringify({ fail: true })
      const send = (text, more = {}) => c.hook(`${script}/made`, text, { ...json, 'X-Hub-Signature-256': `sha256=${hex(c.made, text)}`, ...more })
      assert.equal((await send(body, { 'X-Delivery': 'f-1' })).status, 202)
      await until(async () => (await c.admin.get('runs', { script, outcome: 'error' })).records.some((it) => it.cause === `webhook ${script}/made f-1`))
      await c.admin.expect(200, 'POST', 'scripts/stop', { body: { script } })
      const stopped = await send('{}')
      assert.deepEqual([stopped.status, stopped.json.code], [503, 'script_webhook_stopped'])
      assert.equal((await c.of(script, 'made')).problem, 'stopped')
      assert.equal((await c.hook(`${script}/made`, '{}', json)).status, 404)
      await c.admin.expect(204, 'POST', 'scripts/start', { body: { script } })
    })

    test('a dry run tells what a body would do', async () => {
      const dry = await c.admin.expect(200, 'POST', 'scripts/dry-run', { body: { script, webhook: { name: 'made', body: '{"name":"Dry"}', headers: { 'x-kind': 'try' } } } })
      assert.deepEqual(dry.runs.map((run) => [run.kind, run.outcome, run.changes[0].op, run.changes[0].fields.name.after]), [['webhook', 'ok', 'create', 'Dry']])
      assert.equal((await c.named('Dry')).length, 0)
      const broken = await c.admin.expect(200, 'POST', 'scripts/dry-run', { body: { script, webhook: { name: 'made', body: 'no' } } })
      assert.equal(broken.runs[0].outcome, 'error')
      await c.admin.refused(404, 'script_no_such_webhook', 'POST', 'scripts/dry-run', { body: { script, webhook: { name: 'none' } } })
    })

    test('a user who has left takes nothing any more', async () => {
      const [robot] = (await c.admin.get('records/user', { where: "login == 'robot'" })).records
      await c.admin.expect(200, 'PATCH', `records/user/${robot.id}`, { body: { active: false } })
      assert.equal((await c.of(script, 'asked')).problem, 'user_gone')
      assert.equal((await c.hook(`${script}/asked`, '', { Authorization: 'Bearer a-token-that-they-made' })).status, 503)
      await c.admin.expect(200, 'PATCH', `records/user/${robot.id}`, { body: { active: true } })
    })
  })

onEngines('webhooks from the command line', {}, open, (test, c) => {
  test('they are listed, given a user and secrets, tried', async () => {
    const last = (text) => JSON.parse(text.trim().split('\n').pop())
    const script = 'scripts/orders'
    assert.match(c.perigee.cli(['webhook', 'list']), /scripts\/orders\/made +hmac_sha256 +no_secret +Orders/)
    const { secret } = last(c.perigee.cli(['webhook', 'secret', script, 'asked', '--json']))
    c.perigee.cli(['webhook', 'user', script, 'asked', 'robot'])
    const ask = (token) => c.hook(`${script}/asked`, '', { Authorization: `Bearer ${token}` })
    assert.equal((await ask(secret)).status, 200)
    assert.equal(last(c.perigee.cli(['webhook', 'secret', script, 'asked', '--secret-stdin', '--overlap', '0', '--json'], { input: 'theirs-is-like-this\n' })).secret, 'theirs-is-like-this')
    assert.deepEqual([(await ask(secret)).status, (await ask('theirs-is-like-this')).status], [404, 200])
    c.perigee.cli(['webhook', 'secret', script, 'asked', '--secret-stdin'], { input: 'short', status: 1 })
    c.perigee.cli(['webhook', 'user', script, 'asked', 'nobody'], { status: 1 })
    c.perigee.cli(['webhook', 'user', script, 'none', 'robot'], { status: 1 })
    const dry = last(c.perigee.cli(['script', 'dry-run', '--script', script, '--webhook', 'made', '--body', '{"name":"By hand"}', '--json']))
    assert.deepEqual(dry.runs.map((run) => [run.outcome, run.changes[0].fields.name.after]), [['ok', 'By hand']])
  })
})

onEngines('a thousand webhooks', {}, open, (test, c) => {
  test('a thousand quick ones are each done once', async () => {
    const script = 'scripts/worked'
    await c.admin.expect(200, 'POST', 'scripts/save', { body: { script, text: 'webhook("many", { per_minute = 6000, delivery = "X-Delivery" }, function(call) crm.keep("n", (crm.kept("n") or 0) + 1) end)\nwebhook("count", { verify = "token", answer_ms = 1000 }, function() return crm.kept("n") end)' } })
    const secret = await c.set(script, 'many'), token = await c.set(script, 'count')
    const numbers = Array.from({ length: 1000 }, (_, i) => i)
    const send = (i) => c.hook(`${script}/many`, String(i), { 'X-Signature': hex(secret, String(i)), 'X-Delivery': `n-${i}` })
    const statuses = {}
    for (let i = 0; i < 1000; i += 50)
      for (const { status } of await Promise.all(numbers.slice(i, i + 50).map(send))) statuses[status] = (statuses[status] ?? 0) + 1
    assert.deepEqual(statuses, { 202: 1000 })
    await until(async () => (await c.hook(`${script}/count`, '', { 'X-Webhook-Token': token })).json === 1000, 120000)
  })
})
