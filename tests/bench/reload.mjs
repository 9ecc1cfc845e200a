// Hot reload under load: a thousand versions of a script, one after the other, beside 200 requests a
// second. A request that is not answered with 2xx, one that runs with an older version than was in
// force when it was asked, or an event that is lost or handled twice misses the target.
//
//   node tests/bench/reload.mjs [--reloads 1000] [--rate 200] [--engine sqlite|postgres]
import { loadavg } from 'node:os'
import { createInstance } from '../support/perigee.mjs'
import { reloadUnderLoad } from '../support/reloading.mjs'

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]
}
const engine = option('engine', 'sqlite')
const reloads = Number(option('reloads', 1000))
const rate = Number(option('rate', 200))

const perigee = createInstance(engine, { onDisk: true })
if (!perigee) {
  console.log(`${engine} is not installed`)
  process.exit(0)
}
perigee.cli(['user', 'add', 'root', '--role', 'admin'])
const token = perigee.token('root')
await perigee.serve()
const began = performance.now()
const found = await reloadUnderLoad({ perigee, admin: perigee.client(token), reloads, rate })
const seconds = (performance.now() - began) / 1000
const at = (part) => found.reloadMs[Math.min(found.reloadMs.length - 1, Math.floor(found.reloadMs.length * part))].toFixed(0)
console.log(`${engine}: ${reloads} reloads in ${seconds.toFixed(0)} s beside ${found.count} requests (${found.saves} saves), load average ${loadavg()[0].toFixed(1)}`)
console.log(`  failed ${found.failed}; requests p99 ${found.p99.toFixed(1)} ms, longest ${found.worst.toFixed(0)} ms; a reload p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`)
if (found.example || found.first) console.log(`  ${found.example ?? found.first}`)
await perigee.stop()
console.log(`  ${perigee.cli(['check']).trim().split('\n').pop()}`)
await perigee.close()
process.exit(found.failed || found.first ? 1 : 0)
