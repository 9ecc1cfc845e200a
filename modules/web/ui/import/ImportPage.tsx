// A table becomes records: file, columns, check, result. What was set stands in the address; the file
// itself cannot, so that after a reload it is asked for again.
import { useEffect, useRef, useState } from 'preact/hooks'
import { useSearchParams } from 'wouter-preact'
import { may } from '../data/session'
import type { Entity } from '../data/types'
import { Empty } from '../kit/Empty'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { TopBar } from '../shell/TopBar'
import { CheckStep } from './CheckStep'
import { ColumnsStep } from './ColumnsStep'
import { FileStep } from './FileStep'
import { ResultStep } from './ResultStep'
import { ti } from './texts'
import { remember, Underway } from './Underway'
import { dryRun, preview, start, type Counts, type Options, type Preview } from './wire'
import '../admin/work.css'

const names = ['map', 'key', 'mode', 'date_order', 'encoding', 'delimiter', 'unknown', 'currency', 'automations', 'sheet'] as const
const steps = ['file', 'columns', 'check', 'result'] as const
export type Step = (typeof steps)[number]

export function ImportPage({ entity }: { entity: Entity }) {
  const [parameters, setParameters] = useSearchParams()
  const [file, setFile] = useState<File | null>(null)
  const [seen, setSeen] = useState<Preview | null>(null)
  const [found, setFound] = useState<Counts | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const once = useRef('')
  const running = parameters.get('import')
  const wanted = steps.find((item) => item === parameters.get('step')) ?? 'file'
  const step: Step = running ? 'result' : file ? wanted : 'file'
  const options: Options = Object.fromEntries(names.flatMap((name) => (parameters.get(name) ? [[name, parameters.get(name)!]] : [])))
  const asked = JSON.stringify(options)
  const set = (change: Record<string, string | null>, push = false): void => setParameters((old) => {
    const next = new URLSearchParams(old)
    for (const [name, value] of Object.entries(change)) if (value) next.set(name, value); else next.delete(name)
    return next
  }, { replace: !push })

  useEffect(() => { document.title = `${ti('import_into', { what: entity.label_plural })} · Perigee` }, [entity])
  useEffect(() => {
    if (!file || step !== 'columns') return
    const abort = new AbortController()
    preview(entity.name, file, options, abort.signal).then((answer) => { setSeen(answer); setProblem(null) }, (error: unknown) => { if (!abort.signal.aborted) setProblem(error) })
    return () => abort.abort()
  }, [file, asked, step])
  useEffect(() => {
    if (!file || step !== 'check') return
    const abort = new AbortController()
    setFound(null)
    once.current = crypto.randomUUID()
    dryRun(entity.name, file, options, abort.signal).then((answer) => { setFound(answer); setProblem(null) }, (error: unknown) => { if (!abort.signal.aborted) setProblem(error) })
    return () => abort.abort()
  }, [file, asked, step])

  const take = (next: File): void => { setSeen(null); setProblem(null); setFile(next); set({ step: 'columns', ...(file ? { map: null, sheet: null } : {}) }, true) }
  const run = async (): Promise<void> => {
    if (!file) return
    try {
      const { id } = await start(entity.name, file, options, once.current)
      remember(entity.name, id)
      set({ import: id, step: null }, true)
    } catch (error) { setProblem(error) }
  }
  const at = steps.indexOf(step)
  return (
    <div class="page">
      <TopBar crumbs={[{ text: entity.label_plural, href: `/${entity.name}` }, { text: ti('import_into', { what: entity.label_plural }) }]} />
      <main id="main" class="work">
        <h1>{ti('import_into', { what: entity.label_plural })}</h1>
        {!may('import') ? <Empty icon="circle" text={ti('forbidden')} /> : <>
          <ol class="steps" aria-label={ti('steps')}>
            {steps.map((item, index) => (
              <li key={item} class={index < at ? 'done' : ''} aria-current={item === step ? 'step' : undefined}>
                {index < at && step !== 'result' ? <button type="button" onClick={() => set({ step: item }, true)}>{index + 1}. {ti(`step_${item}`)}</button> : <span>{index + 1}. {ti(`step_${item}`)}</span>}
              </li>
            ))}
          </ol>
          {problem !== null && step !== 'result' && <ErrorCard error={problem} />}
          {step === 'file' && <Underway entity={entity} />}
          {step === 'file' && <FileStep again={!file && wanted !== 'file'} onFile={take} />}
          {step === 'columns' && file && (seen ? <ColumnsStep entity={entity} file={file} seen={seen} options={options} onOptions={set} onNext={() => set({ step: 'check' }, true)} /> : problem === null && <p class="hint" role="status">{t('loading')}…</p>)}
          {step === 'check' && file && <CheckStep entity={entity} file={file} options={options} found={found} failed={problem !== null} onBack={() => { setProblem(null); set({ step: 'columns' }, true) }} onRun={() => void run()} />}
          {step === 'result' && running && <ResultStep entity={entity} id={running} onAgain={() => { setFile(null); setSeen(null); set({ import: null, step: null, map: null }, true) }} />}
        </>}
      </main>
    </div>
  )
}
