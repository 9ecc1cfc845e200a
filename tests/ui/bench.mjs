// ./dev bench ui: the browser client against its budgets. Bytes come from the build and from what the
// browser really loaded, CPU from the browser's own count of its main thread, and the times of a long
// list are what is added to the server's answer. Gates on bytes and CPU; walls are only printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInstance } from '../support/perigee.mjs'
import { openBrowser, openPage, password, signIn } from './browser.mjs'

const option = (name, otherwise) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise
const rows = Number(option('rows', 100000))
const rounds = Number(option('rounds', 5))
const KB = 1024
let failed = 0

/** `gate`: whether being over ends the command with 1; a wall on a busy machine does not. */
function report(what, value, unit, budget, gate = true) {
  const ok = budget === undefined || value <= budget
  if (!ok && gate) failed++
  console.log(`${what.padEnd(52)} ${value.toFixed(1).padStart(9)} ${unit.padEnd(3)} ${budget === undefined ? '' : `<= ${budget} ${unit}`.padEnd(12) + (ok ? 'ok' : 'OVER')}`)
}
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

function reportBuild() {
  const built = JSON.parse(readFileSync(new URL('../../modules/web/dist/assets.json', import.meta.url), 'utf8'))
  report('first screen, JS and CSS, gzip', built.firstScreen / KB, 'KB', 60)
  const later = Object.entries(built.files).filter(([name]) => !built.firstScreenFiles.includes(name))
  report('largest part loaded on demand, gzip', Math.max(...later.map(([, size]) => size.gzip)) / KB, 'KB', 25)
}

/** Names of which a few begin with a rare Cyrillic prefix, read in by the import that people use. */
function fill(perigee) {
  const surnames = ['Иванова', 'Петров', 'Сидорова', 'Kern', 'Lindqvist', 'Okafor', 'Кузнецов', 'Smith', 'Щербакова', 'Meyer']
  const lines = ['last_name,first_name,job_title']
  for (let i = 0; i < rows; i++) lines.push(`${i % 5000 === 7 ? 'Щукин' : surnames[i % surnames.length]} ${i},${i % 2 ? 'Анна' : 'Paul'},Engineer`)
  const file = join(perigee.folder, 'contacts.csv')
  writeFileSync(file, lines.join('\n'))
  perigee.cli(['import', 'contact', file, '--automations', 'off'])
}

async function coldList(browser, base, storage) {
  const context = await browser.newContext({ baseURL: base, storageState: storage, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const client = await context.newCDPSession(page)
  await client.send('Performance.enable', { timeDomain: 'threadTicks' })
  await client.send('Network.enable')
  const kinds = new Map()
  let bytes = 0
  client.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type))
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (['Script', 'Stylesheet'].includes(kinds.get(requestId))) bytes += encodedDataLength })
  const begun = performance.now()
  await page.goto('/contact?sort=name')
  await page.locator('.table tbody tr a').first().waitFor()
  const wall = performance.now() - begun
  const { metrics } = await client.send('Performance.getMetrics')
  const cpu = metrics.find((metric) => metric.name === 'TaskDuration').value * 1000
  await context.close()
  return { cpu, wall, bytes }
}

/** Milliseconds from the server's last answer to the frame that shows what `shown` waits for. */
async function added(page, act, shown, argument) {
  await page.evaluate(() => performance.clearResourceTimings())
  await act()
  return page.evaluate(async ([test, value]) => {
    const holds = new Function('value', `return (${test})(value)`)
    while (!holds(value)) await new Promise((next) => requestAnimationFrame(next))
    const answered = performance.getEntriesByType('resource').filter((entry) => /api\/v1\/records/.test(entry.name)).map((entry) => entry.responseEnd)
    return Math.max(0, performance.now() - Math.max(...answered, 0))
  }, [shown.toString(), argument])
}

const perigee = createInstance('sqlite', { onDisk: true })
try {
  perigee.cli(['user', 'add', 'boss', '--name', 'Anna Kern', '--role', 'admin', '--password-stdin'], { input: `${password}\n` })
  reportBuild()
  fill(perigee)
  await perigee.serve()
  const browser = await openBrowser()
  const page = await openPage(browser, perigee.base)
  await signIn(page)
  const storage = await page.context().storageState()
  const colds = []
  for (let round = 0; round < rounds; round++) colds.push(await coldList(browser, perigee.base, storage))
  report('loaded to the first list, JS and CSS', median(colds.map((cold) => cold.bytes)) / KB, 'KB', 60)
  report('CPU to an interactive list', median(colds.map((cold) => cold.cpu)), 'ms', 300)
  report('wall to rows in sight', median(colds.map((cold) => cold.wall)), 'ms')
  await longList(page)
  await browser.close()
} finally { await perigee.close() }
process.exitCode = failed ? 1 : 0

async function longList(page) {
  console.log(`a list of ${rows} contacts: milliseconds added to the server's answer`)
  const first = () => page.locator('.table tbody tr a').first().innerText()
  report('open', await added(page, () => page.goto('/contact?sort=name&columns=name', { waitUntil: 'commit' }), () => !!document.querySelector('.table tbody tr a')), 'ms', 100, false)
  await page.waitForFunction((count) => document.querySelector('.list-foot .count')?.textContent.replace(/\D/g, '') === String(count), rows)
  report('to the end', await added(page, () => page.keyboard.press('End'), (count) => !!document.querySelector(`tr[data-current=true][aria-rowindex="${count + 1}"] a`), rows), 'ms', 100, false)
  let before = await first()
  report('sort', await added(page, () => page.locator('th .sort').first().click(), (old) => { const link = document.querySelector('.table tbody tr a'); return !!link && link.textContent !== old && !document.querySelector('.list-dim') }, before), 'ms', 100, false)
  before = await first()
  const address = `/contact?sort=name&columns=name&where=${encodeURIComponent('starts_with(last_name, "щук")')}`
  report('filter by a Cyrillic prefix', await added(page, () => page.evaluate((to) => { history.pushState(null, '', to) }, address), () => [...document.querySelectorAll('.table tbody tr a')].length > 0 && [...document.querySelectorAll('.table tbody tr a')].every((link) => link.textContent.includes('Щукин'))), 'ms', 100, false)
  await page.goto('/contact?sort=name&columns=name')
  await page.locator('.table tbody tr a').first().waitFor()
  const steps = await page.evaluate(async () => {
    const taken = []
    for (let i = 0; i < 60; i++) {
      const begun = performance.now()
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', code: 'KeyJ', bubbles: true, cancelable: true }))
      while (document.querySelector('tr[data-current=true]')?.getAttribute('aria-rowindex') !== String(i + 2)) await new Promise((next) => requestAnimationFrame(next))
      taken.push(performance.now() - begun)
    }
    return taken.sort((a, b) => a - b)
  })
  report('a step with j, 95th percentile', steps[Math.floor(steps.length * 0.95)], 'ms', 100, false)
}
