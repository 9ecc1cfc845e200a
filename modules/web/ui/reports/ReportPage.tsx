// One report: the period and what it stands beside, a chart, the table whose figures open, what was left
// out, and what each word in it means. Everything that was chosen stands in the address.
import { useEffect, useState } from 'preact/hooks'
import { useLocation, useSearch } from 'wouter-preact'
import { X } from 'lucide-preact'
import { ErrorCard } from '../kit/ErrorCard'
import { lazy } from '../kit/lazy'
import { formatDays, formatTime } from '../format/format'
import { language } from '../locale/i18n'
import { TopBar } from '../shell/TopBar'
import { keyText } from './figures'
import { Inputs } from './Inputs'
import { Meaning } from './Meaning'
import { PeriodMenu } from './PeriodMenu'
import { ReportBody } from './ReportBody'
import { ReportTools, SavedMark } from './ReportTools'
import type { BuilderProps } from './Builder'
import { PrintHead } from '../dashboard/PrintHead'
import './reports.css'
import { tr } from './texts'
import { readParameters, runReport, writeParameters, type Answer, type Parameters } from './wire'

function spanText({ period, previous }: Answer): string {
  if (!period) return ''
  const shown = formatDays(period.from, period.until)
  return previous ? `${shown}, ${tr('against', { days: formatDays(previous.from, previous.until) })}` : shown
}

const Builder = lazy<BuilderProps>(() => import('./Builder').then((module) => module.Builder))

/** `new` and `?edit` build one, all else shows it. */
export function ReportPage({ name }: { name: string }) {
  const query = new URLSearchParams(useSearch())
  const from = query.get('from')
  return name === 'new' ? <Builder key={`new/${from}`} from={from} id={null} /> : query.has('edit') ? <Builder key={name} from={name} id={name} /> : <Shown name={name} />
}

function Shown({ name }: { name: string }) {
  const search = useSearch()
  const [, navigate] = useLocation()
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  const parameters = readParameters(search)
  const choose = (next: Partial<Parameters>): void => navigate(`/reports/${name}${writeParameters({ ...parameters, ...next })}`)
  useEffect(() => {
    const abort = new AbortController()
    setFailure(null)
    runReport(name, parameters, abort.signal).then(setAnswer).catch((error: unknown) => { if (!abort.signal.aborted) setFailure(error) })
    return () => abort.abort()
  }, [name, search, attempt, language.value])
  useEffect(() => { document.title = `${answer?.report.label ?? tr('title')} · Perigee` }, [answer])
  const narrowed = Object.entries(parameters.filters)
  return (
    <div class="page">
      <TopBar crumbs={[{ text: tr('title'), href: '/reports' }, { text: answer?.report.label ?? '' }]} />
      <main id="main" class="reports report" tabIndex={-1} data-report={name}>
        {failure !== null && <ErrorCard error={failure} retry={() => setAttempt(attempt + 1)} />}
        {answer && failure === null && <>
          <header class="reports-head">
            <h1>{answer.report.label}</h1>
            {answer.report.help && <p>{answer.report.help}</p>}
            <SavedMark answer={answer} />
            <div class="report-tools">
              <PeriodMenu answer={answer} parameters={parameters} onChoose={choose} />
              {narrowed.map(([dimension, keys]) => {
                const what = keys.map((key) => keyText(answer.dimensions.find((one) => one.name === dimension), key)).join(', ')
                return <button key={dimension} type="button" class="chip" aria-label={tr('not_only', { what })} onClick={() => choose({ filters: Object.fromEntries(narrowed.filter(([other]) => other !== dimension)) })}>{what}<X size={13} aria-hidden="true" /></button>
              })}
              <ReportTools answer={answer} parameters={parameters} onChoose={choose} />
            </div>
          </header>
          <PrintHead at={answer.at} period={answer.period} filters={parameters.filters} widgets={[{ answer }]} />
          <Inputs answer={answer} parameters={parameters} onChoose={choose} />
          <ReportBody answer={answer} parameters={parameters} onChoose={choose} />
          <Meaning answer={answer} />
          <p class="report-at">{[spanText(answer), tr('at', { time: formatTime(answer.at) })].filter(Boolean).join(' · ')}</p>
        </>}
      </main>
    </div>
  )
}
