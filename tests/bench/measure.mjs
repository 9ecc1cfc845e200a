// Measuring: load by wrk, CPU seconds and memory of a process from /proc, pairs of programs taken in
// turn so that a noisy machine hits both.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

const scripts = mkdtempSync(join(tmpdir(), 'perigee-bench-'))
const TICKS = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout)

/** CPU seconds that a process (all threads) has used. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Anonymous memory in MB, what a process really costs. */
export function memoryMb(pid) {
  return Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/Anonymous:\s+(\d+) kB/)[1]) / 1024
}

let counter = 0
/** Runs wrk against one URL; `lua` may replace how requests are made. Any answer but 2xx fails. */
export function load(url, { connections = 8, seconds = 3, lua = '', headers = {} } = {}) {
  const file = join(scripts, `${counter++}.lua`)
  writeFileSync(file, `${lua}
local statuses = 0
function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration, summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
`)
  const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', file]
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`)
  const run = spawnSync('wrk', [...args, url], { encoding: 'utf8' })
  const found = run.stdout?.match(/RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)/)
  if (!found) throw new Error(`wrk failed on ${url}\n${run.stdout}${run.stderr}`)
  const [requests, micros, bad, broken, p50, p99] = found.slice(1).map(Number)
  if (bad || broken) throw new Error(`${url}: ${bad} answers were not 2xx, ${broken} connections broke (of ${requests})`)
  return { requests, perSecond: requests / (micros / 1e6), p50Ms: p50 / 1000, p99Ms: p99 / 1000 }
}

/** The load with what it cost the serving process. */
export function loadOf(pid, url, options) {
  const before = cpuSeconds(pid)
  const result = load(url, options)
  return { ...result, cpuUs: ((cpuSeconds(pid) - before) / result.requests) * 1e6 }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const keys = ['perSecond', 'cpuUs', 'p50Ms', 'p99Ms']

/** Takes the measurements in turn, `rounds` times; medians of each. */
export function inTurn(rounds, measurements) {
  const all = Object.fromEntries(Object.keys(measurements).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) for (const [name, measure] of Object.entries(measurements)) all[name].push(measure())
  return Object.fromEntries(Object.entries(all).map(([name, runs]) => [name, Object.fromEntries(keys.map((key) => [key, median(runs.map((run) => run[key]))]))]))
}

export const round = (n, digits = 2) => Number(n.toFixed(digits))

const rows = []
/** One line of the table that the bench ends with. */
export function report(what, size, value, target, isMet) {
  rows.push({ what, size, value, target, met: isMet === null ? '' : isMet ? 'yes' : 'NO' })
  console.log(`${what.padEnd(52)} ${String(size).padStart(9)}  ${String(value).padEnd(34)} ${String(target).padEnd(24)} ${isMet === null ? '' : isMet ? 'met' : 'MISSED'}`)
}
export function summary() {
  const missed = rows.filter((row) => row.met === 'NO')
  console.log(`\nload average ${loadavg().map((n) => n.toFixed(2)).join(' ')}`)
  console.log(`${rows.filter((row) => row.met === 'yes').length} targets met, ${missed.length} missed`)
}
