// Measuring: load by wrk, CPU seconds and memory of a process from /proc, pairs of programs taken in
// turn so that a noisy machine hits both, and the table that all of it goes to.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'

const scripts = mkdtempSync(join(tmpdir(), 'perigee-bench-wrk-'))
process.on('exit', () => rmSync(scripts, { recursive: true, force: true }))
const TICKS = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout)
const LOOK_MS = 100
const PATIENCE_SECONDS = 30

/** CPU seconds that a process (all threads) has used. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Anonymous memory in MB, what a process really costs. */
export function memoryMb(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/RssAnon:\s+(\d+) kB/)[1]) / 1024
}

const peaks = new Map()
/** The most anonymous memory that the process had under the loads so far. */
export const peakMb = (pid) => peaks.get(pid) ?? memoryMb(pid)

/** Runs a program while its memory and that of `pid` is looked at; `until` ends it early (SIGINT). */
async function run(command, args, { pid, until } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const look = setInterval(() => {
    if (pid) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, memoryMb(pid)))
  }, LOOK_MS)
  let output = '', complaint = ''
  child.stdout.on('data', (text) => (output += text))
  child.stderr.on('data', (text) => (complaint += text))
  until?.finally(() => child.kill('SIGINT')).catch(() => {})
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done))
  clearInterval(look)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${output}${complaint}`)
  return output
}

function measured(url, found) {
  if (!found) throw new Error(`no figures from ${url}`)
  const [requests, micros, bad, p50, p99] = found.map(Number)
  if (bad || !requests) throw new Error(`${url}: ${bad} answers of ${requests} were not 2xx or connections broke`)
  return { requests, perSecond: requests / (micros / 1e6), p50Ms: p50 / 1000, p99Ms: p99 / 1000 }
}

let counter = 0
/** wrk against one URL; `lua` may replace how requests are made. Any answer but 2xx fails. */
async function load(url, { connections = 8, seconds = 3, lua = '', headers = {}, pid, until } = {}) {
  const file = join(scripts, `${counter++}.lua`)
  writeFileSync(file, `${lua}
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`)
  const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '30s', '-s', file]
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`)
  const output = await run('wrk', [...args, url], { pid, until })
  const found = output.match(/RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/)?.slice(1)
  const none = found?.[0] === '0' && found[2] === '0' && !until && seconds < PATIENCE_SECONDS
  if (none) return load(url, { connections, seconds: seconds * 4, lua, headers, pid }) // a disk may stand still for a second
  return measured(url, found)
}

/** The same of a database server: the process and all it has started, gone or not. */
function serverCpuSeconds(pid) {
  const times = (of, from, to) => {
    const stat = readFileSync(`/proc/${of}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), ticks: fields.slice(from, to).reduce((sum, n) => sum + Number(n), 0) }
  }
  let ticks = times(pid, 11, 15).ticks
  for (const other of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const process = times(other, 11, 13)
      if (process.parent === pid) ticks += process.ticks
    } catch {
      continue // it has ended
    }
  }
  return ticks / TICKS
}

async function withCpu(pid, work, server) {
  const serverBefore = server ? serverCpuSeconds(server) : 0
  const before = cpuSeconds(pid)
  const result = await work()
  const serverUs = server ? ((serverCpuSeconds(server) - serverBefore) / result.requests) * 1e6 : 0
  return { ...result, cpuUs: ((cpuSeconds(pid) - before) / result.requests) * 1e6, serverUs }
}

/** The load with what it cost the serving process, and the database `server` (a process number) behind it. */
export const loadOf = (pid, url, { server, ...options }) => withCpu(pid, () => load(url, { ...options, pid }), server)

/** The same by the client for updates with If-Match: a connection a record. */
export function updatesOf(pid, base, { token, entity, field, seconds, ids }) {
  const args = [new URL(base).port, token, entity, field, String(seconds), ...ids]
  return withCpu(pid, async () => measured(base, (await run(process.env.PATCH, args, { pid })).trim().split(' ')))
}

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const keys = ['perSecond', 'cpuUs', 'serverUs', 'p50Ms', 'p99Ms']

/** Takes the measurements in turn, `rounds` times; medians of each. */
export async function inTurn(rounds, measurements) {
  const all = Object.fromEntries(Object.keys(measurements).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) for (const [name, measure] of Object.entries(measurements)) all[name].push(await measure())
  return Object.fromEntries(Object.entries(all).map(([name, runs]) => [name, Object.fromEntries(keys.map((key) => [key, median(runs.map((run) => run[key]))]))]))
}

export const round = (n, digits = 2) => Number(n.toFixed(digits))
/** "measured (reference)" */
export const beside = (measured, reference, digits = 0) => `${round(measured, digits)} (${round(reference, digits)})`

const rows = []
const line = (what, size, value, target, cpu, load, met) =>
  console.log(`${what.padEnd(62)} ${size.padStart(8)}  ${value.padEnd(22)} ${target.padEnd(12)} ${cpu.padStart(6)} ${load.padStart(6)}  ${met}`)
export const heading = () => line('what', 'records', 'measured (reference)', 'target', 'cpu us', 'load', '')

/**
 * One line of the table. `met`: null where the target does not hold at this size. `cpuUs`: what a
 * request cost. `cost`: what the slope is taken of, in any unit; `grows`: the power of the number of
 * records that the work itself grows with.
 */
export function report(what, size, value, target, met, { cpuUs, cost, grows = 0 } = {}) {
  rows.push({ what, size, met, cost, grows })
  line(what, String(size), String(value), target, cpuUs === undefined ? '' : String(round(cpuUs, 0)), loadavg()[0].toFixed(1), met === null ? '' : met ? 'met' : 'MISSED')
}
export const skipped = (what, size, why) => line(what, String(size), `skipped: ${why}`, '', '', '', '')

const TOLERANCE = 0.2
/** "Cost must grow as the work does": the power of the number of records that each cost grows with. */
function slopes() {
  const names = [...new Set(rows.filter((row) => row.cost > 0).map((row) => row.what))]
  for (const what of names) {
    const taken = rows.filter((row) => row.what === what && row.cost > 0).sort((a, b) => a.size - b.size)
    const first = taken[0], last = taken[taken.length - 1]
    if (first.size === last.size) continue
    const power = Math.log(last.cost / first.cost) / Math.log(last.size / first.size)
    const met = power <= first.grows + TOLERANCE
    console.log(`${what.padEnd(62)} n^${power.toFixed(2).padEnd(6)} the work n^${first.grows}  ${met ? 'met' : 'MISSED'}`)
    rows.push({ what, met })
  }
}

export function summary() {
  console.log('\nhow the cost grows with the number of records')
  slopes()
  console.log(`\nload average ${loadavg().map((n) => n.toFixed(2)).join(' ')}`)
  console.log(`${rows.filter((row) => row.met === true).length} targets met, ${rows.filter((row) => row.met === false).length} missed`)
}
