// What runs out: the disk (a small tmpfs, where this user may mount one) and descriptors. The server
// says so in a problem, goes on reading, loses nothing it acknowledged, and recovers by itself when there
// is room again.
//
//   node tests/fault/limits.mjs [--full]
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInstance } from '../support/perigee.mjs'
import { Count, isFull, pause } from './support/count.mjs'

const count = new Count()
const DISK_BYTES = 48 << 20
const TEXT = 'All work and no play makes a long description. '.repeat(400)

const run = (...args) => spawnSync(args[0], args.slice(1), { encoding: 'utf8' })

async function open() {
  const perigee = createInstance('sqlite', { onDisk: true })
  perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  const token = perigee.token('root')
  await perigee.serve()
  return { perigee, token, http: perigee.client(token) }
}

const create = (http, key) =>
  http.request('POST', 'records/organization', { body: { name: `Works ${key}`, external_id: key, description: TEXT }, headers: { 'Idempotency-Key': key } })

async function stored(http) {
  const found = []
  for (let after = ''; ;) {
    const page = await http.get('records/organization', { fields: 'external_id', limit: 1000, ...(after ? { after } : {}) })
    found.push(...page.records.map((record) => record.external_id))
    if (!page.next) return found
    after = page.next
  }
}

/** Every acknowledged key once, and nothing of the refused ones. */
function compare(found, acknowledged, refused, what) {
  const seen = new Map()
  for (const key of found) seen.set(key, (seen.get(key) ?? 0) + 1)
  const lost = acknowledged.filter((key) => seen.get(key) !== 1)
  const wrong = refused.filter((key) => seen.has(key))
  count.check(lost.length === 0 && wrong.length === 0, `${what}: lost or doubled ${lost}, refused but there ${wrong}`)
}

// ---- the disk ---------------------------------------------------------------------------------------

/** Leaves this many free bytes beside a file of nothing; what others write meanwhile may leave fewer. */
function fill(folder, free) {
  const facts = run('df', '--output=avail', '-B1', folder).stdout.trim().split('\n')
  try {
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(Math.max(0, Number(facts[1]) - free)))
  } catch (err) {
    if (err.code !== 'ENOSPC') throw err
  }
}

function expectFull(answer, what) {
  const ok = answer.status === 503 || answer.status === 507
  count.check(ok && answer.body?.code === 'disk_full' && answer.headers.get('content-type').startsWith('application/problem+json'), `${what}: ${answer.status} ${answer.text}`)
}

async function fullDisk(mount) {
  const { perigee, token, http } = await open()
  const acknowledged = []
  const refused = []
  let number = 0
  for (let round = 0; round < (isFull ? 10 : 2); round++) {
    fill(mount, 600_000)
    let answer
    do {
      const key = `d${number++}`
      answer = await create(http, key)
      if (answer.status === 201) acknowledged.push(key)
      else refused.push(key)
    } while (answer.status === 201 && number < 5000)
    expectFull(answer, 'a create on a full disk')
    const upload = await http.request('POST', 'files?name=big.bin', { body: 'x'.repeat(900_000), headers: { 'Content-Type': 'application/octet-stream' } })
    expectFull(upload, 'an upload on a full disk')
    count.equal((await http.request('GET', 'records/organization?limit=5')).status, 200, 'a list on a full disk')
    count.equal((await fetch(`${perigee.base}/readyz`)).status, 200, 'readyz on a full disk')
    rmSync(join(mount, 'ballast'))
    const key = `d${number++}`
    count.equal((await create(http, key)).status, 201, 'a create when there is room again')
    acknowledged.push(key)
    const again = refused.pop()
    count.equal((await create(http, again)).status, 201, 'the refused one, asked for again')
    acknowledged.push(again)
  }
  compare(await stored(http), acknowledged, refused, 'after a full disk')
  fill(mount, 0)
  await create(http, 'killed')
  await perigee.stop('SIGKILL')
  rmSync(join(mount, 'ballast'))
  await perigee.serve()
  compare(await stored(perigee.client(token)), acknowledged, refused, 'after a full disk and a kill')
  count.equal(await perigee.stop(), 0, 'the server ends in order')
  count.equal(perigee.json(['check']).problems, 0, 'check after a full disk')
  await perigee.close()
}

async function onSmallDisk() {
  const old = process.env.TMPDIR
  const mount = mkdtempSync(join(tmpdir(), 'perigee-disk-'))
  if (process.getuid() !== 0 || run('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'perigee', mount).status !== 0) {
    console.error('skipped: a full disk (no tmpfs may be mounted here)')
    rmSync(mount, { recursive: true })
    return
  }
  process.env.TMPDIR = mount
  try {
    await fullDisk(mount)
  } finally {
    if (old === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = old
    run('umount', '-l', mount)
    rmSync(mount, { recursive: true })
  }
}

// ---- descriptors ------------------------------------------------------------------------------------

const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length
const limit = (pid, soft) => run('prlimit', '--pid', String(pid), `--nofile=${soft}:`).status === 0

/** Seconds of processor time that the process has used. */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function hold(base, many) {
  const { hostname, port } = new URL(base)
  return Array.from({ length: many }, () => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    return socket
  })
}

/** An answer, or what kept it away; never longer than `ms`. */
async function attempt(base, ms) {
  try {
    return (await fetch(`${base}/healthz`, { signal: AbortSignal.timeout(ms), headers: { Connection: 'close' } })).status
  } catch {
    return 'none'
  }
}

async function withoutDescriptors() {
  const { perigee, http } = await open()
  const pid = perigee.server.pid
  const acknowledged = []
  if (!limit(pid, 1024)) {
    console.error('skipped: descriptors (no prlimit)')
    return perigee.close()
  }
  for (let round = 0; round < (isFull ? 20 : 3); round++) {
    await create(http, `warm${round}`)
    acknowledged.push(`warm${round}`)
    const before = descriptors(pid)
    limit(pid, before + 6)
    const sockets = hold(perigee.base, 60)
    await pause(300)
    const used = processorTime(pid)
    await pause(1000)
    const spent = processorTime(pid) - used
    count.check(spent < 0.6, `${spent} s of processor time in a second without descriptors`)
    for (let n = 0; n < 5; n++) {
      const answer = await Promise.race([create(http, `f${round}-${n}`), pause(3000)])
      if (answer?.status === 201) acknowledged.push(`f${round}-${n}`)
      else if (answer) count.equal(answer.status, 503, `a create without descriptors ${answer.text}`)
    }
    const file = await Promise.race([http.request('POST', 'files?name=a.txt', { body: 'a', headers: { 'Content-Type': 'application/octet-stream' } }).catch(() => null), pause(3000)])
    count.check(!file || file.status < 300 || (file.body?.code && file.status >= 500), `an upload without descriptors: ${file?.status} ${file?.text}`)
    sockets.forEach((socket) => socket.destroy())
    limit(pid, 1024)
    let answer = 'none'
    for (let n = 0; n < 20 && answer !== 200; n++) answer = await attempt(perigee.base, 1000)
    count.equal(answer, 200, 'new connections when there are descriptors again')
    for (let n = 0; n < 30 && descriptors(pid) > before + 10; n++) await pause(100)
    count.check(descriptors(pid) <= before + 10, `descriptors: ${before} before, ${descriptors(pid)} after`)
    const key = `g${round}`
    count.equal((await create(perigee.client(http.token), key)).status, 201, 'a create when there are descriptors again')
    acknowledged.push(key)
  }
  const found = await stored(perigee.client(http.token))
  compare(found, acknowledged, [], 'after running out of descriptors')
  count.equal(await perigee.stop(), 0, `the server ends in order\n${perigee.log.slice(-2000)}`)
  count.equal(perigee.json(['check']).problems, 0, 'check after running out of descriptors')
  await perigee.close()
}

mkdirSync(tmpdir(), { recursive: true })
await onSmallDisk()
await withoutDescriptors()
count.finish()
