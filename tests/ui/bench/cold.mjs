// Bytes of the build and of a first visit, and the processor time until a list can be worked in.
import { readFileSync } from 'node:fs'
import { median } from './report.mjs'

const KB = 1024
export function builtBytes(report) {
  const built = JSON.parse(readFileSync(new URL('../../../modules/web/dist/assets.json', import.meta.url), 'utf8'))
  report.figure('first screen, JS and CSS, gzip', built.firstScreen / KB, 'KB', 60)
  const parts = Object.entries(built.files).filter(([name]) => ![...built.firstScreenFiles, ...built.editorFiles].includes(name))
  report.figure('largest part loaded on demand, gzip', Math.max(...parts.map(([, size]) => size.gzip)) / KB, 'KB', 25)
  report.figure('script editor, gzip', built.editor / KB, 'KB', 125)
}

async function coldList(office, storage) {
  const context = await office.browser.newContext({ baseURL: office.perigee.base, storageState: storage, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
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

export async function coldLists(report, office, storage, rounds) {
  const colds = []
  for (let round = 0; round < rounds; round++) colds.push(await coldList(office, storage))
  report.figure('loaded to the first list, JS and CSS', median(colds.map((cold) => cold.bytes)) / KB, 'KB', 60)
  report.figure('CPU to an interactive list', median(colds.map((cold) => cold.cpu)), 'ms', 300)
  report.figure('wall to rows in sight', median(colds.map((cold) => cold.wall)), 'ms')
}
