// A module that takes the process with it: the log's last line says which one and where, and the next
// start says it again, once.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { createInstance, engines, program } from '../support/perigee.mjs'

const build = dirname(realpathSync(program))

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
