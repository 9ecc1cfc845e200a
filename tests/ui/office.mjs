// An office for a browser test: a database with people in it, a server, Chromium, and one of them signed
// in; closed as a whole. `until` is how a test waits for what is drawn before the server knows it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { createInstance, engines } from '../support/perigee.mjs'
import { openBrowser, openPage, password, signIn } from './browser.mjs'

const staff = {
  boss: { login: 'boss', name: 'Anna Kern', role: 'admin' },
  rest: { login: 'rest', name: 'Rita West', role: 'admin' },
  sam: { login: 'sam', name: 'Sam Ost', role: 'sales' },
  ida: { login: 'ida', name: 'Ida Berg', role: 'sales' },
}

function hire(perigee, { login, name, role, team }) {
  perigee.cli(['user', 'add', login, '--name', name, '--role', role, ...(team ? ['--team', team] : []), '--password-stdin'], { input: `${password}\n` })
}

/**
 * Opens one; null where the engine is not on this machine.
 * people: logins of the staff above, or { login, name, role, team }; demo: how many organizations of
 * demonstration data; instance: options of createInstance; as: who is signed in on `page` (the first);
 * prepare(perigee): runs before the server does; page: options of openPage, false for none. `admin` is the client of the last administrator.
 */
export async function openOffice({ engine = 'sqlite', people = ['boss', 'rest'], demo = 0, instance = {}, as, page = {}, prepare } = {}) {
  const perigee = createInstance(engine, instance)
  if (!perigee) return null
  const office = {
    engine,
    perigee,
    client: (login) => perigee.client(perigee.token(login)),
    /** Another browser profile, with somebody signed in. */
    enter: async (login, options) => { const own = await openPage(office.browser, perigee.base, options); await signIn(own, login); return own },
    close: async () => { await office.browser?.close(); await perigee.close() },
  }
  try {
    const hired = people.map((one) => staff[one] ?? one)
    for (const one of hired) hire(perigee, one)
    if (demo) perigee.json(['demo', '--size', String(demo), '--today', '2026-11-21'])
    prepare?.(perigee)
    const token = perigee.token(hired.filter((one) => one.role === 'admin').at(-1).login)
    await perigee.serve()
    office.admin = perigee.client(token)
    office.browser = await openBrowser()
    if (page) office.page = await office.enter(as ?? hired[0].login, page)
    return office
  } catch (error) {
    await office.close()
    throw error
  }
}

/**
 * A suite in an office on each engine, or on `options.engines`. `fn(test, opened, engine)` declares tests and takes
 * with `opened((office) => ...)` what it needs of the office; without the engine they are skipped.
 */
export function inOffices(name, options, fn) {
  for (const engine of options.engines ?? engines)
    describe(`${name} on ${engine}`, () => {
      let office
      before(async () => { office = await openOffice({ ...options, engine }) })
      after(() => office?.close())
      const test = (title, body) => it(title, async (t) => (office ? body(t) : t.skip('skipped: PostgreSQL is not installed')))
      fn(test, (use) => before(async () => { if (office) await use(office) }), engine)
    })
}

/** Asks again until the answer is `wanted` (without one: until it is something), and returns it. */
export async function until(ask, wanted) {
  const isEnough = (found) => (wanted === undefined ? Boolean(found) : isDeepStrictEqual(found, wanted))
  for (const end = Date.now() + 60000; ; ) {
    const found = await ask()
    if (isEnough(found)) return found
    if (Date.now() > end) {
      if (wanted !== undefined) assert.deepEqual(found, wanted)
      throw new Error(`never: ${ask}`)
    }
    await new Promise((done) => setTimeout(done, 25))
  }
}
