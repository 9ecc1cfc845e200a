// A record of any entity: head, stage path, fields left, what happened and is to happen in the middle,
// what is linked with it right. ?as_of= shows the past, ?peek= another record beside this one.
import { useEffect, useState } from 'preact/hooks'
import { Link, Redirect } from 'wouter-preact'
import { Problem } from '../data/api'
import { onHint } from '../data/live'
import { loadRecord, recordSignal } from '../data/records'
import type { Entity, RecordData, Reference } from '../data/types'
import { Slot, slotsOf } from '../extend/slots'
import { Empty } from '../kit/Empty'
import { ErrorBoundary } from '../kit/ErrorBoundary'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { titleOf } from '../pages/columns'
import { remember } from '../shell/settings'
import { TopBar } from '../shell/TopBar'
import { AsOfBar, ChangesUntil, usePast } from './AsOf'
import { ChildrenTable } from './ChildrenTable'
import { Fields } from './Fields'
import { Head, HeadBar } from './Head'
import { RecordPeek } from './RecordPeek'
import { Related } from './Related'
import { StagePath } from './StagePath'
import { TimelineView } from './TimelineView'
import { useRecordActions, useRecordAddress } from './recordActions'
import './record.css'

export function RecordPage({ entity, id }: { entity: Entity; id: string }) {
  const record = recordSignal(entity.name, id).value
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => {
    setProblem(null)
    loadRecord(entity.name, id).catch(setProblem)
  }
  useEffect(load, [entity.name, id])
  useEffect(() => onHint((hint) => { if (!hint) load() }), [entity.name, id])

  if (problem)
    return (
      <div class="page">
        <TopBar crumbs={[{ text: entity.label_plural, href: `/${entity.name}` }]} />
        <main id="main">
          {problem instanceof Problem && problem.status === 404 ? <Empty icon={entity.icon} text={t('not_found')} title><Link href={`/${entity.name}`} class="button">{entity.label_plural}</Link></Empty> : <ErrorCard error={problem} retry={load} />}
        </main>
      </div>
    )
  if (!record) return <div class="page"><TopBar crumbs={[{ text: entity.label_plural, href: `/${entity.name}` }]} /><main id="main" aria-busy="true" /></div>
  const survivor = record['merged_into'] as Reference | undefined
  if (survivor) return <Redirect to={`/${entity.name}/${survivor.id}`} replace />
  return <Loaded entity={entity} record={record} />
}

function Loaded({ entity, record }: { entity: Entity; record: RecordData }) {
  const address = useRecordAddress()
  const past = usePast(entity.name, record.id, address.moment)
  const title = titleOf(entity, record)
  useEffect(() => { document.title = `${title} · Perigee` }, [title])
  useEffect(() => remember({ entity: entity.name, id: record.id, title }), [entity.name, record.id, title])
  const actions = useRecordActions(entity, record, address)
  const locked = address.moment !== ''
  const shown = !locked ? record : past instanceof Problem ? undefined : past
  return (
    <div class={`page record-page${locked ? ' past' : ''}`}>
      <HeadBar entity={entity} title={title} actions={actions} record={record} locked={locked} />
      {locked && <AsOfBar moment={address.moment} problem={past instanceof Problem ? past : null} onChoose={address.showMoment} onLeave={() => address.showMoment('')} />}
      {!shown && <main class="page" id="main" aria-busy={past === undefined}>{past instanceof Problem && <h1 class="visually-hidden">{title}</h1>}</main>}
      {shown && <main class="page" id="main">
        <Head entity={entity} record={shown} locked={locked} actions={actions} />
        {entity.pipeline && <StagePath entity={entity} record={shown} locked={locked} />}
        <div class="record-columns">
          <section class="fields-side" aria-label={t('details')}>
            <Fields entity={entity} record={shown} locked={locked} />
            {!locked && slotsOf('record', entity.name).map((view) => <section key={view.name} class="record-slot" aria-label={view.label ?? view.name}><h2 class="section-title">{view.label}</h2><Slot view={view} record={record} /></section>)}
          </section>
          <div class="middle">
            {entity.fields.filter((field) => field.type === 'children').map((field) => <ChildrenTable key={field.name} field={field} record={shown} />)}
            {locked ? <ChangesUntil entity={entity} id={record.id} moment={address.moment} /> : <ErrorBoundary><TimelineView entity={entity} record={record} /></ErrorBoundary>}
          </div>
          <ErrorBoundary><Related entity={entity} record={shown} locked={locked} /></ErrorBoundary>
        </div>
      </main>}
      <RecordPeek />
    </div>
  )
}
