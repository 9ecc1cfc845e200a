// A transaction of somebody else's on PostgreSQL, held open from outside: what wants its rows waits until it ends.
import { spawn } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'

/** Runs the statements in a transaction that stays open; resolves once they hold what they take. */
export async function hold(uri, statements) {
  const child = spawn('psql', ['-XAtq', uri, '-v', 'ON_ERROR_STOP=1'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((done) => child.on('exit', done))
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stdin.write(`SET search_path = perigee; BEGIN; ${statements}; SELECT 'held';\n`)
  while (!said.includes('held')) {
    if (child.exitCode !== null) throw new Error(`psql ended with ${child.exitCode}`)
    await turn()
  }
  return {
    async release() {
      child.stdin.end('ROLLBACK;\n')
      await ended
    },
  }
}

/** How many of the database's connections stand before a lock. */
export const waiting = (perigee) =>
  Number(perigee.sql("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())")[0][0])
