// Prints figures beside their budgets and remembers whether one that gates was missed.
export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

export class Report {
  missed = []

  /** `gate`: whether being over ends the command with 1; a wall on a busy machine does not. */
  figure(what, value, unit, budget, gate = true) {
    const met = budget === undefined || value <= budget
    if (!met && gate) this.missed.push(what)
    const wanted = budget === undefined ? '' : `<= ${budget} ${unit}`.trim().padEnd(12) + (met ? 'met' : gate ? 'MISSED' : 'over (not gated)')
    console.log(`${what.padEnd(56)} ${value.toFixed(1).padStart(9)} ${unit.padEnd(3)} ${wanted}`.trimEnd())
  }

  line(text) { console.log(`  ${text}`) }

  end() {
    console.log(this.missed.length ? `missed: ${this.missed.join('; ')}` : 'every budget is met')
    process.exitCode = this.missed.length ? 1 : 0
  }
}
