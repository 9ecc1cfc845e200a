// ./dev bench ui [--rows=100000] [--rounds=5] [--only=build,cold,list,board,findings,lighthouse]: the
// browser client against its budgets. Gates on bytes, processor time, findings and Lighthouse's
// accessibility and best practices; walls and Lighthouse's performance are only printed.
import { cardMoves } from './bench/board.mjs'
import { builtBytes, coldLists } from './bench/cold.mjs'
import { findings, lighthouse } from './bench/findings.mjs'
import { fill, longList } from './bench/long_list.mjs'
import { Report } from './bench/report.mjs'
import { openOffice } from './office.mjs'
import { screens } from './screens.mjs'

const option = (name, otherwise) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise
const only = option('only')?.split(',')
const wanted = (part) => !only || only.includes(part)
const rows = Number(option('rows', 100000))
const report = new Report()

const prepare = (perigee) => {
  fill(perigee, rows)
  perigee.json(['demo', '--size', '200'])
}

if (wanted('build')) builtBytes(report)
const office = await openOffice({ people: ['boss'], instance: { onDisk: true }, prepare })
try {
  const { page, admin } = office
  const storage = await page.context().storageState()
  const [deal] = (await admin.get('records/deal', { where: "stage.kind == 'open' and open_activities >= 1", limit: 1 })).records
  const main = screens(deal.id, deal.organization.id)
  if (wanted('cold')) await coldLists(report, office, storage, Number(option('rounds', 5)))
  if (wanted('list')) await longList(report, page, (await admin.get('records/contact', { count: 'exact', limit: 1 })).total.value)
  if (wanted('board')) await cardMoves(report, page)
  if (wanted('findings')) await findings(report, office, main)
  if (wanted('lighthouse')) await lighthouse(report, office, storage, main)
} finally { await office.close() }
report.end()
