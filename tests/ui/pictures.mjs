// Pictures of the main screens for the guide, with the demonstration data: node pictures.mjs FOLDER [all]
// One of each, or - with `all` - each in both languages and themes, on a desk and on a phone.
import { argv, exit } from 'node:process'
import { createInstance } from '../support/perigee.mjs'
import { desktop, openBrowser, openPage, password, phone, picture, signIn } from './browser.mjs'

const [folder, extent] = argv.slice(2)
if (!folder) {
  console.error('usage: node pictures.mjs FOLDER [all]')
  exit(2)
}
process.env.PERIGEE_SCREENSHOTS = folder

const settled = (page) => page.evaluate(() => document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))))
const go = (path, ready) => async (page) => {
  await page.goto(path)
  await page.locator(ready).first().waitFor()
}
async function palette(page) {
  await go('/contact', '.list-foot .count')(page)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('a')
  await page.locator('.palette-item').first().waitFor()
}
async function wizard(page) {
  await go('/contact/import', 'input[type=file]')(page)
  await page.locator('input[type=file]').setInputFiles({
    name: 'people.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('Last name;First name;E-mail;Phone;Birthday\nHolm;Ida;ida@example.com;+49 30 5550101;01.02.1988\nBerg;Tom;tom@example.com;+49 30 5550102;17.11.1979\n'),
  })
  await page.locator('.import-columns').waitFor()
}
/** `phone`: what a phone shows is worth a picture of its own. */
const screens = (deal, organization) => [
  { name: 'day', show: go('/?scope=all', '.page h2'), phone: true },
  { name: 'list', show: go('/deal', '.table tbody tr a, .line-row a'), phone: true },
  { name: 'board', show: go('/deal?as=board', '.card'), phone: true, theme: 'dark' },
  { name: 'record', show: go(`/deal/${deal}`, '.event'), phone: true },
  { name: 'organization', show: go(`/organization/${organization}`, '.event'), language: 'ru' },
  { name: 'calendar', show: go('/activity?as=calendar', 'main'), theme: 'dark', language: 'ru' },
  { name: 'report', show: go('/reports/revenue_by_month', '.report-chart svg'), phone: true },
  { name: 'palette', show: palette },
  { name: 'import', show: wizard },
  { name: 'roles', show: go('/admin/roles', '.grid-rows'), language: 'ru' },
  { name: 'pipelines', show: go('/admin/pipelines', '.grid-rows') },
  { name: 'fields', show: go('/admin/entities', '.grid-rows') },
  { name: 'log', show: go('/admin/log', '.grid-rows') },
]

const perigee = createInstance('sqlite')
perigee.cli(['user', 'add', 'boss', '--name', 'Anna Kern', '--role', 'admin', '--password-stdin'], { input: `${password}\n` })
perigee.json(['demo', '--size', '400'])
const token = perigee.token('boss')
await perigee.serve()
const admin = perigee.client(token)
const browser = await openBrowser()
try {
  const [deal] = (await admin.get('records/deal', { where: "stage.kind == 'open' and open_activities >= 1", sort: '-amount', limit: 1 })).records
  for (const screen of screens(deal.id, deal.organization.id)) {
    const variants = extent === 'all'
      ? ['en', 'ru'].flatMap((language) => ['light', 'dark'].flatMap((theme) => [desktop, ...(screen.phone ? [phone] : [])].map((viewport) => ({ language, theme, viewport }))))
      : [{ language: screen.language ?? 'en', theme: screen.theme ?? 'light', viewport: desktop }]
    for (const variant of variants) {
      const page = await openPage(browser, perigee.base, variant)
      await signIn(page)
      await screen.show(page)
      await settled(page)
      await picture(page, extent === 'all' ? `${screen.name}-${variant.language}-${variant.theme}-${variant.viewport.width}` : screen.name)
      if (page.troubles.length) throw new Error(`${screen.name}: ${page.troubles.join('\n')}`)
      await page.context().close()
    }
  }
} finally {
  await browser.close()
  await perigee.close()
}
