// Requests at a steady rate, and how long their answers took.
import { open } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const OPEN_MAX = 64
const BEHIND_MS = 500

export const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** Requests at a rate, whatever the answers take; ends when told. `ask(n)` answers { status, method, path, text }. */
export function load(perSecond, ask) {
  const found = { count: 0, failed: 0, worst: 0, worstAt: 0, worstOf: '', example: null, times: [] }
  const open = new Set()
  let stop = false
  const began = performance.now()

  async function one(n) {
    const from = performance.now()
    try {
      const reply = await ask(n)
      const took = performance.now() - from
      found.count++
      found.times.push(took)
      if (took > found.worst) Object.assign(found, { worst: took, worstAt: from - began, worstOf: `${reply.method} ${reply.path.replace(/\d{6,}/, '{id}')}` })
      if (reply.status < 300) return
      found.failed++
      found.example ??= `${reply.method} ${reply.path}: ${reply.status} ${reply.text.slice(0, 300)}`
    } catch (error) {
      found.failed++
      found.example ??= String(error)
    }
  }

  const run = (async () => {
    let late = 0 // what a machine that is too slow for the rate has put off
    for (let n = 0; !stop; n++) {
      const due = began + late + (n * 1000) / perSecond
      await pause(Math.max(0, due - performance.now()))
      while (open.size >= OPEN_MAX) await Promise.race(open)
      const behind = performance.now() - due
      if (behind > BEHIND_MS) late += behind
      const asked = one(n).finally(() => open.delete(asked))
      open.add(asked)
    }
    await Promise.all(open)
  })()
  return {
    end: async () => {
      stop = true
      await run
      found.times.sort((a, b) => a - b)
      found.p99 = found.times[Math.floor(found.times.length * 0.99)] ?? 0
      return found
    },
  }
}

/**
 * The longest flush of a page that is written over, again and again, in a file of `path`: what the
 * disk does to a commit beside everything else that uses it.
 */
export function flushDelay(path) {
  const page = Buffer.alloc(4096)
  let stop = false
  let worst = 0
  const run = (async () => {
    const file = await open(path, 'w')
    for (; !stop; await pause(10)) {
      page[0]++
      await file.write(page, 0, page.length, 0)
      const from = performance.now()
      await file.datasync()
      worst = Math.max(worst, performance.now() - from)
    }
    await file.close()
  })()
  return async () => {
    stop = true
    await run
    return worst
  }
}

/** How long this program itself was kept from running: what a machine does to requests by itself. */
export function ownDelay() {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  return () => {
    delay.disable()
    return delay.max / 1e6
  }
}
