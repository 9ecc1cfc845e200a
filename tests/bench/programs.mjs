// The programs that are measured: Perigee on either engine, the bare ones, and a PostgreSQL of the
// bench's own that flushes like a real one.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInstance, Instance } from '../support/perigee.mjs'

const delayed = { LD_PRELOAD: process.env.FLUSH_DELAY }
export const delayEnv = (late) => (late ? delayed : {})

async function startProgram(program, args, env = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  const ended = new Promise((done) => child.once('exit', done))
  const base = await new Promise((done, fail) => {
    child.stdout.once('data', (text) => done(String(text).trim()))
    child.once('exit', (code) => fail(new Error(`${program} ended with ${code}`)))
  })
  const stop = () => {
    child.kill()
    return ended
  }
  return { base, pid: child.pid, stop }
}

/** The bare program on a file of its own, `from` copyForBare; `late`: flushes take 2 ms more. */
export const startBare = (file, rows, { late = false } = {}) => startProgram(process.env.BARE, [file, String(rows)], delayEnv(late))
/** A copy of Perigee's database, whose newest deal is one of the bench's; Perigee does not run before or after. */
export async function copyForBare(perigee, folder, token, deal) {
  await perigee.serve()
  await perigee.client(token).create('deal', deal)
  await perigee.stop()
  const file = join(folder, 'bare.db')
  copyFileSync(join(perigee.data, 'perigee.db'), file)
  return file
}
/** Plain libpq with so many connections. */
export const startPlain = (uri, connections) => startProgram(process.env.BARE_POSTGRES, [uri, String(connections)])

/** A private PostgreSQL with the settings it comes with, fsync and all; null where there is none. */
function startPostgres(folder) {
  const bin = ['17', '16', '15'].map((v) => `/usr/lib/postgresql/${v}/bin`).find((path) => existsSync(path))
  if (!bin) return null
  const data = join(folder, 'pg')
  const drop = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const run = (args) => {
    const [command, ...rest] = [...drop, ...args]
    const result = spawnSync(command, rest, { encoding: 'utf8' })
    if (result.status !== 0) throw new Error(`${args.join(' ')}: ${result.stderr}`)
  }
  chmodSync(folder, 0o777)
  run([`${bin}/initdb`, '-D', data, '-U', 'perigee', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'])
  const options = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=4GB`
  run([`${bin}/pg_ctl`, '-D', data, '-w', '-s', '-l', join(data, 'log'), '-o', options, 'start'])
  return {
    uri: `postgresql:///postgres?host=${encodeURIComponent(folder)}&user=perigee`,
    pid: Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    stop: () => run([`${bin}/pg_ctl`, '-D', data, '-m', 'immediate', '-s', 'stop']),
  }
}

/** A Perigee with the user root, not yet serving; null where the engine is missing. */
export function createPerigee(engine) {
  let instance
  if (engine === 'sqlite') instance = createInstance('sqlite', { onDisk: true })
  else {
    const folder = mkdtempSync(join(tmpdir(), 'perigee-bench-pg-'))
    const postgres = startPostgres(folder)
    if (!postgres) {
      rmSync(folder, { recursive: true, force: true })
      return null
    }
    instance = new Instance('postgres', folder, join(folder, 'data'), postgres)
    instance.cli(['init'])
  }
  instance.cli(['user', 'add', 'root', '--role', 'admin'])
  return instance
}
