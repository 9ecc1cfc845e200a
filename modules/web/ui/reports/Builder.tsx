// A report built by pointing: figures, what they are parted by, which records; what it comes to stands
// beside and follows each step. What cannot be is refused by the server, in words, where it would stand.
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { get, Problem } from '../data/api'
import { entity } from '../data/session'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { language, t } from '../locale/i18n'
import { TopBar } from '../shell/TopBar'
import { BuilderPanel } from './BuilderPanel'
import './builder.css'
import { definitionOf, empty } from './definition'
import { Meaning } from './Meaning'
import { ReportBody } from './ReportBody'
import './reports.css'
import { SaveDialog } from './SaveDialog'
import { tr } from './texts'
import { bodyOf, runReport, type Answer, type Catalog, type Definition, type Report } from './wire'

export interface BuilderProps { from: string | null; id: string | null }
const PAUSE_MS = 200

export function Builder({ from, id }: BuilderProps) {
  const [, navigate] = useLocation()
  const [catalog, setCatalog] = useState<Catalog | null>(null)
  const [base, setBase] = useState<Report | null>(null)
  const [definition, setDefinition] = useState<Definition>(empty)
  const [failure, setFailure] = useState<unknown>(null)
  const [saving, setSaving] = useState(false)
  const load = (): void => {
    setFailure(null)
    Promise.all([get<Catalog>('reports/catalog'), from ? get<{ reports: Report[] }>('reports') : null]).then(([found, all]) => {
      const origin = all?.reports.find((one) => one.name === from)
      if (from && !origin) throw new Problem(404, { detail: tr('no_report') })
      setCatalog(found)
      if (!origin) return
      setBase(origin)
      setDefinition(definitionOf(origin))
    }).catch(setFailure)
  }
  useEffect(load, [from, language.value])
  const title = id ? base?.label ?? '' : tr('new')
  useEffect(() => { document.title = `${title} · Perigee` }, [title])
  if (!entity('report')?.can.create) return <div class="page"><TopBar crumbs={[{ text: tr('title'), href: '/reports' }]} /><main id="main" class="reports" tabIndex={-1}><p class="report-none">{tr('may_not_build')}</p></main></div>
  return (
    <div class="page">
      <TopBar crumbs={[{ text: tr('title'), href: '/reports' }, { text: title }]}>
        <Button onClick={() => navigate(id ? `/reports/${id}` : '/reports')}>{t('cancel')}</Button>
        <Button look="primary" disabled={definition.measures.length === 0} onClick={() => setSaving(true)}>{t('save')}</Button>
      </TopBar>
      <main id="main" class="builder" tabIndex={-1}>
        <h1 class="visually-hidden">{title}</h1>
        {failure !== null && <ErrorCard error={failure} retry={load} />}
        {catalog && <>
          <BuilderPanel catalog={catalog} definition={definition} onChange={setDefinition} />
          <Preview definition={definition} label={title} />
        </>}
      </main>
      {saving && <SaveDialog id={id} name={id ? base?.label ?? '' : base ? tr('clone_of', { name: base.label }) : ''} description={base?.help ?? ''} definition={definition} onClose={() => setSaving(false)} onSaved={(saved) => navigate(`/reports/${saved}`)} />}
    </div>
  )
}

function Preview({ definition, label }: { definition: Definition; label: string }) {
  const [shown, setShown] = useState<{ answer: Answer; definition: Definition } | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    if (definition.measures.length === 0) { setShown(null); setFailure(null); return undefined }
    const abort = new AbortController()
    setBusy(true)
    const timer = setTimeout(() => {
      runReport('new', { filters: {}, definition }, abort.signal).then((answer) => { setShown({ answer, definition }); setFailure(null); setBusy(false) })
        .catch((error: unknown) => { if (!abort.signal.aborted) { setFailure(error); setBusy(false) } })
    }, PAUSE_MS)
    return () => { clearTimeout(timer); abort.abort() }
  }, [JSON.stringify(bodyOf({ filters: {}, definition })), attempt, language.value])
  return (
    <section class="builder-preview report" tabIndex={0} aria-label={tr('preview')} aria-busy={busy} data-settled={!busy || undefined}>
      {definition.measures.length === 0 && <p class="report-none">{tr('begin')}</p>}
      {failure !== null && <ErrorCard error={failure} retry={() => setAttempt(attempt + 1)} />}
      {shown && failure === null && <>
        <ReportBody answer={{ ...shown.answer, report: { ...shown.answer.report, label: label || tr('new') } }} parameters={{ filters: {}, definition: shown.definition }} onChoose={() => {}} />
        <Meaning answer={shown.answer} />
      </>}
    </section>
  )
}
