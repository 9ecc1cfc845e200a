// What is loaded: a table of deals as CSV, its import by Perigee - as deals with all they have, and as rows
// of an entity that is what sqlite3's table is - and by sqlite3.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const stages = ['Prospecting', 'Qualified', 'Proposal', 'Negotiation', 'Won', 'Lost']
const PORTION = 20000
export const mapping = 'key=external_id,title=name,value=amount,phase=stage,closing=closed_on,source=source'

/** Deals numbered from `first` on. */
export function writeDeals(folder, rows, first = 1) {
  const file = join(folder, `deals-${first}-${rows}.csv`)
  const out = openSync(file, 'w')
  writeSync(out, 'key,title,value,phase,closing,source\n')
  let part = []
  for (let n = first; n < first + rows; n++) {
    const day = new Date(Date.UTC(2016, 0, 1) + (n % 900) * 86400000).toISOString().slice(0, 10)
    part.push(`K${n},Deal number ${n} ${['supply', 'pilot', 'renewal', 'upgrade'][n % 4]},${(n * 7919) % 100000}.00,${stages[n % 6]},${day},${['website', 'call', 'referral'][n % 3]}`)
    if (part.length === PORTION || n === first + rows - 1) {
      writeSync(out, part.join('\n') + '\n')
      part = []
    }
  }
  closeSync(out)
  return file
}

const seconds = (begun) => Number(process.hrtime.bigint() - begun) / 1e9

function importRows(perigee, entity, file, rows, map) {
  const begun = process.hrtime.bigint()
  const made = perigee.json(['import', entity, file, '--map', map])
  if (made.created !== rows) throw new Error(`import: ${JSON.stringify(made)}`)
  return rows / seconds(begun)
}

/** Rows a second through the door: deals with stages and their history, unique keys, money, 13 indexes, search. */
export const importDeals = (perigee, file, rows) => importRows(perigee, 'deal', file, rows, mapping)

const ledger = `entity "ledger" {
  label = { en = "Row", ru = "Строка" }, label_plural = { en = "Rows", ru = "Строки" }, title = "title",
  fields = {
    key = text { index = true, label = { en = "Key", ru = "Ключ" } },
    title = text { search = true, label = { en = "Title", ru = "Название" } },
    value = decimal { places = 2, label = { en = "Value", ru = "Сумма" } },
    phase = text { index = true, label = { en = "Phase", ru = "Этап" } },
    closing = date { index = true, label = { en = "Closing", ru = "Закрытие" } },
    source = text { label = { en = "Source", ru = "Источник" } },
  },
}
`

/** The same of an entity with the columns and the three indexes of sqlite3's table, searched by its title. */
export function importLedger(perigee, file, rows) {
  const scripts = join(perigee.data, 'scripts')
  mkdirSync(scripts, { recursive: true })
  writeFileSync(join(scripts, 'ledger.lua'), ledger)
  perigee.json(['apply'])
  return importRows(perigee, 'ledger', file, rows, 'key=key,title=title,value=value,phase=phase,closing=closing,source=source')
}

/** The same beside a running server; resolves when it is done. */
export function importBeside(perigee, file) {
  const child = spawn(process.env.PERIGEE, ['import', 'deal', file, '--map', mapping, '--data', perigee.data], { stdio: ['ignore', 'ignore', 'pipe'], cwd: perigee.folder })
  let complaint = ''
  child.stderr.on('data', (text) => (complaint += text))
  return new Promise((done, fail) => child.on('close', (code) => (code === 0 ? done() : fail(new Error(`import ended with ${code}\n${complaint}`)))))
}

/** Rows a second of `sqlite3 .import` into a table with three indexes. */
export function importBare(folder, file, rows) {
  const database = join(folder, 'import.db')
  const script = `PRAGMA journal_mode=WAL; PRAGMA cache_size=-262144;
CREATE TABLE deal (key TEXT, title TEXT, value TEXT, phase TEXT, closing TEXT, source TEXT);
CREATE INDEX a ON deal (key); CREATE INDEX b ON deal (phase, value); CREATE INDEX c ON deal (closing);
.import --csv --skip 1 ${file} deal
`
  const begun = process.hrtime.bigint()
  const run = spawnSync('sqlite3', [database], { input: script, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  const rate = rows / seconds(begun)
  for (const end of ['', '-wal', '-shm']) rmSync(database + end, { force: true })
  return rate
}

/** Megabytes of the search index of deals, as they stand in the file. */
export function searchIndexMb(perigee) {
  const sql = "SELECT sum(pgsize) FROM dbstat WHERE aggregate = 1 AND name IN (SELECT name FROM sqlite_schema WHERE name GLOB (SELECT table_name || '_search*' FROM sys_entity WHERE name = 'deal'))"
  const run = spawnSync('sqlite3', ['-readonly', join(perigee.data, 'perigee.db'), sql], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  return Number(run.stdout) / 1e6
}
