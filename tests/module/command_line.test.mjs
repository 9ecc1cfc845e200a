// The command line, alone and beside a running server: exit codes, the last JSON line, files of the
// person's own folder, and what is left after kill -9.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createInstance, engines, program } from '../support/perigee.mjs'

/** Runs in a folder; nothing is thrown. */
function run(args, { cwd, input, env } = {}) {
  return spawnSync(program, args, { encoding: 'utf8', cwd, input, env: { ...process.env, LC_ALL: 'C', ...env }, maxBuffer: 1 << 28 })
}

const last = (text) => JSON.parse(text.trim().split('\n').pop())

describe('without a data directory', () => {
  it('explains itself', () => {
    const all = run(['help'])
    assert.equal(all.status, 0)
    for (const name of ['init', 'serve', 'user add', 'import', 'export', 'settings']) assert.match(all.stdout, new RegExp(`^  ${name} `, 'm'))
    const one = run(['import', '--help'])
    assert.equal(one.status, 0)
    assert.match(one.stdout, /--key/)
    assert.equal(run(['help', 'token', 'add']).status, 0)
    const group = run(['help', 'plugin'])
    assert.equal(group.status, 0, group.stderr)
    assert.match(group.stdout, /^ {2}plugin list +\S/m)
    assert.match(run(['help', 'schema']).stdout, /schema export[^]*schema approve/)
    assert.equal(run(['help', 'plug']).status, 2)
    assert.equal(run([]).status, 2)
  })
  it('speaks Russian about every command, by --lang or by LANG', () => {
    const all = run(['help', '--lang', 'ru'])
    assert.match(all.stdout, /КОМАНДА/)
    assert.equal(run(['help'], { env: { LC_ALL: 'ru_RU.UTF-8' } }).stdout, all.stdout)
    const names = all.stdout.split('\n').filter((line) => /^ {2}[a-z]/.test(line)).map((line) => line.trim().split(/ {2,}| (?=[А-Я])/)[0])
    assert.ok(names.length > 30 && names.includes('import') && names.includes('demo'), names.join())
    for (const name of names) {
      const words = name.split(' ')
      const [own, other] = [run([...words, '--help', '--lang=ru']).stdout, run([...words, '--help', '--lang', 'en']).stdout]
      assert.match(other, /--lang LANGUAGE/)
      const same = own.split('\n').slice(1).filter((line) => /[a-z]{2,} [a-z]{2,} [a-z]{2,}/.test(line) && other.split('\n').includes(line))
      assert.deepEqual(same, [], name)
    }
    const wrong = run(['list', '--lang', 'fr'])
    assert.deepEqual([wrong.status, wrong.stdout], [2, ''])
    assert.match(run(['list', '--lang', 'ru']).stderr, /Не хватает/)
  })
  it('tells wrong usage from failure', () => {
    assert.equal(run(['frobnicate']).status, 2)
    assert.equal(run(['list']).status, 2)
    assert.equal(run(['list', 'user', '--nothing']).status, 2)
    const missing = run(['list', 'user', '--data', '/nonexistent', '--json'])
    assert.equal(missing.status, 1)
    assert.equal(last(missing.stdout).error.code, 'not_made')
    assert.match(missing.stderr, /perigee init/)
  })
  it('speaks the language of the environment', () => {
    assert.match(run(['frobnicate'], { env: { LC_ALL: 'ru_RU.UTF-8' } }).stderr, /Нет команды/)
  })
  it('prints the interface for modules', () => {
    const api = JSON.parse(run(['api-info']).stdout)
    assert.ok(api.services.some((service) => service.name === 'crm.record'))
    assert.equal(last(run(['version', '--json']).stdout).abi, api.abi_major)
  })
})

for (const engine of engines)
  describe(`command line on ${engine}`, () => {
    let instance, folder
    before(() => {
      instance = createInstance(engine, { init: ['--currency', 'EUR', '--zone', 'Europe/Berlin'] })
      if (!instance) return
      folder = join(instance.folder, 'home')
      mkdirSync(folder, { recursive: true })
    })
    after(() => instance?.close())
    const cli = (args, options) => run([...args, '--data', instance.data], { cwd: folder, ...options })
    const skip = (t) => !instance && (t.skip(`${engine} is not here`), true)

    it('makes a data directory once, for its owner only', (t) => {
      if (skip(t)) return
      assert.equal(statSync(instance.data).mode & 0o777, 0o700)
      assert.equal(statSync(join(instance.data, 'perigee.conf')).mode & 0o777, 0o600)
      const again = cli(['init'])
      assert.equal(again.status, 1)
      assert.match(again.stderr, /already/)
      const kept = last(cli(['list', 'setting', '--json']).stdout).records
      assert.equal(kept.find((one) => one.key === 'base_currency').value, 'EUR')
      for (const entity of ['organization', 'contact', 'deal', 'activity'])
        assert.deepEqual(last(cli(['list', entity, '--json']).stdout).records, [])
    })

    it('remembers the database', (t) => {
      if (skip(t) || engine !== 'postgres') return
      const other = cli(['list', 'user', '--database', 'postgresql:///elsewhere'])
      assert.equal(other.status, 1)
      assert.match(other.stderr, /another database/)
      const settings = last(cli(['settings', '--json']).stdout)
      assert.equal(settings.database.origin, 'file')
    })

    it('adds users and tokens', (t) => {
      if (skip(t)) return
      const anna = last(cli(['user', 'add', 'anna', '--name', 'Anna', '--team', 'North', '--role', 'head', '--json']).stdout)
      assert.match(anna.link, /\/welcome#pgl_/)
      assert.equal(cli(['user', 'add', 'anna', '--role', 'head']).status, 1)
      assert.equal(cli(['user', 'add', 'bob', '--role', 'emperor']).status, 1)
      assert.equal(cli(['user', 'add', 'bob']).status, 2)
      assert.equal(cli(['user', 'add', 'bob', '--role', 'sales', '--manager', 'anna', '--team', 'North', '--password-stdin'], { input: 'short\n' }).status, 1)
      assert.equal(cli(['user', 'add', 'bob', '--role', 'sales', '--manager', 'anna', '--team', 'North', '--password-stdin'], { input: 'tulip-orbit-velvet-91\n' }).status, 0)
      const users = last(cli(['list', 'user', '--fields', 'login,manager,team', '--json']).stdout).records
      assert.equal(users.find((one) => one.login === 'bob').manager.title, 'Anna')
      assert.equal(users.filter((one) => one.team?.title === 'North').length, 2)
      assert.match(cli(['token', 'add', 'anna']).stdout.trim().split('\n').pop(), /^pgt_/)
      assert.equal(cli(['token', 'add', 'nobody']).status, 1)
    })

    it('writes, reads, searches, undoes', (t) => {
      if (skip(t)) return
      const made = last(cli(['set', 'organization', 'new', 'name=Zephyr Works', 'employees=12', 'emails=info@zephyr.example, sales@zephyr.example', '--json']).stdout)
      const read = last(cli(['get', 'organization', made.id, '--json']).stdout)
      assert.equal(read.name, 'Zephyr Works')
      assert.equal(read.emails.length, 2)
      assert.equal(cli(['set', 'organization', made.id, 'employees=many']).status, 1)
      assert.equal(cli(['set', 'organization', made.id, 'nonsense=1']).status, 1)
      const changed = last(cli(['set', 'organization', made.id, 'employees=13', '--json']).stdout)
      assert.equal(changed.version, 2)
      assert.match(cli(['search', 'zephyr']).stdout, /Zephyr Works/)
      const count = last(cli(['query', '{"from":"organization","measures":{"n":"count()","all":"sum(employees)"}}', '--json']).stdout)
      assert.deepEqual(count.rows, [{ n: 1, all: 13 }])
      assert.equal(cli(['undo', changed.changeset]).status, 0)
      assert.equal(last(cli(['get', 'organization', made.id, '--json']).stdout).employees, 12)
      assert.equal(cli(['get', 'organization', '12345']).status, 1)
      assert.equal(cli(['check']).status, 0)
    })

    it('acts with the rights of --as', (t) => {
      if (skip(t)) return
      const made = last(cli(['set', 'organization', 'new', 'name=Hidden House', '--json']).stdout)
      assert.equal(cli(['get', 'organization', made.id, '--as', 'bob']).status, 1)
      const own = last(cli(['set', 'organization', 'new', 'name=Own House', '--as', 'bob', '--json']).stdout)
      assert.equal(cli(['get', 'organization', own.id, '--as', 'bob']).status, 0)
      assert.equal(cli(['list', 'setting', '--as', 'bob']).status, 1)
      assert.equal(cli(['list', 'user', '--as', 'nobody']).status, 1)
    })

    it('shows a plan with nothing to do', (t) => {
      if (skip(t)) return
      assert.deepEqual(last(cli(['plan', '--json']).stdout), { steps: [], refused: 0, kept: [], left_out: [], scripts: [] })
      assert.equal(cli(['apply']).status, 0)
    })

    describe('beside a server', () => {
      before(async () => instance && (await instance.serve()))

      it('runs inside it', async (t) => {
        if (skip(t)) return
        assert.equal(statSync(join(instance.data, 'perigee.sock')).mode & 0o777, 0o600)
        const token = instance.token('anna')
        const answer = await fetch(`${instance.base}/api/v1/session`, { headers: { Authorization: `Bearer ${token}` } })
        assert.equal((await answer.json()).user.login, 'anna') // at once, in the server's memory
        assert.equal(cli(['list', 'nothing']).status, 1)
        assert.equal(cli(['list', 'user', '--limit', 'x']).status, 2)
        const second = run(['serve', '--listen', '127.0.0.1:0', '--data', instance.data], { cwd: folder })
        assert.equal(second.status, 1)
        assert.match(second.stderr, /Another process/)
      })

      it('reads and writes files where the person stands', (t) => {
        if (skip(t)) return
        writeFileSync(join(folder, 'firms.csv'), 'name,employees\nAlpha,1\nBeta,x\nGamma,3\n')
        const done = cli(['import', 'organization', 'firms.csv', '--json'])
        assert.equal(done.status, 0, done.stderr)
        const result = last(done.stdout)
        assert.equal(result.created, 2)
        assert.equal(result.rejected, 1)
        const rejects = result.rejects_file
        const path = existsSync(join(folder, rejects)) ? join(folder, rejects) : rejects
        assert.match(readFileSync(path, 'utf8'), /Beta/)
        assert.equal(cli(['import', 'organization', 'absent.csv']).status, 1)
        const text = cli(['export', 'organization', '--fields', 'name,employees', '--where', "one_of(name, 'Alpha', 'Gamma')"])
        assert.equal(text.status, 0, text.stderr)
        assert.match(text.stdout, /Alpha,1/)
        assert.equal(cli(['import', 'organization', '-', '--json'], { input: 'name\nFrom A Pipe\n' }).status, 0)
      })

      it('serves many commands at once', async (t) => {
        if (skip(t)) return
        const many = Array.from({ length: 12 }, () => new Promise((done) => {
          const child = spawn(program, ['list', 'user', '--json', '--data', instance.data], { stdio: ['ignore', 'pipe', 'inherit'] })
          let text = ''
          child.stdout.on('data', (chunk) => (text += chunk))
          child.on('close', (code) => done({ code, text }))
        }))
        for (const one of await Promise.all(many)) {
          assert.equal(one.code, 0)
          assert.ok(last(one.text).records.length >= 3)
        }
      })

      it('survives a client that goes away', async (t) => {
        if (skip(t)) return
        for (let i = 0; i < 3; i++) {
          const child = spawn(program, ['export', 'user', '--data', instance.data], { stdio: ['ignore', 'pipe', 'ignore'] })
          child.stdout.once('data', () => child.kill('SIGKILL'))
          await new Promise((done) => child.on('close', done))
        }
        assert.equal(cli(['list', 'user']).status, 0)
      })

      it('ends in order, and after kill -9 the rest is found', async (t) => {
        if (skip(t)) return
        assert.equal(await instance.stop('SIGTERM'), 0)
        assert.equal(existsSync(join(instance.data, 'perigee.sock')), false)
        await instance.serve()
        assert.equal(await instance.stop('SIGKILL'), 'SIGKILL')
        assert.equal(existsSync(join(instance.data, 'perigee.sock')), true)
        assert.equal(cli(['list', 'user']).status, 0) // nobody listens there: runs here
        assert.equal(cli(['check']).status, 0)
      })
    })
  })
