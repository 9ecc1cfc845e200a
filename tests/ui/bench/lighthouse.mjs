// Scores of Lighthouse for pages of a signed-in person, desktop form, on Debian's Chromium and this
// machine's own addresses only. Chromium is started with a port because Lighthouse talks to it by one.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quiet } from '../browser.mjs'

const desktop = { formFactor: 'desktop', screenEmulation: { mobile: false, width: 1280, height: 800, deviceScaleFactor: 1, disabled: false }, throttlingMethod: 'provided' }

async function startChromium(profile) {
  const browser = spawn(process.env.CHROMIUM ?? '/usr/bin/chromium', ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...quiet, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const port = await new Promise((done, fail) => {
    let said = ''
    browser.stderr.on('data', (chunk) => {
      said += chunk
      const found = said.match(/DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/)
      if (found) done(Number(found[1]))
    })
    browser.on('exit', (code) => fail(new Error(`Chromium ended with ${code}\n${said}`)))
  })
  return { browser, port }
}

/** One { path, accessibility, 'best-practices', performance, failed } a page; scores of 0 to 100, `failed` what costs points. */
export async function lighthouseScores(base, cookie, paths) {
  const { default: lighthouse } = await import('lighthouse')
  const profile = mkdtempSync(join(tmpdir(), 'perigee-lighthouse-'))
  const { browser, port } = await startChromium(profile)
  try {
    const scores = []
    for (const path of paths) {
      const { lhr } = await lighthouse(base + path, { port, output: 'json', logLevel: 'silent', disableStorageReset: true }, {
        extends: 'lighthouse:default',
        settings: { ...desktop, onlyCategories: ['accessibility', 'best-practices', 'performance'], extraHeaders: { Cookie: cookie }, maxWaitForLoad: 45000 },
      })
      const score = (name) => Math.round((lhr.categories[name].score ?? 0) * 100)
      const failed = ['accessibility', 'best-practices'].flatMap((name) => lhr.categories[name].auditRefs.filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 1).map(({ id }) => id))
      scores.push({ path, accessibility: score('accessibility'), 'best-practices': score('best-practices'), performance: score('performance'), failed, runtime: lhr.runtimeError?.message })
    }
    return scores
  } finally {
    const ended = new Promise((done) => browser.on('exit', done))
    browser.kill()
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }) // its children write a little longer
  }
}
