// What the main thread of a page did between the server's answer and the frame that shows it, from the
// browser's own trace: processor time, so that other programs of the machine do not count.
const categories = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing', 'toplevel']

const marks = (events, name) => events.filter((event) => event.name === name && event.cat.includes('blink.user_timing')).sort((a, b) => a.ts - b.ts)

/** Milliseconds of processor time of each task of the thread of `shown` between `from` and it. */
const tasksBetween = (events, from, shown) => events
  .filter((event) => event.name === 'RunTask' && event.ph === 'X' && event.pid === shown.pid && event.tid === shown.tid && event.ts + event.dur > from && event.ts < shown.ts)
  .map((task) => task.tdur / 1000)

function answeredAt(events, shown) {
  const asked = new Map(events.filter((event) => event.name === 'ResourceSendRequest').map(({ args }) => [args.data.requestId, args.data.url]))
  const answers = events.filter((event) => event.name === 'ResourceFinish' && event.ts < shown.ts && /\/api\/v1\/records\//.test(asked.get(event.args.data.requestId) ?? ''))
  if (!answers.length) throw new Error('the server was not asked')
  return Math.min(...answers.map((event) => event.ts))
}

export const sum = (values) => values.reduce((total, value) => total + value, 0)

/** For each time that `act` marks perigee.begun and later perigee.shown: the processor time between. */
export async function betweenMarks(page, act) {
  const browser = page.context().browser()
  await browser.startTracing(page, { categories })
  await act()
  const { traceEvents } = JSON.parse(await browser.stopTracing())
  const shown = marks(traceEvents, 'perigee.shown')
  return marks(traceEvents, 'perigee.begun').map((begun, round) => sum(tasksBetween(traceEvents, begun.ts, shown[round])))
}

/**
 * Milliseconds of processor time of the main thread from the first answer to records until a frame in
 * which `shown(argument)` holds, and those of the longest task among them. An upper bound: later answers
 * are waited for with the first one's clock running.
 */
export async function afterAnswer(page, act, shown, argument) {
  const browser = page.context().browser()
  await browser.startTracing(page, { categories })
  await act()
  await page.evaluate(async ([test, value]) => {
    const holds = new Function('value', `return (${test})(value)`)
    const frame = () => new Promise((next) => requestAnimationFrame(next))
    while (!holds(value)) await frame()
    await frame()
    performance.mark('perigee.shown')
  }, [shown.toString(), argument])
  const { traceEvents } = JSON.parse(await browser.stopTracing())
  const [seen] = marks(traceEvents, 'perigee.shown')
  const tasks = tasksBetween(traceEvents, answeredAt(traceEvents, seen), seen)
  return { cpu: sum(tasks), longest: Math.max(0, ...tasks) }
}
