// A long list: opened, scrolled to its end, sorted, filtered by a Cyrillic prefix; what the browser adds to
// the server's answer, and what a step with a key takes.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAnswer } from './trace.mjs'

/** Names of which a few begin with a rare Cyrillic prefix, read in by the import that people use. */
export function fill(perigee, rows) {
  const surnames = ['Иванова', 'Петров', 'Сидорова', 'Kern', 'Lindqvist', 'Okafor', 'Кузнецов', 'Smith', 'Щербакова', 'Meyer']
  const lines = ['last_name,first_name,job_title']
  for (let i = 0; i < rows; i++) lines.push(`${i % 5000 === 7 ? 'Щукин' : surnames[i % surnames.length]} ${i},${i % 2 ? 'Анна' : 'Paul'},Engineer`)
  const file = join(perigee.folder, 'contacts.csv')
  writeFileSync(file, lines.join('\n'))
  perigee.cli(['import', 'contact', file, '--automations', 'off'])
}

export async function longList(report, page, all) {
  const list = '/contact?sort=name&columns=name'
  const names = () => [...document.querySelectorAll('.table tbody tr a')]
  const inSight = async () => { await page.goto(list); await page.locator('.table tbody tr a').first().waitFor() }
  const first = () => page.locator('.table tbody tr a').first().innerText()
  const row = async (what, act, shown, argument) => {
    const { cpu, longest } = await afterAnswer(page, act, shown, argument)
    report.figure(`${what}, CPU after the answer`, cpu, 'ms', 100)
    report.figure(`${what}, longest task`, longest, 'ms', 100)
  }
  console.log(`a list of ${all} contacts`)
  await page.goto('/organization')
  await page.locator('.list-foot .count').filter({ hasText: /\d/ }).waitFor()
  const go = (to) => page.evaluate((address) => { history.pushState(null, '', address) }, to)
  await row('open', () => go(list), `() => location.pathname === '/contact' && (${names})().length > 0 && !document.querySelector('.list-dim')`)
  await page.waitForFunction((count) => document.querySelector('.list-foot .count')?.textContent.replace(/\D/g, '') === String(count), all)
  await row('to the end', () => page.keyboard.press('End'), (count) => !!document.querySelector(`tr[data-current=true][aria-rowindex="${count + 1}"] a`), all)
  await inSight()
  await row('sort', () => page.locator('th .sort').first().click(), (old) => { const link = document.querySelector('.table tbody tr a'); return !!link && link.textContent !== old && !document.querySelector('.list-dim') }, await first())
  await row('filter by a Cyrillic prefix', () => go(`${list}&where=${encodeURIComponent('starts_with(last_name, "щук")')}`), `() => (${names})().length > 0 && (${names})().every((link) => link.textContent.includes('Щукин'))`)
  await inSight()
  await steps(report, page)
}

async function steps(report, page) {
  const taken = await page.evaluate(async () => {
    const walls = []
    for (let i = 0; i < 60; i++) {
      const begun = performance.now()
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', code: 'KeyJ', bubbles: true, cancelable: true }))
      while (document.querySelector('tr[data-current=true]')?.getAttribute('aria-rowindex') !== String(i + 2)) await new Promise((next) => requestAnimationFrame(next))
      walls.push(performance.now() - begun)
    }
    return walls.sort((a, b) => a - b)
  })
  report.figure('a step with j, wall, 95th percentile', taken[Math.floor(taken.length * 0.95)], 'ms', 100, false)
}
