// Pictures of the main screens for the guide, with the demonstration data: node pictures.mjs FOLDER [all [NAME...]]
// One of each, or - with `all` - each, and the corners beside them, in both languages and themes, on a desk and
// on a phone.
import { argv, exit } from 'node:process'
import { createInstance } from '../support/perigee.mjs'
import { corners, empty, furnish } from './corners.mjs'
import { desktop, openBrowser, openPage, password, phone, picture, signIn } from './browser.mjs'
import { screens } from './screens.mjs'

const [folder, extent, ...names] = argv.slice(2)
if (!folder) {
  console.error('usage: node pictures.mjs FOLDER [all [NAME...]]')
  exit(2)
}
process.env.PERIGEE_SCREENSHOTS = folder
const all = extent === 'all'

const settled = (page) => page.evaluate(() => document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))))

const hire = (perigee, login, name) => perigee.cli(['user', 'add', login, '--name', name, '--role', 'admin', '--password-stdin'], { input: `${password}\n` })

function variantsOf(screen) {
  if (!all) return [{ language: screen.language ?? 'en', theme: screen.theme ?? 'light', viewport: desktop }]
  return ['en', 'ru'].flatMap((language) => ['light', 'dark'].flatMap((theme) => [desktop, phone].map((viewport) => ({ language, theme, viewport }))))
}

/** One sign-in for a variant, as a person goes from screen to screen. */
async function take(browser, base, wanted) {
  const pages = new Map()
  for (const screen of wanted.filter(({ name }) => names.length === 0 || names.includes(name)))
    for (const variant of variantsOf(screen)) {
      const key = `${variant.language}-${variant.theme}-${variant.viewport.width}`
      if (!pages.has(key)) {
        const page = await openPage(browser, base, variant)
        await signIn(page)
        pages.set(key, page)
      }
      const page = pages.get(key)
      await screen.show(page)
      await page.mouse.move(0, 0) // nothing looks pointed at
      await settled(page)
      await picture(page, all ? `${screen.name}-${key}` : screen.name)
      if (page.troubles.length) throw new Error(`${screen.name}: ${page.troubles.join('\n')}`)
    }
  for (const page of pages.values()) await page.context().close()
}

const perigee = createInstance('sqlite')
hire(perigee, 'boss', 'Anna Kern')
if (all) hire(perigee, 'rest', 'Rita West')
perigee.json(['demo', '--size', '400'])
const tokens = ['boss', ...(all ? ['rest'] : [])].map((login) => perigee.token(login))
await perigee.serve()
const [admin, other] = tokens.map((token) => perigee.client(token))
const bare = all ? createInstance('sqlite') : null
const browser = await openBrowser()
try {
  const [deal] = (await admin.get('records/deal', { where: "stage.kind == 'open' and open_activities >= 1", sort: '-amount', limit: 1 })).records
  await take(browser, perigee.base, screens(deal.id, deal.organization.id))
  if (bare) {
    await take(browser, perigee.base, corners(await furnish(admin, other)))
    hire(bare, 'boss', 'Anna Kern')
    await bare.serve()
    await take(browser, bare.base, empty)
  }
} finally {
  await browser.close()
  await perigee.close()
  await bare?.close()
}
