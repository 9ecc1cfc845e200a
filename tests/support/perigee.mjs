// A Perigee of one's own for a test: a temporary data directory, a private PostgreSQL where asked
// for, the command line, a server on a free port, and a client that fails loudly.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const program = process.env.PERIGEE ?? join(root, 'build', 'asan', 'perigee')
const dataFolder = process.env.PERIGEE_DATA ?? join(root, '..', 'shared', 'data')

/** The folder of a public data set, or null where it is absent (the test says "skipped"). */
export function dataSet(name) {
  const folder = join(dataFolder, name)
  return existsSync(folder) ? folder : null
}

export const engines = process.env.PERIGEE_ENGINES?.split(',') ?? ['sqlite', 'postgres']

function postgresBinaries() {
  const found = ['17', '16', '15'].map((v) => `/usr/lib/postgresql/${v}/bin`).find((p) => existsSync(p))
  return found ?? null
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  if (result.error) throw result.error
  return result
}

/** A PostgreSQL that lives in `folder` and listens on a unix socket there only. */
function startPostgres(folder) {
  const bin = postgresBinaries()
  if (!bin) return null
  const data = join(folder, 'pg')
  const asPostgres = (args) =>
    process.getuid() === 0
      ? run('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', ...args])
      : run(args[0], args.slice(1))
  chmodSync(folder, 0o777)
  const made = asPostgres([`${bin}/initdb`, '-D', data, '-U', 'perigee', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'])
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const options = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off -c max_connections=50`
  const started = asPostgres([`${bin}/pg_ctl`, '-D', data, '-w', '-s', '-l', join(data, 'log'), '-o', options, 'start'])
  if (started.status !== 0) throw new Error(`pg_ctl failed: ${started.stderr}`)
  return {
    uri: `postgresql:///postgres?host=${encodeURIComponent(folder)}&user=perigee`,
    stop: () => asPostgres([`${bin}/pg_ctl`, '-D', data, '-m', 'immediate', '-s', 'stop']),
  }
}

/** Makes a database on the engine; null when the engine is not on this machine. */
export function createInstance(engine, { init = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'perigee-test-'))
  const postgres = engine === 'postgres' ? startPostgres(folder) : null
  if (engine === 'postgres' && !postgres) {
    rmSync(folder, { recursive: true, force: true })
    return null
  }
  const data = join(folder, 'data')
  const instance = new Instance(engine, folder, data, postgres)
  instance.initOutput = instance.cli(['init', ...init])
  return instance
}

export class Instance {
  constructor(engine, folder, data, postgres) {
    Object.assign(this, { engine, folder, data, postgres, server: null, base: null, log: '' })
  }

  /** Runs a command; throws with its messages unless it exits with `status`. */
  cli(args, { status = 0, input } = {}) {
    const where = ['--data', this.data]
    if (this.postgres && args[0] === 'init') where.push('--database', this.postgres.uri)
    const result = run(program, [...args, ...where], { input, cwd: this.folder })
    if (result.status !== status)
      throw new Error(`perigee ${args.join(' ')} exited with ${result.status ?? result.signal}\n${result.stdout}\n${result.stderr}`)
    return result.stdout
  }

  /** The JSON object that a command prints last with --json. */
  json(args, options) {
    const lines = this.cli([...args, '--json'], options).trim().split('\n')
    return JSON.parse(lines[lines.length - 1])
  }

  token(login) {
    return this.cli(['token', 'add', login]).trim().split('\n').pop().trim()
  }

  async serve({ env = {} } = {}) {
    const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', this.data], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    this.server = server
    this.base = await new Promise((done, fail) => {
      const collect = (chunk) => {
        this.log += chunk
        const found = this.log.match(/http:\/\/127\.0\.0\.1:\d+/)
        if (found) done(found[0])
      }
      server.stdout.on('data', collect)
      server.stderr.on('data', collect)
      server.on('exit', (code, signal) => fail(new Error(`the server ended (${code ?? signal})\n${this.log}`)))
    })
    return this.base
  }

  /** Ends the server and waits for it; resolves with its exit code (or the signal's name). */
  async stop(signal = 'SIGTERM') {
    const server = this.server
    if (!server) return null
    this.server = null
    if (server.exitCode !== null || server.signalCode !== null) return server.exitCode ?? server.signalCode
    const ended = new Promise((done) => server.on('exit', (code, by) => done(code ?? by)))
    server.kill(signal)
    return ended
  }

  async close() {
    await this.stop()
    this.postgres?.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  client(token) {
    return new Client(this.base, token)
  }
}

export class Client {
  constructor(base, token) {
    Object.assign(this, { base, token })
  }

  async request(method, path, { body, headers = {} } = {}) {
    const answer = await fetch(`${this.base}/api/v1/${path}`, {
      method,
      headers: {
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
        ...(body !== undefined ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await answer.text()
    const isJson = (answer.headers.get('content-type') ?? '').includes('json')
    return { status: answer.status, headers: answer.headers, text, body: isJson && text ? JSON.parse(text) : null }
  }

  /** The body of an answer that must have the status. */
  async expect(status, method, path, options) {
    const answer = await this.request(method, path, options)
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status}, not ${status}\n${answer.text}`)
    return answer.body ?? answer.text
  }

  get(path, query = {}) {
    const text = new URLSearchParams(query).toString()
    return this.expect(200, 'GET', text ? `${path}?${text}` : path)
  }

  query(body) {
    return this.expect(200, 'POST', 'query', { body })
  }

  create(entity, body) {
    return this.expect(201, 'POST', `records/${entity}`, { body })
  }
}
