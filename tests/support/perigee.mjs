// A Perigee of one's own for a test: a temporary data directory, a private PostgreSQL where asked
// for, the command line, a server on a free port, and a client that fails loudly.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const program = process.env.PERIGEE ?? join(root, 'build', 'asan', 'perigee')
/** The same program as it would be one generation of the structure later, and two (tests/support/next_generation.c). */
export const later = ['perigee_next', 'perigee_after_next'].map((name) => join(dirname(realpathSync(program)), name))
const dataFolder = process.env.PERIGEE_DATA ?? join(root, '..', 'shared', 'data')

/** The folder of a public data set, or null where it is absent (the test says "skipped"). */
export function dataSet(name) {
  const folder = join(dataFolder, name)
  return existsSync(folder) ? folder : null
}

export const engines = process.env.PERIGEE_ENGINES?.split(',') ?? ['sqlite', 'postgres']

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  if (result.error) throw result.error
  return result
}

/** A database on the server that all tests share, gone with this process; null where PostgreSQL is not installed. */
function createDatabase() {
  const env = { PERIGEE_TEST_CLUSTER: dirname(realpathSync(program)), ...process.env }
  const made = run(join(root, 'tests', 'support', 'postgres'), ['create', String(process.pid)], { env, timeout: 300000 })
  if (made.status === 3) return null
  if (made.status !== 0) throw new Error(`no PostgreSQL: ${made.stderr}`)
  return { uri: made.stdout.trim() }
}

/** In memory where there is room: there flushes cost nothing. */
function memoryFolder() {
  const room = existsSync('/dev/shm') && statfsSync('/dev/shm')
  return room && room.bavail * room.bsize > 1e9 ? '/dev/shm' : tmpdir()
}

/**
 * A folder of modules like the program's own, with definition files of a test among those of one
 * module: { 'sales/entities/probe.lua': text }.
 */
function overlayModules(folder, files) {
  const stock = join(dirname(realpathSync(program)), 'modules')
  const overlay = join(folder, 'modules')
  mkdirSync(overlay)
  const link = (from, to, changed) => {
    for (const name of readdirSync(from)) {
      const inside = changed.filter((path) => path[0] === name && path.length > 1).map((path) => path.slice(1))
      if (!inside.length) symlinkSync(join(from, name), join(to, name))
      else {
        mkdirSync(join(to, name))
        link(realpathSync(join(from, name)), join(to, name), inside)
      }
    }
  }
  link(stock, overlay, Object.keys(files).map((path) => path.split('/')))
  for (const [path, text] of Object.entries(files)) {
    rmSync(join(overlay, path), { force: true })
    writeFileSync(join(overlay, path), text)
  }
  return overlay
}

/** Makes a database on the engine; null when the engine is not on this machine. */
export function createInstance(engine, { init = [], definitions = null, onDisk = false } = {}) {
  const folder = mkdtempSync(join(onDisk ? tmpdir() : memoryFolder(), 'perigee-test-'))
  const postgres = engine === 'postgres' ? createDatabase() : null
  if (engine === 'postgres' && !postgres) {
    rmSync(folder, { recursive: true, force: true })
    return null
  }
  const data = join(folder, 'data')
  const instance = new Instance(engine, folder, data, postgres)
  if (definitions) instance.env = { PERIGEE_MODULES: overlayModules(folder, definitions) }
  instance.initOutput = instance.cli(['init', ...init])
  return instance
}

/** A suite on every engine; `fn(test, context)` declares tests, `open(context)` fills the context first. */
export function onEngines(name, options, open, fn) {
  for (const engine of engines) {
    describe(`${name} on ${engine}`, { skip: options.skip ?? false }, () => {
      const context = { engine }
      before(async () => {
        context.perigee = createInstance(engine, options)
        if (context.perigee) await open(context)
      })
      after(async () => {
        if (!context.perigee) return
        const code = await context.perigee.stop()
        const log = context.perigee.log
        await context.perigee.close()
        if (code !== 0 && code !== null) throw new Error(`the server ended with ${code}\n${log.slice(-4000)}`)
      })
      fn((title, body) => {
        it(title, async (t) => {
          if (!context.perigee) return t.skip('skipped: PostgreSQL is not installed')
          await body(t)
        })
      }, context)
    })
  }
}

export class Instance {
  constructor(engine, folder, data, postgres) {
    Object.assign(this, { engine, folder, data, postgres, program, server: null, base: null, log: '', env: {} })
  }

  /** Another node on the same PostgreSQL database: a data directory of its own, the folder of blobs shared. */
  peer({ sharesBlobs = true } = {}) {
    const data = join(this.folder, `data-${readdirSync(this.folder).length}`)
    mkdirSync(data, { mode: 0o700 })
    if (sharesBlobs) {
      mkdirSync(join(this.data, 'blobs'), { recursive: true, mode: 0o700 })
      symlinkSync(join(this.data, 'blobs'), join(data, 'blobs'))
    }
    writeFileSync(join(data, 'perigee.conf'), `database = ${this.postgres.uri}\n`)
    const peer = new Instance(this.engine, this.folder, data, this.postgres)
    peer.env = this.env
    return peer
  }

  /** Rows of a question to the database itself, as texts. */
  sql(text) {
    const [program, ...args] = this.postgres
      ? ['psql', this.postgres.uri, '-XAtF\t', '-v', 'ON_ERROR_STOP=1', '-c', `SET search_path = perigee; ${text}`]
      : ['sqlite3', '-batch', '-bail', '-tabs', join(this.data, 'perigee.db'), text]
    const result = run(program, args)
    if (result.status !== 0) throw new Error(`${program}: ${result.stderr}`)
    return result.stdout.split('\n').filter((line) => line && line !== 'SET').map((line) => line.split('\t'))
  }

  /** Runs a command; throws with its messages unless it exits with `status` (null: any, but not by a signal). */
  cli(args, { status = 0, input } = {}) {
    const where = ['--data', this.data]
    if (this.postgres && args[0] === 'init') where.push('--database', this.postgres.uri)
    const result = run(this.program, [...args, ...where], { input, cwd: this.folder, env: { ...process.env, ...this.env } })
    if (status === null ? result.status === null : result.status !== status)
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
    const server = spawn(this.program, ['serve', '--listen', '127.0.0.1:0', '--data', this.data], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.env, ...env },
    })
    this.server = server
    this.log = ''
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
    rmSync(this.folder, { recursive: true, force: true })
  }

  client(token) {
    return new Client(this.base, token)
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

export class Client {
  constructor(base, token) {
    Object.assign(this, { base, token })
  }

  /** `body`: text and bytes go as they are, anything else as JSON. */
  async request(method, path, { body, headers = {} } = {}) {
    // While a command ran, this process stood still: it first sees which idle connections were closed meanwhile.
    await turn()
    await turn()
    const raw = typeof body === 'string' || body instanceof Uint8Array
    const answer = await fetch(path.startsWith('/') ? this.base + path : `${this.base}/api/v1/${path}`, {
      method,
      headers: {
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
        ...(body !== undefined ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      body: body === undefined || raw ? body : JSON.stringify(body),
    })
    const text = await answer.text()
    const isJson = (answer.headers.get('content-type') ?? '').includes('json')
    const reply = { method, path, status: answer.status, headers: answer.headers, text, body: isJson && text ? JSON.parse(text) : null }
    this.onReply?.(reply)
    return reply
  }

  /** The problem document of an answer that must have the status (and the code). */
  async refused(status, code, method, path, options) {
    const reply = await this.request(method, path, options)
    const where = `${method} ${path}`
    if (reply.status !== status) throw new Error(`${where}: ${reply.status}, not ${status}\n${reply.text}`)
    if (reply.headers.get('content-type') !== 'application/problem+json') throw new Error(`${where}: ${reply.headers.get('content-type')}`)
    for (const key of ['type', 'title', 'status', 'detail', 'code', 'request_id'])
      if (reply.body[key] === undefined) throw new Error(`${where}: the problem has no ${key}\n${reply.text}`)
    if (reply.body.status !== status) throw new Error(`${where}: the problem says ${reply.body.status}`)
    if (code && reply.body.code !== code) throw new Error(`${where}: code ${reply.body.code}, not ${code}\n${reply.text}`)
    return reply.body
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

  /** Until what was committed so far has been told to its subscribers and none of their jobs is due (administrators). */
  async settled() {
    const number = (text, name) => Number(text.match(new RegExp(`^perigee_${name} (\\d+)$`, 'm'))[1])
    const look = async () => {
      const text = await this.get('/metrics')
      return [number(text, 'log_seq'), number(text, 'log_watched_seq')]
    }
    for (;;) {
      const [last, watched] = await look()
      const { records } = await this.get('jobs', { limit: '200' })
      const due = records.some((job) => job.state === 'running' || (job.state === 'queued' && Date.parse(job.run_at) <= Date.now()))
      if (watched >= last && !due && (await look())[0] === last) return
      await turn()
    }
  }

  create(entity, body) {
    return this.expect(201, 'POST', `records/${entity}`, { body })
  }
  patch(entity, id, body) {
    return this.expect(200, 'PATCH', `records/${entity}/${id}`, { body })
  }

  /** Every record of a list, page by page. */
  async all(entity, query = {}) {
    const records = []
    for (let after; ; ) {
      const page = await this.get(`records/${entity}`, { limit: '1000', ...query, ...(after ? { after } : {}) })
      records.push(...page.records)
      if (!page.next) return records
      after = page.next
    }
  }

  /** The live feed as a list that grows; `until(predicate)` waits for a hint. */
  async live({ headers = {}, query = '' } = {}) {
    const stop = new AbortController()
    const answer = await fetch(`${this.base}/api/v1/live${query}`, {
      headers: { Authorization: `Bearer ${this.token}`, ...headers },
      signal: stop.signal,
    })
    if (answer.status !== 200) throw new Error(`live: ${answer.status} ${await answer.text()}`)
    const feed = { type: answer.headers.get('content-type'), hints: [], text: '', close: () => stop.abort() }
    const waiting = new Set()
    const read = async () => {
      let rest = ''
      for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
        feed.text += piece
        rest += piece
        for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
          const lines = Object.fromEntries(rest.slice(0, end).split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
          if (lines.data) feed.hints.push({ ...JSON.parse(lines.data), event: lines.event, eventId: lines.id })
        }
        for (const check of waiting) check()
      }
    }
    read().catch(() => {})
    feed.until = (wanted, ms = 10000) =>
      new Promise((done, fail) => {
        const check = () => {
          const found = feed.hints.find(wanted)
          if (!found) return
          waiting.delete(check)
          clearTimeout(timer)
          done(found)
        }
        const timer = setTimeout(() => {
          waiting.delete(check)
          fail(new Error(`no such hint among ${JSON.stringify(feed.hints)}`))
        }, ms)
        waiting.add(check)
        check()
      })
    return feed
  }
}
