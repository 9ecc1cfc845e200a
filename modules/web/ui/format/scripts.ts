// Handlers of scripts by their durable names, as people read them.

/** "script scripts/thanks/scripts/thanks.lua/after deal.stage.changed/1": the file, and what it hears; a cause has the record behind it. */
export function nameOf(durable: string): { file: string; hears: string } {
  const found = /^script .*?((?:[^/ ]+\/)?[^/ ]+\.lua)\/(.+?)(?:\/1)?(?: on \w+ \d+)?$/.exec(durable)
  return found ? { file: found[1]!, hears: found[2]! } : { file: durable.replace(/^script /, ''), hears: '' }
}
