// All reports that the reader may run, by what they are about.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { get } from '../data/api'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { language, t } from '../locale/i18n'
import { TopBar } from '../shell/TopBar'
import './reports.css'
import { tr, type ReportsKey } from './texts'
import type { Problem, Report } from './wire'

const order = ['sales', 'leads', 'customers', 'activity', 'quality']

function grouped(reports: Report[]): [string, Report[]][] {
  const groups = new Map<string, Report[]>(order.map((name) => [name, []]))
  for (const report of reports) (groups.get(report.group ?? '') ?? groups.set('other', groups.get('other') ?? []).get('other')!).push(report)
  return [...groups].filter(([, list]) => list.length > 0)
}

export function ReportsPage() {
  const [found, setFound] = useState<{ reports: Report[]; problems?: Problem[] } | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const load = (): void => { setFailure(null); get<{ reports: Report[]; problems?: Problem[] }>('reports').then(setFound).catch(setFailure) }
  useEffect(load, [language.value])
  useEffect(() => { document.title = `${tr('title')} · Perigee` }, [language.value])
  return (
    <div class="page">
      <TopBar crumbs={[{ text: tr('title') }]} />
      <main id="main" class="reports" tabIndex={-1}>
        <header class="reports-head"><h1>{tr('title')}</h1><p>{tr('lead')}</p></header>
        {failure ? <ErrorCard error={failure} retry={load} /> : found && found.reports.length === 0 ? <Empty icon="chart" text={tr('none')} /> : null}
        {found && grouped(found.reports).map(([name, list]) => (
          <section key={name} aria-labelledby={`group-${name}`}>
            <h2 id={`group-${name}`}>{tr(`group_${name}` as ReportsKey)}</h2>
            <ul class="reports-grid">{list.map((report) => (
              <li key={report.name} class="reports-card"><Link href={`/reports/${report.name}`}>{report.label}</Link>{report.help && <p>{report.help}</p>}</li>
            ))}</ul>
          </section>
        ))}
        {found?.problems && found.problems.length > 0 && (
          <section class="reports-problems" aria-labelledby="reports-problems">
            <h2 id="reports-problems">{tr('problems')}</h2>
            <ul>{found.problems.map((problem) => <li key={`${problem.kind} ${problem.name}`}><code>{problem.place ?? t('admin')}</code> {problem.detail}</li>)}</ul>
          </section>
        )}
      </main>
    </div>
  )
}
