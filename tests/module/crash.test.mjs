// A module that takes the process with it: the log's last line says which one and where, and the next
// start says it again, once.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { createInstance, engines, program } from '../support/perigee.mjs'

const build = dirname(realpathSync(program))

/** An instance with the module that crashes among the others. */
function withCrashing(engine) {
  const perigee = createInstance(engine)
  if (!perigee) return null
  const modules = join(perigee.folder, 'with-crash')
  mkdirSync(modules)
  for (const name of readdirSync(join(build, 'modules'))) symlinkSync(join(build, 'modules', name), join(modules, name))
  symlinkSync(join(build, 'test-modules', 'crashing.so'), join(modules, 'crashing.so'))
  const sanitizer = `${process.env.ASAN_OPTIONS ?? ''}:handle_segv=0` // which would add a report of its own
  perigee.env = { ...perigee.env, PERIGEE_MODULES: modules, ASAN_OPTIONS: sanitizer }
  perigee.cli(['user', 'add', 'root', '--role', 'admin'])
  return perigee
}

/** Asks for a route that ends the server; the last line of its log. */
async function crash(perigee, path) {
  const ended = once(perigee.server, 'close')
  await assert.rejects(perigee.client(perigee.token('root')).request('GET', path))
  const [, signal] = await ended
  assert.equal(signal, 'SIGSEGV', perigee.log)
  return perigee.log.trim().split('\n').pop()
}

describe('a module that crashes again', () => {
  it('is left out after the second time within ten minutes, until there is a reason to try it', async () => {
    const perigee = withCrashing('sqlite')
    try {
      await perigee.serve()
      assert.match(await crash(perigee, 'crash'), /module="crashing"/)
      await perigee.serve()
      assert.match(await crash(perigee, 'sink'), /signal="SIGSEGV" module="crashing" call="\/api\/v1\/sink"/, 'on a stack of its own')
      await perigee.serve()
      assert.match(perigee.log, /event=module_left_out.*crashing.*twice in ten minutes/)
      assert.equal((await (await fetch(`${perigee.base}/readyz`)).json()).left_out, 1)
      const admin = perigee.client(perigee.token('root'))
      await admin.refused(404, null, 'GET', 'crash')
      await admin.create('organization', { name: 'Served all the same' })
      const [left] = perigee.json(['plugin', 'list']).extensions.filter((item) => item.kind === 'module')
      assert.deepEqual([left.name, left.loaded], ['crashing', false])
      assert.match(left.reason, /crashed the server twice/)
      assert.match((await fetch(`${perigee.base}/metrics`)).headers.get('content-type') && await (await fetch(`${perigee.base}/metrics`)).text(), /^perigee_extensions_left_out 1$/m)
      assert.equal(await perigee.stop(), 0)
      await perigee.serve()
      await perigee.client(perigee.token('root')).refused(404, null, 'GET', 'crash')
      assert.equal(await perigee.stop(), 0)
      rmSync(join(perigee.data, 'crashed'))
      await perigee.serve()
      assert.match(await crash(perigee, 'crash'), /module="crashing"/)
    } finally {
      await perigee.close()
    }
  })

  it('is named when it crashes as it starts', async () => {
    const perigee = withCrashing('sqlite')
    try {
      perigee.env.PERIGEE_TEST_CRASH = 'start'
      for (let i = 0; i < 2; i++) {
        await assert.rejects(perigee.serve())
        assert.match(perigee.log, /event=crashed signal="SIGSEGV" module="crashing" call="start"/)
      }
      await perigee.serve()
      assert.match(perigee.log, /event=module_left_out.*crashing/)
      assert.equal(await perigee.stop(), 0)
    } finally {
      await perigee.close()
    }
  })
})

for (const engine of engines)
  describe(`a crash in a module on ${engine}`, () => {
    it('leaves its name', async (t) => {
      const perigee = createInstance(engine)
      if (!perigee) return t.skip('skipped: PostgreSQL is not installed')
      try {
        const modules = join(perigee.folder, 'with-crash')
        mkdirSync(modules)
        for (const name of readdirSync(join(build, 'modules'))) symlinkSync(join(build, 'modules', name), join(modules, name))
        symlinkSync(join(build, 'test-modules', 'crashing.so'), join(modules, 'crashing.so'))
        const sanitizer = `${process.env.ASAN_OPTIONS ?? ''}:handle_segv=0` // which would add a report of its own
        perigee.env = { ...perigee.env, PERIGEE_MODULES: modules, ASAN_OPTIONS: sanitizer }
        perigee.cli(['user', 'add', 'root', '--role', 'admin'])
        await perigee.serve()
        const admin = perigee.client(perigee.token('root'))
        const ended = once(perigee.server, 'close')
        await assert.rejects(admin.request('GET', 'crash'))
        const [, signal] = await ended
        assert.equal(signal, 'SIGSEGV', perigee.log)
        assert.match(perigee.log.trim().split('\n').pop(), /^level=error event=crashed signal="SIGSEGV" module="crashing" call="\/api\/v1\/crash"$/)
        await perigee.serve()
        assert.match(perigee.log, /event=crashed_before signal=SIGSEGV module=crashing call=\/api\/v1\/crash/)
        assert.equal(existsSync(join(perigee.data, 'crash')), false)
        assert.equal(await perigee.stop(), 0)
        await perigee.serve()
        assert.doesNotMatch(perigee.log, /crashed/)
        assert.equal(await perigee.stop(), 0)
        assert.equal(existsSync(join(perigee.data, 'crash')), false, 'an orderly end leaves nothing')
      } finally {
        await perigee.close()
      }
    })
  })
