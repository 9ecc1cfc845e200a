// What is found against the main screens: axe in both languages and themes on a desk and on a
// phone, errors of the console, violations of the policy, Lighthouse.
import { axe, desktop, phone } from '../browser.mjs'
import { lighthouseScores } from './lighthouse.mjs'

const forms = ['en', 'ru'].flatMap((language) => ['light', 'dark'].flatMap((theme) => [desktop, phone].map((viewport) => ({ language, theme, viewport }))))

export async function findings(report, office, screens) {
  const found = []
  const troubles = []
  for (const form of forms) {
    const where = `${form.language} ${form.theme} ${form.viewport.width}`
    const page = await office.enter('boss', form)
    for (const screen of screens) {
      try { await screen.show(page) } catch (error) { throw new Error(`${screen.name} ${where}`, { cause: error }) }
      const here = (await axe(page)).map((line) => `${screen.name} ${where}: ${line}`)
      for (const line of here) report.line(line)
      found.push(...here)
    }
    for (const line of page.troubles) report.line(`${where}: ${line}`)
    troubles.push(...page.troubles)
    await page.context().close()
  }
  report.figure(`findings of axe, ${screens.length} screens in ${forms.length} forms`, found.length, '', 0)
  report.figure('errors of the console and of the policy', troubles.length, '', 0)
}

export async function lighthouse(report, office, storage, screens) {
  const cookie = storage.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const scores = await lighthouseScores(office.perigee.base, cookie, screens.map((screen) => screen.path))
  for (const { path, performance, failed, runtime } of scores) report.line(`${path.padEnd(32)} performance ${performance} ${[...failed, runtime].filter(Boolean).join(', ')}`.trimEnd())
  for (const name of ['accessibility', 'best-practices']) report.figure(`Lighthouse ${name}, points missing on the worst page`, 100 - Math.min(...scores.map((score) => score[name])), '', 0)
}
