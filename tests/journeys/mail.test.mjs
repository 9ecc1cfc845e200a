// The outbound mail queue against a real SMTP server: what was committed is sent once, what was not is not; refusals,
// lost connections and kills in between; limits; who may see it.
import assert from 'node:assert/strict'
import { readFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onEngines } from '../support/perigee.mjs'
import { mailServer } from '../support/smtp.mjs'

const script = `after("organization.created", { when = "website ~= 'quiet'" }, function(event)
  local organization = event.record
  crm.mail {
    to = { organization, "boss@example.org" }, about = organization, reply_to = "desk@example.org",
    subject = { en = "About {{name}}", ru = "О {{name}}: {{founded_year}}" }, language = organization.country,
    text = "{{greeting}}, {{name}} ({{owner.name}}) earns {{annual_revenue}}.{{description}}",
    html = "<p>{{greeting}}, <b>{{ name }}</b></p>",
    values = { greeting = "Good <day>" },
  }
end)
after("contact.created", function(event)
  crm.mail { to = "never@example.org", subject = "never", text = "never" }
  error("not this time")
end)
action("organization", "wrong", { form = { to = text {}, place = text {} } }, function(organizations, form)
  crm.mail { to = form.to, subject = "s", text = form.place or "t", about = organizations[1] }
end)
action("organization", "papers", {}, function(organizations)
  local files = {}
  crm.query("file"):where("about == ?", organizations[1]):each(function(file) files[#files + 1] = file end)
  crm.mail { to = "papers@example.org", subject = "Papers", text = "See there", attachments = files }
end)
action("organization", "many", {}, function()
  for i = 1, 40 do crm.mail { to = "list@example.org", subject = "n " .. i, text = "t" } end
end)
`

const open = async (c) => {
  c.box = await mailServer({ user: 'crm', password: 'pässword' })
  c.perigee.env = { ...c.perigee.env, PERIGEE_MAIL_ALLOWED: `relay.local:25, 127.0.0.1:${c.box.port}` }
  const folder = join(c.perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'post.lua'), script, { mode: 0o600 })
  c.perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  c.perigee.cli(['user', 'add', 'sue', '--name', 'Sue <S>', '--role', 'sales'])
  c.connect = async () => {
    await c.perigee.serve()
    c.root = c.perigee.client(c.token ??= c.perigee.token('root'))
  }
  await c.connect()
  c.sue = (await c.root.get('records/user', { where: 'login == "sue"' })).records[0].id
  c.set = (body) => c.root.expect(200, 'PATCH', 'settings', { body })
  c.make = (body) => c.root.expect(201, 'POST', 'records/organization', { body })
  c.mail = (id) => c.root.get(`mails/${id}`)
  c.newest = async () => (await c.root.get('mails', { limit: '1' })).records[0]
  c.until = async (ask) => {
    for (;;) {
      const found = await ask()
      if (found) return found
      await new Promise((done) => setTimeout(done, 5))
    }
  }
  c.state = (id, ...states) => c.until(async () => {
    const mail = await c.mail(id)
    return states.includes(mail.state) && mail
  })
  c.quiet = async () => (await c.make({ name: 'Quiet', website: 'quiet' })).id
  c.act = (id, name, form, status = 200) => c.root.expect(status, 'POST', `records/organization/actions/${name}`, { body: { ids: [id], ...(form ? { form } : {}) } })
  /** A mail by hand, as far as it has come when something has been tried. */
  c.send = async () => (await c.root.expect(202, 'POST', 'mails/test', { body: { to: 'ann@example.org' } })).id
  c.tried = (id, attempts = 1) => c.until(async () => {
    const mail = await c.mail(id)
    return mail.attempts >= attempts && mail.state !== 'running' && mail
  })
}

onEngines('outbound mail', {}, open, (test, c) => {
  test('nothing is sent before the settings say where; the password is kept sealed', async () => {
    const waiting = await c.tried(await c.send())
    assert.equal(waiting.state, 'queued')
    assert.match(waiting.error, /mail_host/)
    await c.root.expect(204, 'DELETE', `mails/${waiting.id}`)
    const shown = await c.set({ mail_host: '127.0.0.1', mail_port: c.box.port, mail_tls: 'none', mail_user: 'crm', mail_password: 'pässword', mail_from: 'Acme Büro <crm@example.org>', mail_per_minute: 60000 })
    assert.equal(shown.mail_password_set, true)
    assert.equal(shown.mail_host, '127.0.0.1')
    assert.ok(!JSON.stringify(shown).includes('pässword'))
    assert.ok(!JSON.stringify(await c.root.get('records/setting', { limit: '100' })).includes('pässword'))
    assert.equal(statSync(join(c.perigee.data, 'secret.key')).mode & 0o777, 0o600)
    assert.equal(readFileSync(join(c.perigee.data, 'secret.key')).length, 32)
    for (const body of [{ mail_port: 0 }, { mail_tls: 'maybe' }, { mail_from: 'nobody' }, { mail_host: 'a b' }, { mail_from: 'A <a@b>\r\nBcc: x@y' }])
      await c.root.refused(422, null, 'PATCH', 'settings', { body })
    const sue = c.perigee.client(c.perigee.token('sue'))
    assert.ok(!Object.keys(await sue.get('settings')).some((key) => key.startsWith('mail')))
    const done = await c.state(await c.send(), 'done')
    assert.equal(done.error, null)
    assert.deepEqual(c.box.mails.map((mail) => mail.to), [['ann@example.org']])
    c.box.mails.length = 0
  })

  test('a mail of a script: filled in, escaped, to whom it says, under one Message-ID', async () => {
    const made = await c.make({ name: 'Müller & <Söhne>', owner: c.sue, annual_revenue: { amount: '1234.5', currency: 'USD' }, emails: [{ value: 'a@example.org' }, { value: 'b@example.org', primary: true }] })
    const mail = await c.until(async () => c.box.mails[0])
    assert.deepEqual(mail.to, ['b@example.org', 'boss@example.org'])
    assert.equal(mail.user, 'crm')
    assert.equal(mail.from, 'crm@example.org')
    assert.equal(mail.headers.from, 'Acme Büro <crm@example.org>')
    assert.equal(mail.headers['reply-to'], '<desk@example.org>')
    assert.equal(mail.headers.subject, 'About Müller & <Söhne>')
    assert.equal(mail.text, 'Good <day>, Müller & <Söhne> (Sue <S>) earns 1234.50 USD.')
    assert.equal(mail.html, '<p>Good &lt;day&gt;, <b>Müller &amp; &lt;Söhne&gt;</b></p>')
    const { id } = await c.newest()
    assert.equal(mail.headers['message-id'], `<${id}.perigee@example.org>`)
    const sent = await c.state(id, 'done')
    assert.deepEqual(sent.about, { entity: 'organization', id: made.id })
    assert.equal(sent.owner, 'scripts/post')
    assert.match(sent.cause, /scripts\/post/)
    await c.make({ name: 'Рога и копыта', country: 'ru', founded_year: 1928, emails: [{ value: 'r@example.org' }] })
    assert.equal((await c.until(async () => c.box.mails[1])).headers.subject, 'О Рога и копыта: 1928')
    assert.ok(c.box.mails[1].raw.split('\r\n').every((line) => line.length <= 78))
  })

  test('a run that fails sends nothing, a dry one tells', async () => {
    const before = (await c.root.get('mails')).records.length
    await c.root.expect(201, 'POST', 'records/contact', { body: { last_name: 'Lee' } })
    await c.until(async () => (await c.root.get('runs', { script: 'scripts/post', outcome: 'error' })).records.length)
    const dry = c.perigee.json(['script', 'dry-run', '--script', 'scripts/post', '--since', '2020-01-01T00:00:00Z'])
    const told = dry.runs.flatMap((run) => run.effects).filter((effect) => effect.verb === 'mail')
    assert.ok(told.some((effect) => effect.detail.subject === 'About Müller & <Söhne>' && effect.detail.to[0] === 'b@example.org'), JSON.stringify(dry))
    assert.equal((await c.root.get('mails')).records.length, before)
    assert.equal(c.box.mails.length, 2)
  })

  test('wrong addresses, places and domains are refused at once', async () => {
    const id = await c.quiet()
    for (const to of ['nobody', 'a@b@c', 'a b@example.org', 'ann@example.org\r\nBcc: eve@example.org', '<ann@example.org>', 'ä@example.org'])
      await c.root.refused(400, null, 'POST', 'records/organization/actions/wrong', { body: { ids: [id], form: { to } } })
    for (const place of ['{{no_such}}', '{{name.more.}}', '{{}}'])
      assert.ok([400, 422].includes((await c.root.request('POST', 'records/organization/actions/wrong', { body: { ids: [id], form: { to: 'a@example.org', place } } })).status) || place === '{{name.more.}}', place)
    await c.set({ mail_domains: 'example.com, Example.NET' })
    await c.root.refused(403, null, 'POST', 'records/organization/actions/wrong', { body: { ids: [id], form: { to: 'a@example.org' } } })
    await c.act(id, 'wrong', { to: 'a@EXAMPLE.net' })
    await c.set({ mail_domains: '' })
    assert.deepEqual((await c.until(async () => c.box.mails[2])).to, ['a@EXAMPLE.net'])
  })

  test('attachments come as they are', async () => {
    const id = await c.quiet()
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 256))
    await c.root.expect(201, 'POST', `files?name=${encodeURIComponent('Отчёт 1.bin')}&about=organization:${id}`, { body: bytes, headers: { 'Content-Type': 'application/x-thing' } })
    await c.act(id, 'papers')
    const mail = await c.until(async () => c.box.mails[3])
    assert.equal(mail.text, 'See there')
    assert.deepEqual(mail.files, [{ name: 'Отчёт 1.bin', type: 'application/x-thing', bytes }])
  })

  test('a passing no is tried again, a lasting one is not, each with the words of the server', async () => {
    for (const stage of ['greeting', 'mail', 'rcpt', 'data', 'text']) {
      c.box.fault = (envelope, at) => (at === stage ? '451 4.3.0 come back later' : null)
      const later = await c.tried(await c.send())
      assert.equal(later.state, 'queued', stage)
      assert.match(later.error, /come back later/)
      c.box.fault = () => null
      const count = c.box.mails.length
      await c.root.expect(204, 'POST', `mails/${later.id}/retry`)
      await c.state(later.id, 'done')
      assert.equal(c.box.mails.length, count + 1)
      c.box.fault = (envelope, at) => (at === stage ? '550 5.1.1 never' : null)
      const never = await c.tried(await c.send())
      assert.equal(never.state, stage === 'greeting' ? 'queued' : 'failed', stage)
      assert.match(never.error, /5.1.1 never/)
      c.box.fault = () => null
      await c.root.request('DELETE', `mails/${never.id}`)
    }
    await c.set({ mail_password: 'other' })
    const refused = await c.tried(await c.send())
    assert.equal(refused.state, 'queued')
    await c.set({ mail_password: 'pässword' })
    await c.root.expect(204, 'POST', `mails/${refused.id}/retry`)
    await c.state(refused.id, 'done')
  })

  test('a lost connection: before the end it is tried again, after it nobody knows', async () => {
    for (const stage of ['greeting', 'ehlo', 'mail', 'rcpt', 'data']) {
      c.box.fault = (envelope, at) => (at === stage ? 'drop' : null)
      const lost = await c.tried(await c.send())
      assert.equal(lost.state, 'queued', stage)
      await c.root.expect(204, 'DELETE', `mails/${lost.id}`)
      await c.root.refused(409, null, 'DELETE', `mails/${lost.id}`)
    }
    // A large one, lost in the middle of its text: what the sockets hold is not all of it.
    const id = await c.quiet()
    const bytes = Buffer.alloc(9_000_000, 'x')
    await c.root.expect(201, 'POST', `files?name=large.bin&about=organization:${id}`, { body: bytes, headers: { 'Content-Type': 'application/octet-stream' } })
    c.box.fault = (envelope, at) => (at === 'half' ? 'drop' : null)
    await c.act(id, 'papers')
    const cut = await c.tried((await c.newest()).id)
    assert.equal(cut.state, 'queued', cut.error)
    c.box.fault = () => null
    await c.root.expect(204, 'POST', `mails/${cut.id}/retry`)
    await c.state(cut.id, 'done')
    assert.ok(c.box.mails.at(-1).files[0].bytes.equals(bytes))
    const before = c.box.mails.length
    c.box.fault = (envelope, at) => (at === 'text' ? 'mute' : null)
    const unsure = await c.state(await c.send(), 'unsure')
    c.box.fault = () => null
    assert.match(unsure.error, /may have arrived/)
    assert.equal(c.box.mails.length, before + 1)
    assert.equal((await c.root.get('mails', { state: 'unsure' })).records[0].id, unsure.id)
    c.perigee.cli(['mail', 'retry', unsure.id])
    await c.state(unsure.id, 'done')
    const [one, two] = c.box.mails.slice(before)
    assert.equal(one.headers['message-id'], two.headers['message-id'])
    assert.equal(one.headers.date, two.headers.date)
  })

  test('without STARTTLS nothing is said', async () => {
    await c.set({ mail_tls: 'starttls' })
    const from = c.box.log.length
    const { state, error, id } = await c.tried(await c.send())
    assert.equal(state, 'queued')
    assert.match(error, /STARTTLS/)
    assert.ok(!c.box.log.slice(from).some((line) => /^(AUTH|MAIL)/i.test(line)), c.box.log.slice(from).join('\n'))
    await c.root.expect(204, 'DELETE', `mails/${id}`)
    await c.set({ mail_tls: 'none' })
  })

  test('places inside are refused unless the operator names them', async () => {
    for (const change of [{ mail_port: 9 }, { mail_port: 25 }, { mail_host: '10.0.0.1', mail_port: 25 }]) {
      await c.set(change)
      const { state, error, id } = await c.tried(await c.send())
      assert.equal(state, 'queued')
      assert.match(error, /mail_allowed/)
      await c.root.expect(204, 'DELETE', `mails/${id}`)
    }
    await c.set({ mail_host: '127.0.0.1', mail_port: c.box.port })
  })

  test('a day has its limit, all or nothing', async () => {
    const id = await c.quiet()
    const listed = () => c.box.mails.filter((mail) => mail.to[0] === 'list@example.org').length
    await c.set({ mail_per_day: 60 })
    await c.act(id, 'many')
    await c.until(async () => listed() === 40)
    assert.match((await c.root.refused(413, 'mail_day', 'POST', 'records/organization/actions/many', { body: { ids: [id] } })).detail, /60/)
    await c.set({ mail_per_day: 1000 })
    await c.root.settled()
    assert.equal(listed(), 40)
  })

  test('killed at any stage: what was not handed over goes out once, what was is not sent again', async () => {
    for (const stage of ['greeting', 'rcpt', 'data', 'text']) {
      const before = c.box.mails.length
      let reached
      const there = new Promise((done) => { reached = done })
      c.box.fault = (envelope, at) => {
        if (at !== stage) return null
        reached()
        return 'hold'
      }
      const id = await c.send()
      await there
      await c.perigee.stop('SIGKILL')
      c.box.fault = () => null
      await c.connect()
      const mail = await c.state(id, 'done', 'unsure')
      assert.equal(mail.state, stage === 'text' ? 'unsure' : 'done', stage)
      await c.root.settled()
      assert.equal(c.box.mails.length, before + 1, stage)
    }
  })

  test('a hundred in a row across kills: each once, or unsure and at most once', async () => {
    const organization = await c.quiet()
    await c.act(organization, 'many')
    const before = new Set((await c.root.get('mails', { limit: '200' })).records.map((mail) => mail.id))
    for (let i = 0; i < 3; i++) {
      await c.act(organization, 'many')
      await c.perigee.stop('SIGKILL')
      await c.connect()
    }
    await c.root.settled()
    const fresh = (await c.root.get('mails', { limit: '200' })).records.filter((mail) => !before.has(mail.id) && mail.subject.startsWith('n '))
    assert.equal(fresh.length, 120)
    const times = new Map()
    for (const mail of c.box.mails) times.set(mail.headers['message-id'], (times.get(mail.headers['message-id']) ?? 0) + 1)
    for (const mail of fresh) {
      const count = times.get(`<${mail.id}.perigee@example.org>`) ?? 0
      if (mail.state === 'done') assert.equal(count, 1, mail.id)
      else assert.ok(mail.state === 'unsure' && count <= 1, `${mail.id} ${mail.state} ${count}`)
    }
  })

  test('held, as after a restore, until they are released', async () => {
    const failed = async () => (await c.root.get('runs', { script: 'scripts/post', outcome: 'error' })).records.length
    const runs = await failed()
    await c.perigee.stop()
    c.perigee.sql("INSERT INTO sys_meta (key, value) VALUES ('outbound', 'held')")
    await c.connect()
    const before = c.box.mails.length
    const id = await c.send()
    // A job that came later has run: the mail had its turn and was passed over.
    await c.root.expect(201, 'POST', 'records/contact', { body: { last_name: 'Later' } })
    await c.until(async () => (await failed()) > runs)
    assert.equal((await c.mail(id)).state, 'queued')
    assert.equal(c.box.mails.length, before)
    c.perigee.cli(['jobs', 'release'])
    await c.state(id, 'done')
    assert.equal(c.box.mails.length, before + 1)
    c.box.close()
  })
})
