// All reports that the reader may run, by what they are about.
import { useEffect, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { Plus } from 'lucide-preact'
import { get } from '../data/api'
import { entity } from '../data/session'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { language, t } from '../locale/i18n'
import { TopBar } from '../shell/TopBar'
import './reports.css'
import { tr, type ReportsKey } from './texts'
import type { Problem, Report } from './wire'

const order = ['saved', 'sales', 'leads', 'customers', 'activity', 'quality', 'marketing']

function grouped(reports: Report[]): [string, Report[]][] {
  const groups = new Map<string, Report[]>(order.map((name) => [name, []]))
  for (const report of reports) (groups.get(report.saved ? 'saved' : report.group ?? '') ?? groups.set('other', groups.get('other') ?? []).get('other')!).push(report)
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
        <header class="reports-head">
          <div class="reports-title"><h1>{tr('title')}</h1>{entity('report')?.can.create && <Link href="/reports/new" class="button primary"><Plus size={14} aria-hidden="true" />{tr('new')}</Link>}</div>
          <p>{tr('lead')}</p>
        </header>
        {failure ? <ErrorCard error={failure} retry={load} /> : found && found.reports.length === 0 ? <Empty icon="chart" text={tr('none')} /> : null}
        {found && grouped(found.reports).map(([name, list]) => (
          <section key={name} aria-labelledby={`group-${name}`}>
            <h2 id={`group-${name}`}>{tr(`group_${name}` as ReportsKey)}</h2>
            <ul class="reports-grid">{list.map((report) => (
              <Card key={report.name} report={report} />
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

function Card({ report }: { report: Report }) {
  const { saved } = report
  return (
    <li class="reports-card">
      <Link href={report.problem ? `/report/${report.name}` : `/reports/${report.name}`}>{report.label}</Link>
      {saved && <span class={`tag ${saved.certified ? 'green' : 'amber'}`}>{tr(saved.certified ? 'certified' : 'draft')}</span>}
      {report.help && <p>{report.help}</p>}
      {saved?.author.title && <p>{tr('by_author', { author: saved.author.title })}</p>}
      {report.problem && <p class="reports-broken">{report.problem}</p>}
    </li>
  )
}
