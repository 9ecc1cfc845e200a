// Signing in over HTTP: the first administrator's link, cookies and CSRF, tokens, and rights that
// change under a session.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createInstance, engines } from '../support/perigee.mjs'

const password = 'tulip-orbit-velvet-91'

/** A browser of sorts: keeps the cookie, sends the CSRF text. */
class Browser {
  constructor(base) {
    Object.assign(this, { base, cookie: '', csrf: '' })
  }
  async call(method, path, body, headers = {}) {
    const answer = await fetch(`${this.base}/api/v1/${path}`, {
      method,
      headers: {
        ...(this.cookie ? { Cookie: this.cookie } : {}),
        ...(this.csrf && method !== 'GET' ? { 'X-CSRF-Token': this.csrf } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    const json = text ? JSON.parse(text) : null
    const set = answer.headers.get('set-cookie')
    if (set) this.cookie = set.split(';')[0]
    if (json?.csrf) this.csrf = json.csrf
    return { status: answer.status, body: json, headers: answer.headers }
  }
}

for (const engine of engines)
  describe(`signing in on ${engine}`, () => {
    let instance, link
    before(async () => {
      instance = createInstance(engine)
      if (!instance) return
      await instance.serve()
    })
    after(() => instance?.close())
    const skip = (t) => !instance && (t.skip(`${engine} is not here`), true)
    const browser = () => new Browser(instance.base)

    it('begins with a one-time link', async (t) => {
      if (skip(t)) return
      const made = instance.json(['user', 'add', 'anna', '--role', 'admin'])
      link = made.link.split('#')[1]
      const anna = browser()
      const shown = await anna.call('POST', 'session/link', { token: link })
      assert.deepEqual(shown.body, { login: 'anna', first: false })
      const weak = await anna.call('POST', 'session/link', { token: link, password: 'annaanna' })
      assert.equal(weak.status, 422)
      assert.equal(weak.body.code, 'password_weak')
      const done = await anna.call('POST', 'session/link', { token: link, password })
      assert.equal(done.status, 200)
      assert.equal(done.body.user.login, 'anna')
      assert.match(done.headers.get('set-cookie'), /HttpOnly; SameSite=Lax/)
      assert.equal((await anna.call('GET', 'session')).body.csrf, done.body.csrf)
      assert.equal((await browser().call('POST', 'session/link', { token: link, password })).status, 404)
    })

    it('answers everything wrong alike', async (t) => {
      if (skip(t)) return
      const answers = []
      for (const body of [{ login: 'anna', password: 'wrong' }, { login: 'nobody', password }, { login: 'system', password }]) {
        const answer = await browser().call('POST', 'session', body)
        assert.equal(answer.status, 401)
        answers.push({ ...answer.body, request_id: '' })
      }
      assert.deepEqual(answers[0], answers[1])
      assert.deepEqual(answers[0], answers[2])
      assert.equal((await browser().call('POST', 'session', { login: 'anna' })).status, 400)
      assert.equal((await browser().call('POST', 'session', { login: 7, password })).status, 400)
    })

    it('asks writes of a cookie for the CSRF text, and only from here', async (t) => {
      if (skip(t)) return
      const anna = browser()
      assert.equal((await anna.call('POST', 'session', { login: 'Anna', password })).status, 200)
      assert.equal((await anna.call('POST', 'records/tag', { name: 'first' })).status, 201)
      assert.equal((await anna.call('POST', 'records/tag', { name: 'second' }, { 'X-CSRF-Token': 'nonsense' })).status, 403)
      assert.equal((await anna.call('POST', 'records/tag', { name: 'second' }, { Origin: 'https://evil.example' })).status, 403)
      assert.equal((await browser().call('POST', 'session', { login: 'anna', password }, { Origin: 'https://evil.example' })).status, 403)
      const text = anna.csrf
      anna.csrf = ''
      assert.equal((await anna.call('POST', 'records/tag', { name: 'second' })).status, 403)
      anna.csrf = text
      assert.equal((await anna.call('DELETE', 'session')).status, 204)
    })

    it('gives a new cookie at each sign-in and ends the old one', async (t) => {
      if (skip(t)) return
      const anna = browser()
      await anna.call('POST', 'session', { login: 'anna', password })
      const old = anna.cookie
      await anna.call('POST', 'session', { login: 'anna', password })
      assert.notEqual(anna.cookie, old)
      const stolen = browser()
      stolen.cookie = old
      assert.equal((await stolen.call('GET', 'session')).status, 401)
      assert.equal((await anna.call('GET', 'session')).status, 200)
      const kept = anna.cookie
      assert.equal((await anna.call('DELETE', 'session')).status, 204)
      stolen.cookie = kept
      assert.equal((await stolen.call('GET', 'session')).status, 401)
    })

    it('changes a password for who knows the present one, and ends other sessions', async (t) => {
      if (skip(t)) return
      const next = 'velvet-kettle-harbour-17'
      const [anna, elsewhere] = [browser(), browser()]
      await anna.call('POST', 'session', { login: 'anna', password })
      await elsewhere.call('POST', 'session', { login: 'anna', password })
      assert.equal((await browser().call('POST', 'session/password', { password, new_password: next })).status, 401)
      const wrong = await anna.call('POST', 'session/password', { password: 'not the one', new_password: next })
      assert.equal(wrong.status, 422)
      assert.equal(wrong.body.code, 'password_wrong')
      assert.equal(wrong.body.field, 'password')
      const weak = await anna.call('POST', 'session/password', { password, new_password: 'anna1234' })
      assert.equal(weak.status, 422)
      assert.equal(weak.body.field, 'new_password')
      assert.equal((await anna.call('POST', 'session/password', { new_password: next })).status, 400)
      assert.equal((await anna.call('POST', 'session/password', { password, new_password: next }, { 'X-CSRF-Token': 'nonsense' })).status, 403)
      assert.equal((await elsewhere.call('GET', 'session')).status, 200, 'nothing has happened so far')
      assert.equal((await anna.call('POST', 'session/password', { password, new_password: next })).status, 204)
      assert.equal((await anna.call('GET', 'session')).status, 200, 'this session goes on')
      assert.equal((await elsewhere.call('GET', 'session')).status, 401)
      assert.equal((await browser().call('POST', 'session', { login: 'anna', password })).status, 401)
      assert.equal((await browser().call('POST', 'session', { login: 'anna', password: next })).status, 200)
      instance.cli(['user', 'password', 'anna', '--password-stdin'], { input: `${password}\n` })
      assert.equal((await anna.call('GET', 'session')).status, 401, 'the command ends every session')
      assert.equal((await browser().call('POST', 'session', { login: 'anna', password })).status, 200)
      assert.match(instance.cli(['user', 'password', 'anna']), /\/welcome#pgl_/)
      instance.cli(['user', 'password', 'anna', '--password-stdin'], { input: 'short\n', status: 1 })
      instance.cli(['user', 'password', 'nobody'], { status: 1 })
    })

    it('makes and ends tokens', async (t) => {
      if (skip(t)) return
      const anna = browser()
      await anna.call('POST', 'session', { login: 'anna', password })
      const made = await anna.call('POST', 'tokens', { name: 'export' })
      assert.equal(made.status, 201)
      const robot = instance.client(made.body.token)
      assert.equal((await robot.request('GET', 'session')).body.user.login, 'anna')
      assert.equal((await robot.request('POST', 'records/tag', { body: { name: 'by token' } })).status, 201) // no CSRF
      const list = (await anna.call('GET', 'tokens')).body.records
      assert.equal(list[0].name, 'export')
      assert.equal(JSON.stringify(list).includes('pgt_'), false)
      assert.equal((await anna.call('DELETE', `tokens/${made.body.id}`)).status, 204)
      assert.equal((await robot.request('GET', 'session')).status, 401)
      assert.equal((await anna.call('DELETE', `tokens/${made.body.id}`)).status, 404)
      assert.equal((await anna.call('POST', 'tokens', { expires_at: 'tomorrow' })).status, 400)
    })

    it('keeps tokens of others for those who manage users', async (t) => {
      if (skip(t)) return
      const sold = instance.json(['user', 'add', 'sam', '--role', 'sales'])
      const sam = instance.client(instance.token('sam'))
      const users = await instance.client(instance.token('anna')).get('records/user', { fields: 'login' })
      const anna = users.records.find((one) => one.login === 'anna').id
      assert.equal((await sam.request('POST', 'tokens', { body: { user: anna } })).status, 403)
      assert.equal((await sam.request('POST', 'tokens', { body: { user: anna, one_time: true } })).status, 403)
      assert.equal((await sam.request('GET', 'tokens?all=1')).status, 403)
      const admin = instance.client(instance.token('anna'))
      assert.match((await admin.request('POST', 'tokens', { body: { user: sold.id, one_time: true } })).body.link, /\/welcome#pgl_/)
      assert.equal((await admin.request('POST', 'tokens', { body: { user: '1' } })).status, 422) // the built-in user
    })

    it('checks rights anew at the next request', async (t) => {
      if (skip(t)) return
      const admin = instance.client(instance.token('anna'))
      const kim = instance.json(['user', 'add', 'kim', '--role', 'admin'])
      const client = instance.client(instance.token('kim'))
      assert.equal((await client.request('GET', 'records/setting')).status, 200)
      const roles = await admin.get('records/role', { fields: 'name' })
      const reader = roles.records.find((one) => one.name === 'reader').id
      await admin.expect(200, 'PATCH', `records/user/${kim.id}`, { body: { role: reader } })
      assert.equal((await client.request('GET', 'records/setting')).status, 403)
      await admin.expect(200, 'PATCH', `records/user/${kim.id}`, { body: { active: false } })
      assert.equal((await client.request('GET', 'session')).status, 401)
    })

    it('slows guessing down without locking out', async (t) => {
      if (skip(t)) return
      let refused
      for (let i = 0; i < 8; i++) {
        const answer = await browser().call('POST', 'session', { login: 'guessed', password: `guess ${i}` })
        if (answer.status === 429) refused = answer
      }
      assert.ok(refused)
      assert.ok(Number(refused.headers.get('retry-after')) >= 1)
      assert.equal((await browser().call('POST', 'session', { login: 'anna', password })).status, 200)
    })

    it('lets sign-ins queue without stopping reads', async (t) => {
      if (skip(t)) return
      const client = instance.client(instance.token('anna'))
      const crowd = Array.from({ length: 12 }, () => browser().call('POST', 'session', { login: 'anna', password }))
      const start = performance.now()
      assert.equal((await client.request('GET', 'session')).status, 200)
      assert.ok(performance.now() - start < 1500)
      for (const one of await Promise.all(crowd)) assert.ok(one.status === 200 || one.status === 503 || one.status === 429, `${one.status}`)
    })

    it('takes the first link of init for the first administrator', async (t) => {
      if (skip(t)) return
      const fresh = createInstance('sqlite')
      try {
        const { link: first } = (() => {
          const text = fresh.initOutput ?? ''
          return { link: text.match(/pgl_[\w-]+/)?.[0] }
        })()
        if (!first) return t.skip('the instance keeps no output of init')
        await fresh.serve()
        const root = new Browser(fresh.base)
        assert.deepEqual((await root.call('POST', 'session/link', { token: first })).body, { login: null, first: true })
        assert.equal((await root.call('POST', 'session/link', { token: first, password })).status, 422)
        const done = await root.call('POST', 'session/link', { token: first, password, login: 'root' })
        assert.equal(done.status, 200)
        assert.equal(done.body.role, 'admin')
      } finally {
        await fresh.close()
      }
    })
  })
