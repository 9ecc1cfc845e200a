// Scripts loaded anew, again and again, beside requests at a rate: no request fails, what is asked
// after a reload has answered runs with its version and nothing runs with an older one than was in
// force when it was asked, and every event is handled once.
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, pause } from '../bench/rate.mjs'

/** A script that says its number in what is saved, and answers each new organization with a contact. */
export const version = (number, rest = '') => `before("organization", function(o) o.employees = ${number} end)
after("organization.created", function(event)
  crm.create("contact", { last_name = event.record.name, organization = event.record })
end)
${rest}`

/** As an editor saves: written beside and renamed, so that nobody reads half of it. */
export function saveScript(perigee, name, text) {
  const folder = join(perigee.data, 'scripts')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, `.${name}`), text, { mode: 0o600 })
  renameSync(join(folder, `.${name}`), join(folder, name))
}

const STALLED_MS = 60_000

/** The contacts that were made, once there are so many or no more come: a storm of runs is slowed down. */
async function handled(admin, prefix, wanted) {
  let seen = -1
  for (let since = performance.now(); ; await pause(50)) {
    const { rows } = await admin.query({ from: 'contact', where: `starts_with(last_name, "${prefix}")`, measures: { n: 'count()', names: 'count_distinct(last_name)' } })
    if (rows[0].n >= wanted || performance.now() - since > STALLED_MS) return rows[0]
    if (rows[0].n > seen) since = performance.now()
    seen = rows[0].n
  }
}

/**
 * `reloads` versions of scripts/staff beside `rate` requests a second, half of them saves, by an
 * administrator. What load() found, with `saves`, `reloadMs` (each reload) and `first` (what was wrong first).
 */
export async function reloadUnderLoad({ perigee, admin, reloads, rate }) {
  const prefix = `Load ${Date.now()} `
  let saved = 1000
  let inForce = saved
  let saves = 0
  let first = null
  saveScript(perigee, 'staff.lua', version(saved))
  await admin.expect(200, 'POST', 'scripts/reload', { body: { script: 'scripts/staff' } })
  const requests = load(rate, async (n) => {
    if (n % 2) return admin.request('GET', 'records/organization?limit=20')
    const least = inForce
    const reply = await admin.request('POST', 'records/organization', { body: { name: `${prefix}${n}` } })
    if (reply.status !== 201) return reply
    saves++
    const { employees } = reply.body
    if (employees < least || employees > saved) first ??= `asked under ${least}, answered under ${saved}: ran with ${employees}`
    return reply
  })
  const reloadMs = []
  for (let i = 0; i < reloads; i++) {
    saveScript(perigee, 'staff.lua', version(++saved))
    const from = performance.now()
    const { refused } = await admin.expect(200, 'POST', 'scripts/reload', { body: { script: 'scripts/staff' } })
    reloadMs.push(performance.now() - from)
    inForce = saved
    if (refused.length) first ??= JSON.stringify(refused)
  }
  const found = await requests.end()
  assert.deepEqual(await handled(admin, prefix, saves), { n: saves, names: saves })
  return { ...found, saves, reloadMs: reloadMs.sort((a, b) => a - b), first }
}
