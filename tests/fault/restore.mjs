// Backups taken under a load of writes, each restored on the same engine, checked and compared with
// what had been answered before it began: all of it is there, and nothing but what was answered or
// on its way when it ended. Every third restore is killed once and begun again.
//
//   node tests/fault/restore.mjs [--full] [--rounds N] [--seed S] [--engine sqlite|postgres]
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInstance, program } from '../support/perigee.mjs'
import { Count, isFull, option, pause, randomOf } from './support/count.mjs'

const ROUNDS = Number(option('rounds', isFull ? 100 : 3))
const ENGINE = option('engine', 'sqlite')
const CLIENTS = 4

const random = randomOf(Number(option('seed', 1)))
const count = new Count()
const run = (args) => spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
const ended = (child) => new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)))

const perigee = createInstance(ENGINE)
if (!perigee) {
  console.log('skipped: PostgreSQL is not installed')
  process.exit(0)
}
perigee.cli(['user', 'add', 'root', '--role', 'admin'])
await perigee.serve()
const admin = perigee.client(perigee.token('root'))

const answered = new Map() // id: employees, as last answered
let isOver = false
async function write(n) {
  const own = []
  for (let i = 0; !isOver; i++) {
    if (own.length === 0 || random() < 0.5) {
      const { id } = await admin.create('organization', { name: `Ledger ${n} ${i}`, employees: 0 })
      answered.set(id, 0)
      own.push(id)
    } else {
      const id = own[Math.floor(random() * own.length)]
      const employees = answered.get(id) + 1
      await admin.patch('organization', id, { employees })
      answered.set(id, employees)
    }
    await pause(20) // the ledger grows with the rounds
  }
}
const place = ENGINE === 'postgres' ? createInstance('postgres') : null
if (place) rmSync(place.data, { recursive: true })
const where = (folder) => ['--data', folder, ...(place ? ['--database', place.postgres.uri] : [])]
/** The database of the round before goes. */
function makeRoom() {
  if (!place) return
  const wiped = spawnSync('psql', ['-Xq', '-d', place.postgres.uri, '-c', 'DROP SCHEMA IF EXISTS perigee CASCADE'], { encoding: 'utf8' })
  if (wiped.status !== 0) throw new Error(wiped.stderr)
}

const writers = Array.from({ length: CLIENTS }, (_, n) => write(n))

async function restore(file, folder, killed) {
  if (killed) {
    const child = spawn(program, ['restore', file, ...where(folder)], { stdio: 'ignore' })
    const end = ended(child)
    const mark = join(folder, 'unfinished-restore')
    while (!existsSync(mark) && child.exitCode === null) await pause(1)
    await pause(random() * 300)
    child.kill('SIGKILL')
    await end
    const check = run(['check', ...where(folder)])
    count.check((check.status === 0) === !existsSync(mark), `a place that was killed says so: ${check.status} ${check.stderr}`)
    if (!existsSync(mark)) return
  }
  const done = run(['restore', file, ...where(folder)])
  count.equal(done.status, 0, `restore ${done.stderr}`)
}

for (let round = 0; round < ROUNDS; round++) {
  const file = join(perigee.folder, `${round}.backup`)
  const folder = join(perigee.folder, `restored-${round}`)
  const before = new Map(answered)
  const child = spawn(program, ['backup', file, '--data', perigee.data], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (!count.equal(await ended(child), 0, `backup ${round}`)) break
  const after = new Map(answered)
  makeRoom()
  await restore(file, folder, round % 3 === 2)
  const check = run(['check', '--data', folder])
  count.equal(check.status, 0, `check ${round} ${check.stdout}${check.stderr}`)
  const out = run(['export', 'organization', '--format', 'json', '--data', folder])
  const rows = new Map(JSON.parse(out.stdout).map((row) => [row.id, row.employees]))
  let lost = 0
  for (const [id, employees] of before) if (!(rows.get(id) >= employees && rows.get(id) <= after.get(id) + 1)) lost++
  count.equal(lost, 0, `answered before backup ${round} and not in it`)
  const strange = [...rows.keys()].filter((id) => !after.has(id)).length
  count.check(strange <= CLIENTS, `nobody asked for ${strange} records of backup ${round}`)
  rmSync(folder, { recursive: true })
  rmSync(file)
}
isOver = true
await Promise.all(writers)
await perigee.close()
await place?.close()
count.finish()
