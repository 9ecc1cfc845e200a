// What modules and plugins add to the pages: the examples of the manual, one of each kind, on real pages;
// broken ones beside them harm nothing and are told to administrators alone.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, it } from 'node:test'
import { createInstance } from '../support/perigee.mjs'
import { axe, openBrowser, openList, openPage, password, phone, picture, signIn } from './browser.mjs'

const manual = readFileSync(join(resolve(dirname(fileURLToPath(import.meta.url)), '..', '..'), 'sdk', 'doc', 'extensions.md'), 'utf8')
const examples = [...manual.matchAll(/```(?:lua|js|css)\n(?:--|\/\/|\/\*) (plugins\/\S+)(?: \*\/)?\n([\s\S]*?)```/g)].map(([, path, text]) => [path, text])

const view = (name, slot, file, part, more = '') => `view "${name}" { slot = "${slot}", file = "${file}", part = "${part}", label = "${name}", ${more} }\n`
const broken = [
  ['plugins/bad/manifest.lua', 'return { name = "bad", version = "1", needs = { "sales" } }\n'],
  ['plugins/bad/views/bad.lua', [
    view('bad_throws', 'record', 'bad.mjs', 'Throws', 'entity = "organization"'),
    view('bad_mount', 'record', 'bad.mjs', 'mounts', 'entity = "organization"'),
    view('bad_absent', 'record', 'bad.mjs', 'nowhere', 'entity = "organization"'),
    view('bad_waits', 'record', 'waits.mjs', 'Waits', 'entity = "organization"'),
    view('bad_styles', 'record', 'bad.mjs', 'Covers', 'entity = "organization"'),
    view('bad_column', 'list.column', 'bad.mjs', 'Throws', 'entity = "organization", fields = { of = "industry" }'),
    view('bad_field', 'field', 'bad.mjs', 'Throws', 'entity = "organization", fields = { of = "legal_name" }'),
    view('bad_command', 'palette', 'bad.mjs', 'fails'),
    'view "bad_drawn" { slot = "record", entity = "organization", label = "bad_drawn" }\n',
    'draw("bad_drawn", function(record) local n = nil return n.x end)\n',
    'view "bad_endless" { slot = "home", label = "bad_endless" }\n',
    'draw("bad_endless", function() while true do end end)\n',
  ].join('')],
  ['plugins/bad/ui/bad.mjs', `import { h, useEffect } from '@perigee/ui'
export function Throws() { throw new Error('thrown on purpose') }
export const mounts = { mount() { throw new Error('mounted on purpose') } }
export function Covers() { useEffect(() => {}, []); return h('p', { class: 'cover' }, 'covered') }
Covers.css = 'bad.css'
export function fails() { throw new Error('ran on purpose') }
`],
  ['plugins/bad/ui/waits.mjs', 'await new Promise(() => {})\nexport function Waits() { return null }\n'],
  ['plugins/bad/ui/bad.css', ':host { position: fixed !important; inset: 0 !important; z-index: 99999 !important; background: red !important } .cover { position: fixed; inset: 0; width: 5000px; height: 90000px } body, .page { display: none } } @@ {{\n'],
  ['plugins/huge/manifest.lua', 'return { name = "huge", version = "1", needs = { "sales" } }\n'],
  ['plugins/huge/views/huge.lua', view('huge_panel', 'record', 'huge.mjs', 'Panel', 'entity = "organization"')],
  ['plugins/huge/ui/huge.mjs', `export function Panel() { return null } // ${'x'.repeat(1024 * 1024)}\n`],
  ['plugins/unread/manifest.lua', 'return { name = "unread", version = "1" }\n'],
  ['plugins/unread/views/unread.lua', 'view "unread" { slot = "nowhere", label = "x" }\n'],
]

describe('extensions', () => {
  let perigee, browser, admin, page, acme, deal
  before(async () => {
    perigee = createInstance('sqlite')
    for (const [path, text] of [...examples, ...broken]) {
      mkdirSync(dirname(join(perigee.data, path)), { recursive: true })
      writeFileSync(join(perigee.data, path), text)
    }
    perigee.cli(['user', 'add', 'boss', '--name', 'Anna Kern', '--role', 'admin', '--password-stdin'], { input: `${password}\n` })
    perigee.cli(['user', 'add', 'vera', '--name', 'Vera Dale', '--role', 'sales', '--password-stdin'], { input: `${password}\n` })
    const token = perigee.token('boss')
    await perigee.serve()
    admin = perigee.client(token)
    const boss = (await admin.get('records/user', { where: 'login == "boss"' })).records[0]
    const vera = (await admin.get('records/user', { where: 'login == "vera"' })).records[0]
    acme = await admin.create('organization', { name: 'Acme Works', website: 'https://acme.example', owner: vera.id })
    deal = await admin.create('deal', { name: 'Twelve pumps', organization: acme.id, amount: { amount: '1200.00', currency: 'USD' }, owner: boss.id })
    browser = await openBrowser()
    page = await openPage(browser, perigee.base)
    await signIn(page)
  })
  after(async () => {
    await browser?.close()
    await perigee?.close()
  })
  const slot = (name, on = page) => on.locator(`[data-slot="${name}"]`)
  const brokenCard = (name, on = page) => on.locator('.slot-broken').filter({ hasText: `"${name}"` })
  const run = async (words) => {
    await page.keyboard.press('Control+k')
    await page.locator('.palette input').fill(words)
    await page.locator('.palette-item').first().waitFor()
    await page.keyboard.press('Enter')
  }

  it('is told by meta in the language asked for, and by ui', async () => {
    assert.equal(examples.length, 4)
    const { views } = await admin.expect(200, 'GET', 'meta', { headers: { 'Accept-Language': 'ru' } })
    const summary = views.find((item) => item.name === 'loyalty_summary')
    assert.deepEqual(summary, { name: 'loyalty_summary', owner: 'loyalty', slot: 'record', entity: 'organization', label: 'Лояльность', fields: {} })
    const { owners, left_out: out } = await admin.get('ui')
    assert.deepEqual(owners.map((owner) => owner.name).sort(), ['bad', 'huge', 'loyalty', 'sales'])
    const loyalty = owners.find((owner) => owner.name === 'loyalty')
    assert.match(loyalty.base, /^\/ui\/loyalty\/[0-9a-f]{16}\/$/)
    assert.equal(owners.find((owner) => owner.name === 'huge').base, null)
    assert.match(owners.find((owner) => owner.name === 'huge').problem, /huge\.mjs.*1 MB/)
    assert.equal(out.length, 1)
    assert.match(out[0].problem, /slot of unread must be one of record, .*\(plugins\/unread\/views\/unread\.lua:1\)/)
    const file = await fetch(`${perigee.base}${loyalty.base}loyalty.mjs`)
    assert.equal(file.status, 200)
    assert.equal(file.headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.match(file.headers.get('cache-control'), /immutable/)
    for (const path of [`${loyalty.base}manifest.lua`, `${loyalty.base}..%2fmanifest.lua`, '/ui/loyalty/0000000000000000/loyalty.mjs', '/ui/huge//huge.mjs'])
      assert.equal((await fetch(perigee.base + path)).status, 404, path)
  })

  it('draws what Lua describes, under the reader\'s rights', async () => {
    const { drawing } = await admin.get('ui/loyalty_summary', { id: acme.id })
    assert.equal(drawing[0].value, 1)
    assert.deepEqual(drawing[1].rows[0][0], { text: 'Twelve pumps', entity: 'deal', id: deal.id })
    const vera = perigee.client(perigee.token('vera'))
    assert.equal((await vera.get('ui/loyalty_summary', { id: acme.id })).drawing[0].value, 0, 'another\'s deal does not count for her')
    await admin.refused(404, null, 'GET', 'ui/loyalty_summary?id=2200000000000000000')
    await admin.refused(404, null, 'GET', 'ui/loyalty_level')
    await admin.refused(404, null, 'GET', 'ui/deal_board')
    const failed = await admin.request('GET', `ui/bad_drawn?id=${acme.id}`)
    assert.equal(failed.status, 422)
    assert.match(failed.text, /bad\.lua:10/)
    assert.doesNotMatch((await vera.request('GET', `ui/bad_drawn?id=${acme.id}`)).text, /bad\.lua:10"/)
    assert.equal((await admin.request('GET', 'ui/bad_endless')).status, 422)
    assert.equal((await admin.get('ui/loyalty_page', { parameters: JSON.stringify({ name: 'acm' }) })).drawing[1].stages[0].cards.length, 1)
    assert.equal((await admin.request('GET', 'ui/loyalty_page?parameters=[1]')).status, 400)
  })

  it('shows a panel of Lua on a record, and broken ones as cards with their owner', async () => {
    await page.goto(`/organization/${acme.id}`)
    await slot('loyalty/loyalty_summary').locator('.stat-value', { hasText: '1' }).waitFor()
    await slot('loyalty/loyalty_summary').getByRole('link', { name: 'Twelve pumps' }).waitFor()
    await brokenCard('bad_throws').filter({ hasText: 'thrown on purpose' }).waitFor()
    await brokenCard('bad_mount').filter({ hasText: 'mounted on purpose' }).waitFor()
    await brokenCard('bad_absent').filter({ hasText: 'exports no "nowhere"' }).waitFor()
    await brokenCard('bad_drawn').waitFor()
    await brokenCard('huge_panel').filter({ hasText: '1 MB' }).waitFor()
    await slot('bad/bad_styles').locator('.cover').waitFor({ state: 'attached' })
    const box = await slot('bad/bad_styles').boundingBox()
    assert.ok(box.width < 500 && box.height <= 640, JSON.stringify(box))
    await page.getByRole('link', { name: 'Twelve pumps' }).first().click({ trial: true })
    await brokenCard('bad_waits').filter({ hasText: 'did not load within 10 s' }).waitFor()
    assert.deepEqual(page.troubles, [])
    await picture(page, 'extensions-record')
  })

  it('shows people who cannot mend them nothing of broken ones', async () => {
    const other = await openPage(browser, perigee.base)
    await signIn(other, 'vera')
    await other.goto(`/organization/${acme.id}`)
    await slot('loyalty/loyalty_summary', other).waitFor()
    await slot('bad/bad_styles', other).locator('.cover').waitFor({ state: 'attached' })
    await other.locator('.record-slot[aria-label="bad_throws"]').waitFor({ state: 'hidden' })
    assert.equal(await other.locator('.slot-broken, .error-card').count(), 0)
    assert.deepEqual(other.troubles, [])
    await other.context().close()
  })

  it('draws a column its own way, and the client\'s where that fails', async () => {
    await openList(page, '/organization?columns=name,website,industry')
    await slot('loyalty/loyalty_level').locator('.tag', { hasText: 'online' }).waitFor()
    await admin.expect(200, 'PATCH', `records/organization/${acme.id}`, { body: { website: null } })
    await slot('loyalty/loyalty_level').locator('.tag', { hasText: 'offline' }).waitFor()
    assert.deepEqual(page.troubles, [])
  })

  it('runs commands and actions from the palette; one that fails says so', async () => {
    await run('Loyalty: how many')
    await page.locator('.toast', { hasText: '1 customers' }).waitFor()
    await page.locator('.table').focus()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await run('Thank the customer')
    await page.locator('.toast', { hasText: 'Thanked 1' }).waitFor()
    await run('bad_command')
    await page.locator('.toast', { hasText: 'ran on purpose' }).waitFor()
    assert.deepEqual(page.troubles, [])
  })

  it('edits a field with an editor of its own', async () => {
    await page.goto(`/organization/${acme.id}`)
    await page.locator('[data-field="website"] .cell-button, [data-field="website"] .edit-button').first().click()
    await slot('loyalty/loyalty_site').locator('input').fill('https://new.example')
    await page.locator('.editing .button.primary').click()
    await page.locator('[data-field="website"]', { hasText: 'new.example' }).waitFor()
    assert.equal((await admin.get(`records/organization/${acme.id}`)).website, 'https://new.example')
  })

  it('marks a card, adds a section and a page', async () => {
    await page.goto('/deal?as=board')
    await slot('loyalty/loyalty_mark').locator('.star', { hasText: '★ 12' }).waitFor()
    await page.goto('/')
    await slot('loyalty/loyalty_day').locator('.piece-chart').waitFor()
    await brokenCard('bad_endless').waitFor()
    await picture(page, 'extensions-day')
    await page.locator('.nav-list').getByRole('link', { name: 'Loyalty programme' }).click()
    await page.locator('.piece-form input').fill('nothing like it')
    await page.locator('.piece-form button').click()
    await page.locator('.piece-board .number', { hasText: '0' }).waitFor()
    await page.locator('.piece-form input').fill('acme')
    await page.locator('.piece-form button').click()
    await page.locator('.piece-board').getByRole('link', { name: 'Acme Works' }).waitFor()
    assert.deepEqual(await axe(page), [])
    assert.deepEqual(page.troubles, [])
    await picture(page, 'extensions-page')
  })

  it('starts without any of them where that is asked for', async () => {
    await page.goto('/?safe=1')
    await page.locator('.home-grid').first().waitFor()
    assert.equal(await page.locator('[data-slot]').count(), 0)
    assert.equal(await page.locator('.nav-list').getByRole('link', { name: 'Loyalty programme' }).count(), 0)
  })

  it('is listed for administrators, stopped and started by a button', async () => {
    await page.goto('/admin/extensions')
    const row = (name) => page.locator(`[data-owner="${name}"]`)
    await row('huge').locator('.field-error', { hasText: '1 MB' }).waitFor()
    await page.locator('.extension-row', { hasText: 'unread' }).waitFor()
    assert.deepEqual(await axe(page), [])
    await picture(page, 'extensions-admin')
    await row('loyalty').getByRole('button', { name: 'Stop loyalty' }).click()
    await row('loyalty').locator('.tag', { hasText: 'Stopped' }).waitFor()
    await admin.refused(422, null, 'GET', `ui/loyalty_summary?id=${acme.id}`)
    await openList(page, '/organization?columns=name,website')
    await page.locator('td', { hasText: 'new.example' }).waitFor()
    assert.equal(await slot('loyalty/loyalty_level').locator('.tag').count(), 0)
    await page.goto('/admin/extensions')
    await row('loyalty').getByRole('button', { name: 'Start loyalty' }).click()
    await row('loyalty').locator('.tag', { hasText: 'Works' }).waitFor()
    assert.deepEqual(page.troubles, [])
  })

  it('looks right in Russian, in the dark and on a phone', async () => {
    for (const [viewport, theme] of [[phone, 'light'], [{ width: 1280, height: 800 }, 'dark']]) {
      const other = await openPage(browser, perigee.base, { viewport, theme, language: 'ru' })
      await signIn(other, 'vera')
      await other.goto('/page/loyalty_page')
      await other.locator('.piece-board').getByRole('link', { name: 'Acme Works' }).waitFor()
      assert.deepEqual(await axe(other), [])
      await picture(other, `extensions-page-ru-${theme}`)
      await other.goto(`/organization/${acme.id}`)
      await slot('loyalty/loyalty_summary', other).locator('.stat').waitFor()
      await picture(other, `extensions-record-ru-${theme}`)
      assert.equal(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true)
      assert.deepEqual(other.troubles, [])
      await other.context().close()
    }
  })
})
