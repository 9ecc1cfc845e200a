// What moving a card costs before the server has answered: the browser's own work, from the key to the
// card in the next column. The answer is held back, so that none of its work is counted.
import { median } from './report.mjs'
import { betweenMarks } from './trace.mjs'

const MOVES = 20
/** What the answer before brought is drawn, and its sums asked for, before the next move. */
const SETTLED_MS = 500

/** Moves the first card of one of the first two columns to the other one, when it is in hand; milliseconds until it is there. */
async function move(step) {
  const columns = [...document.querySelectorAll('.board .column')]
  const card = columns[step % 2].querySelector('.card')
  const id = card.dataset.card
  const isThere = () => [...columns[(step + 1) % 2].querySelectorAll('.card')].some((other) => other.dataset.card === id)
  const frame = () => new Promise((next) => requestAnimationFrame(next))
  card.querySelector('.card-title').focus()
  await frame()
  await frame()
  const begun = performance.now()
  performance.mark('perigee.begun')
  document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: step % 2 ? 'ArrowLeft' : 'ArrowRight', altKey: true, bubbles: true, cancelable: true }))
  while (!isThere()) await frame()
  performance.mark('perigee.shown')
  return performance.now() - begun
}

export async function cardMoves(report, page) {
  await page.goto('/deal?as=board')
  await page.locator('.board .card').first().waitFor()
  const isMove = (request) => request.method() === 'PATCH' && request.url().includes('/records/deal/')
  const walls = []
  let release
  await page.route('**/api/v1/records/deal/**', async (route) => {
    if (isMove(route.request())) await new Promise((go) => { release = go })
    await route.continue()
  })
  const cpus = await betweenMarks(page, async () => {
    for (let round = 0; round < MOVES; round++) {
      const asked = page.waitForRequest(isMove)
      const saved = page.waitForResponse((response) => isMove(response.request()))
      await page.waitForTimeout(SETTLED_MS)
      walls.push(await page.evaluate(move, round))
      await asked
      release()
      await saved
    }
  })
  await page.unroute('**/api/v1/records/deal/**')
  report.figure('a card to the next column, CPU', median(cpus), 'ms', 50)
  report.figure('a card to the next column, wall', median(walls), 'ms', 50, false)
}
