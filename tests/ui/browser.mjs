// Chromium for tests: no traffic of its own, console errors and policy violations collected, axe
// injected through the protocol because the pages' policy forbids script tags.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]
export const desktop = { width: 1280, height: 800 }
export const phone = { width: 390, height: 844 }

export async function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: quiet })
}

/** A page in a context of its own; `page.troubles` collects what must stay empty. `touch`: used with fingers. */
export async function openPage(browser, base, { viewport = desktop, theme = 'light', language = 'en', touch = false } = {}) {
  const context = await browser.newContext({ baseURL: base, viewport, colorScheme: theme, locale: language, reducedMotion: 'reduce', hasTouch: touch, isMobile: touch })
  await context.addInitScript(([chosenTheme, chosenLanguage]) => {
    globalThis.localStorage?.setItem('perigee.theme', chosenTheme) // the browser's own viewer of a file has none
    globalThis.localStorage?.setItem('perigee.language', chosenLanguage)
    globalThis.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))
  }, [theme, language])
  const page = await context.newPage()
  page.setDefaultTimeout(60000) // a machine at ten times its load is not a fault
  page.troubles = []
  page.on('console', (message) => { if (message.type() === 'error' && !/status of (401|404|409|412|422)/.test(message.text())) page.troubles.push(message.text()) })
  page.on('pageerror', (error) => page.troubles.push(String(error)))
  return page
}

export const password = 'correct horse battery staple 42'

/** Signs in by the form and waits for the frame. */
export async function signIn(page, login = 'boss') {
  await page.goto('/')
  await page.locator('#login').fill(login)
  await page.locator('#password').fill(password)
  await page.locator('button[type=submit]').click()
  await page.locator('.nav').waitFor({ state: 'attached' })
}

/** Waits until the list at the path shows rows (or nothing, where `rows` is 0). */
export async function openList(page, path, { rows = 1 } = {}) {
  await page.goto(path)
  if (rows) await page.locator('.table tbody tr a, .line-row a').first().waitFor()
  await page.locator('.list-foot .count').filter({ hasText: /\d/ }).waitFor({ state: 'attached' })
}

/** Findings of axe (WCAG 2.2 A and AA), one line each. */
export async function axe(page) {
  const client = await page.context().newCDPSession(page)
  await client.send('Runtime.evaluate', { expression: axeSource })
  const { result, exceptionDetails } = await client.send('Runtime.evaluate', {
    expression: `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then((found) => JSON.stringify(found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | '))))`,
    awaitPromise: true,
    returnByValue: true,
  })
  if (exceptionDetails) throw new Error(exceptionDetails.text)
  return JSON.parse(result.value)
}

/** Keeps a picture where PERIGEE_SCREENSHOTS says. */
export async function picture(page, name) {
  const folder = process.env.PERIGEE_SCREENSHOTS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: false })
}
