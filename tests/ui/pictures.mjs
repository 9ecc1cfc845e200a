// Pictures of the main screens for the guide, with the demonstration data: node pictures.mjs FOLDER [all]
// One of each, or - with `all` - each in both languages and themes, on a desk and on a phone.
import { argv, exit } from 'node:process'
import { createInstance } from '../support/perigee.mjs'
import { desktop, openBrowser, openPage, password, phone, picture, signIn } from './browser.mjs'
import { screens } from './screens.mjs'

const [folder, extent] = argv.slice(2)
if (!folder) {
  console.error('usage: node pictures.mjs FOLDER [all]')
  exit(2)
}
process.env.PERIGEE_SCREENSHOTS = folder

const settled = (page) => page.evaluate(() => document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))))

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
