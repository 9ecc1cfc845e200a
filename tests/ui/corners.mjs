// Screens that are looked at beside the main ones: dialogs, pages of the administration, what stands in modules;
// and the records that they show.
const day = (number) => `2026-10-${String(number).padStart(2, '0')}`
const usd = (amount) => ({ amount, currency: 'USD' })

/** `other`: an administrator whose changes wait for the one who looks. */
export async function furnish(admin, other) {
  const campaigns = []
  for (const [name, channel, status, budget] of [['Autumn search', 'search', 'running', '12000'], ['Newsletter October', 'e-mail', 'running', '1500'], ['Fair in Hanover', 'event', 'finished', '40000'], ['Brand on the motorway', 'outdoor', 'paused', '25000'], ['Winter preview', 'social', 'planned', '8000']])
    campaigns.push(await admin.create('campaign', { name, channel, status, code: name.toLowerCase().replaceAll(' ', '_'), budget: usd(budget), starts_on: day(1), ends_on: day(31) }))
  for (const [index, campaign] of campaigns.slice(0, 4).entries())
    for (let at = 1; at <= 8; at++) await admin.create('campaign_spend', { campaign: campaign.id, on: day(at * 3), amount: usd(String(110 + index * 40 + at * 7)), impressions: 4200 + at * 310, clicks: 120 + at * 9, leads: at, orders: at % 3, revenue: usd(String(at * 90)) })
  for (const deal of (await admin.get('records/deal', { limit: 6, sort: '-amount', fields: 'name' })).records) await admin.patch('deal', deal.id, { campaign: campaigns[0].id })
  for (const [job_title, phone] of [['Buyer', '+49 30 5550101'], ['Head of purchasing', '+49 30 5550102'], [null, '+49 30 5550101']])
    await admin.create('contact', { first_name: 'Wilhelmina', last_name: 'Holmström-Castellanos', emails: [{ value: 'wilhelmina@holmstroem.example' }], phones: [{ value: phone }], job_title })
  const [rita] = (await admin.get('records/user', { where: 'login == "rest"' })).records
  for (const entity of ['deal', 'organization', 'activity'])
    for (const { id } of (await admin.get(`records/${entity}`, { limit: 7, sort: 'id', fields: 'id' })).records) await admin.patch(entity, id, { owner: rita.id })
  await admin.create('segment', { name: 'Large customers', entity: 'organization', filter: 'employees >= 200' })
  await admin.expect(200, 'PATCH', 'settings', { body: { approve_definitions: true } })
  for (const [name, en, ru] of [['shipment', 'Shipment', 'Отгрузка'], ['vehicle', 'Vehicle', 'Автомобиль']])
    await other.expect(202, 'PUT', `schema/entities/${name}`, { body: { label: { en, ru }, title: 'name', fields: { name: { type: 'text', required: true }, sent_on: { type: 'date' } } } })
  return { campaign: campaigns[0].id }
}

const go = (path, ready) => async (page) => {
  await page.goto(path)
  await page.locator(ready).first().waitFor()
}
async function segment(page) {
  await go('/organization?where=employees%20%3E%3D%20200', '.list-foot .count')(page)
  await page.locator('.list-tools').getByRole('button', { name: /^(More|Ещё)$/ }).click()
  await page.getByRole('menuitem', { name: /segment|сегмент/i }).click()
  await page.locator('dialog .hint', { hasText: /\d/ }).waitFor()
}
async function duplicates(page) {
  await page.goto('/contact/duplicates')
  const found = page.locator('.duplicate-groups > li')
  const look = page.getByRole('button', { name: /Look for duplicates|Искать дубли|Найти дубли/ })
  await found.or(look).first().waitFor()
  if (!(await found.count())) await look.click()
  await found.first().waitFor()
}
async function merge(page) {
  await duplicates(page)
  await page.locator('.duplicate-groups > li', { hasText: 'Holmström' }).getByRole('button', { name: /^(Merge|Слить записи)/ }).click()
  await page.locator('dialog .merge-head').waitFor()
}
async function handOver(page) {
  await go('/admin/users', '.grid-rows input')(page)
  await page.locator('tr').filter({ has: page.getByLabel(/: Rita West$/) }).getByRole('button', { name: /^(Disable|Отключить)/ }).click()
  await page.locator('dialog .give-parts li').first().waitFor()
}
async function bulk(page) {
  await go('/deal', '.table tbody .pick input, .line-pick input')(page)
  const boxes = page.locator('.table tbody .pick input, .line-pick input')
  await boxes.first().click()
  await boxes.nth(1).click()
  await page.locator('.bulk').waitFor()
}
async function newRecord(page) { await go('/contact/new', '.create-form input')(page) }
async function settings(page) {
  await go('/contact', '.list-foot .count')(page)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill((await page.evaluate(() => document.documentElement.lang)) === 'ru' ? 'настройки' : 'settings')
  await page.locator('.palette-item').first().click()
  await page.locator('dialog fieldset').first().waitFor()
}
const administration = ['users', 'teams', 'directories', 'layouts', 'number_series', 'tags', 'currencies', 'company', 'extensions', 'jobs', 'sign_ins', 'backup']

export const corners = ({ campaign }) => [
  { name: 'campaigns', show: go('/campaign', '.list-foot .sum') },
  { name: 'campaign', show: go(`/campaign/${campaign}`, '.event') },
  { name: 'spend', show: go('/campaign_spend?group=campaign', '.table td.first a, .line-row a') },
  { name: 'segment', show: segment },
  { name: 'duplicates', show: duplicates },
  { name: 'merge', show: merge },
  { name: 'hand_over', show: handOver },
  { name: 'bulk', show: bulk },
  { name: 'new', show: newRecord },
  { name: 'settings', show: settings },
  { name: 'approvals', show: go('/admin/waiting', '.waiting-change') },
  ...administration.map((section) => ({ name: section, show: go(`/admin/${section}`, '.work h1') })),
]
/** Of a database without a record. */
export const empty = [
  { name: 'first_run', show: go('/', '.first-run, .empty') },
  { name: 'first_list', show: go('/contact', '.empty') },
]
