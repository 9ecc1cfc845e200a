// A record of any entity: head with key figure, stage path, fields edited where they stand, history.
import { useEffect, useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { Trash2 } from 'lucide-preact'
import { Problem } from '../data/api'
import { deleteRecord, loadRecord, recordSignal } from '../data/records'
import { sayProblem } from '../data/undo'
import { isReference, type Entity, type RecordData } from '../data/types'
import { Fields } from './Fields'
import { Neighbours, usePlace } from './Neighbours'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { ErrorBoundary } from '../kit/ErrorBoundary'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { ActionMenu } from '../shell/ActionMenu'
import { useActions } from '../shell/actions'
import { remember } from '../shell/settings'
import { TopBar } from '../shell/TopBar'
import { figureOf, initials, titleOf } from './columns'
import { ChildrenTable } from './ChildrenTable'
import { History } from './History'
import { StagePath } from './StagePath'

export function RecordPage({ entity, id }: { entity: Entity; id: string }) {
  const record = recordSignal(entity.name, id).value
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => {
    setProblem(null)
    loadRecord(entity.name, id).catch(setProblem)
  }
  useEffect(load, [entity.name, id])

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
  return <Loaded entity={entity} record={record} />
}

function Loaded({ entity, record }: { entity: Entity; record: RecordData }) {
  const [, navigate] = useLocation()
  const title = titleOf(entity, record)
  useEffect(() => { document.title = `${title} · Perigee` }, [title])
  const remove = (): void => {
    deleteRecord(entity, record, () => navigate(`/${entity.name}/${record.id}`)).then(() => navigate(back)).catch(sayProblem)
  }
  const place = usePlace(entity.name, record.id)
  const back = place?.back ?? `/${entity.name}`
  useEffect(() => remember({ entity: entity.name, id: record.id, title }), [entity.name, record.id, title])
  useActions([
    { id: 'record.next', group: 'record', label: t('next'), keys: ']', icon: 'arrow-right', when: () => !!place?.next, run: () => navigate(`/${entity.name}/${place?.next}`) },
    { id: 'record.previous', group: 'record', label: t('previous'), keys: '[', icon: 'arrow-right', when: () => !!place?.previous, run: () => navigate(`/${entity.name}/${place?.previous}`) },
    { id: 'record.edit', group: 'record', label: t('edit'), keys: 'e', icon: 'pencil', when: () => entity.can.update, run: () => document.querySelector<HTMLElement>('.fields .cell-button, .fields .edit-button')?.click() },
    { id: 'record.assign', group: 'record', label: t('assign'), keys: 'a', icon: 'assign', when: () => entity.can.update, run: () => document.querySelector<HTMLElement>('[data-field="owner"] button')?.click() },
    { id: 'record.stage', group: 'record', label: t('stage'), keys: 's', icon: 'arrow-right', when: () => entity.can.update && !!entity.pipeline, run: () => document.querySelector<HTMLElement>('.path [aria-current], .path button')?.focus() },
    { id: 'record.create', group: 'create', label: t('new', { what: entity.label }), keys: 'c', icon: 'plus', when: () => entity.can.create, run: () => navigate(`/${entity.name}/new`) },
    { id: 'record.delete', group: 'record', label: t('delete'), icon: 'trash', danger: true, when: () => entity.can.delete, run: () => remove() },
    { id: 'record.back', group: 'record', label: t('back'), keys: 'Escape', icon: 'list', run: () => navigate(back) },
  ])
  const owner = record['owner']
  const created = typeof record['created_at'] === 'string' ? formatTime(record['created_at']) : ''
  return (
    <div class="page">
      <TopBar crumbs={[{ text: entity.label_plural, href: back }, { text: title }]}>
        <Neighbours entity={entity.name} place={place} />
        {entity.can.delete && <Button look="quiet" onClick={remove}><Trash2 size={14} aria-hidden="true" />{t('delete')}</Button>}
        <ActionMenu groups={['record', 'create']} />
      </TopBar>
      <main class="page" id="main">
        <div class="record-head">
          <span class="avatar" aria-hidden="true">{initials(title)}</span>
          <div>
            <h1>{title}</h1>
            <div class="sub">{[isReference(owner) ? owner.title : '', created].filter(Boolean).join(' · ')}</div>
          </div>
          <span class="grow" />
          <span class="figure">{figureOf(entity, record)}</span>
        </div>
        {entity.pipeline && <StagePath entity={entity} record={record} />}
        <div class="record-columns">
          <section aria-label={t('details')}><Fields entity={entity} record={record} /></section>
          <section class="history-side" aria-label={t('history')}>
            {entity.fields.filter((field) => field.type === 'children').map((field) => <ChildrenTable key={field.name} field={field} record={record} />)}
            <ErrorBoundary><History entity={entity} id={record.id} version={record.version} /></ErrorBoundary>
          </section>
        </div>
      </main>
    </div>
  )
}
