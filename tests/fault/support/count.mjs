// Counts of a fault suite: each check is counted, failures are shown, the last line is the sum.
export class Count {
  passed = 0
  failed = 0

  check(ok, what) {
    if (ok) this.passed++
    else {
      this.failed++
      console.error(`FAILED: ${what}`)
    }
    return ok
  }

  equal(found, wanted, what) {
    return this.check(found === wanted, `${what}: ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`)
  }

  /** Prints the sum; exits 1 when something failed. */
  finish() {
    console.log(`${this.passed} passed, ${this.failed} failed`)
    process.exit(this.failed ? 1 : 0)
  }
}

/** The value behind `--name` on the command line. */
export function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]
}

export const isFull = process.argv.includes('--full')

/** Random numbers that a seed repeats (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms))
