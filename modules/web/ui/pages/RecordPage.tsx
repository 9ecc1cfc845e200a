// A record of any entity: head with key figure, stage path, fields edited where they stand, history.
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { Trash2 } from 'lucide-preact'
import { Problem } from '../data/api'
import { deleteRecord, loadRecord, recordSignal, updateField } from '../data/records'
import { meta } from '../data/session'
import { sayProblem } from '../data/undo'
import { isReference, type Entity, type Field, type RecordData } from '../data/types'
import { isEditable } from '../field/draft'
import { FieldRow } from './FieldRow'
import { formatTime } from '../format/format'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { ErrorBoundary } from '../kit/ErrorBoundary'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { useKeys } from '../shell/keys'
import { TopBar } from '../shell/TopBar'
import { figureOf, initials, recordFields, titleOf } from './columns'
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
          {problem instanceof Problem && problem.status === 404 ? <Empty icon={entity.icon} text={t('not_found')} /> : <ErrorCard error={problem} retry={load} />}
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
    deleteRecord(entity, record, () => navigate(`/${entity.name}/${record.id}`)).then(() => navigate(`/${entity.name}`)).catch(sayProblem)
  }
  useKeys({ Escape: () => navigate(`/${entity.name}`) })
  const owner = record['owner']
  const created = typeof record['created_at'] === 'string' ? formatTime(record['created_at']) : ''
  return (
    <div class="page">
      <TopBar crumbs={[{ text: entity.label_plural, href: `/${entity.name}` }, { text: title }]}>
        {entity.can.delete && <Button look="quiet" onClick={remove}><Trash2 size={14} aria-hidden="true" />{t('delete')}</Button>}
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

function Fields({ entity, record }: { entity: Entity; record: RecordData }) {
  const [all, setAll] = useState(false)
  const { main, more } = recordFields(entity, record)
  const fields = all ? [...main, ...more] : main
  const save = async (field: Field, value: unknown, shown: RecordData[string]): Promise<void> => {
    try { await updateField(entity, record, field.name, value, shown) } catch (error) {
      if (error instanceof Problem && error.status === 412) sayProblem(t('changed_elsewhere'))
      else throw error
    }
  }
  return (
    <>
      <h2 class="section-title">{t('details')}</h2>
      <dl class="fields">
        {fields.map((field) => (
          <FieldRow key={`${record.id}/${field.name}`} entity={entity} record={record} field={field} editable={entity.can.update && isEditable(field)}
            currency={meta.value?.company.currency ?? ''} onSave={save} />
        ))}
      </dl>
      {more.length > 0 && <Button look="quiet" onClick={() => setAll(!all)} aria-expanded={all}>{all ? t('close') : t('all_fields')}</Button>}
    </>
  )
}
