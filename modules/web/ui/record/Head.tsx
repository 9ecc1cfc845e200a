// The top of a record: where it stands in its list, its name, who and what it belongs to, its figure,
// and the two or three things one does most.
import { Trash2 } from 'lucide-preact'
import { isReference, type Entity, type RecordData, type Reference } from '../data/types'
import { formatDate } from '../format/format'
import { Button } from '../kit/Button'
import { Keys } from '../kit/Keys'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { figureOf, initials, titleOf } from '../pages/columns'
import { ActionMenu } from '../shell/ActionMenu'
import { TopBar } from '../shell/TopBar'
import { ACTIVITY, activities } from './activity'
import { labelOf } from './ActivityEvent'
import { useCompose } from './Composer'
import { Neighbours } from './Neighbours'
import { PeekLink } from './PeekLink'
import type { RecordActions } from './recordActions'
import { moveTo, pipelineOf, stageAt } from './StagePath'

export function HeadBar({ entity, title, actions, record, locked }: { entity: Entity; title: string; actions: RecordActions; record: RecordData; locked: boolean }) {
  const pipeline = entity.pipeline ? pipelineOf(entity, record) : undefined
  return (
    <TopBar crumbs={[{ text: entity.label_plural, href: actions.back }, ...(pipeline && pipeline.label !== entity.label_plural ? [{ text: pipeline.label }] : []), { text: title }]}>
      <Neighbours entity={entity.name} place={actions.place} />
      {entity.can.delete && !locked && <Button look="quiet" onClick={actions.remove}><Trash2 size={14} aria-hidden="true" /><span class="desk">{t('delete')}</span></Button>}
      <ActionMenu groups={['record', 'create']} />
    </TopBar>
  )
}

/** The first references that say whose this is. */
function belongings(entity: Entity, record: RecordData): { key: string; entity: string; ref: Reference }[] {
  return entity.fields.flatMap((field) => {
    const value = record[field.name]
    return field.type === 'ref' && !field.standard && field.ref && field.ref !== 'stage' && field.ref !== 'pipeline' && isReference(value) && value.title ? [{ key: field.name, entity: field.ref, ref: value }] : []
  }).slice(0, 2)
}

export function Head({ entity, record, locked, actions }: { entity: Entity; record: RecordData; locked: boolean; actions: RecordActions }) {
  const { compose } = useCompose()
  const title = titleOf(entity, record)
  const owner = record['owner']
  const created = typeof record['created_at'] === 'string' ? tr('created_on', { when: formatDate(record['created_at'].slice(0, 10)) }) : ''
  const own = activities()
  const stage = stageAt(entity, record)
  const won = entity.can.update && (stage?.kind === 'open' || stage?.kind === 'hold') ? pipelineOf(entity, record)?.stages.find((item) => item.kind === 'won') : undefined
  const parts = [
    ...belongings(entity, record).map(({ key, entity: target, ref }) => <PeekLink key={key} entity={target} id={ref.id}>{ref.title}</PeekLink>),
    ...[isReference(owner) ? owner.title ?? '' : '', created].filter(Boolean),
  ]
  return (
    <div class="record-head">
      <span class="avatar" aria-hidden="true">{initials(title)}</span>
      <div class="record-title">
        <h1>{title}</h1>
        <div class="sub dots">{parts.map((part, index) => <span key={index}>{part}</span>)}</div>
      </div>
      <span class="grow" />
      <span class="figure">{figureOf(entity, record)}</span>
      {!locked && (
        <div class="head-actions">
          {own?.can.create && ['task', 'call'].map((kind) => <Button key={kind} onClick={() => compose(kind)}>{labelOf(ACTIVITY, 'kind', kind)} <Keys keys={kind === 'task' ? 't' : 'l'} /></Button>)}
          {actions.offered.map((action) => <Button key={action.id} look={action.wins ? 'primary' : 'plain'} onClick={() => void action.run()}>{action.label}</Button>)}
          {won && !actions.offered.some((action) => action.wins) && <Button look="primary" onClick={() => moveTo(entity, record, won)}>{won.label}</Button>}
        </div>
      )}
    </div>
  )
}
