// Which segment records are in, or are not in.
import { useEffect, useState } from 'preact/hooks'
import { ListFilter, ListPlus } from 'lucide-preact'
import { segmentsOf, type Segment } from '../data/segments'
import { sayProblem } from '../data/undo'
import type { Entity } from '../data/types'
import { t } from '../locale/i18n'
import type { Condition } from './condition'

type InSegment = Extract<Condition, { kind: 'segment' }>
interface Props { entity: Entity; condition: InSegment | null; onApply: (condition: Condition) => void; onBack: (() => void) | undefined }

export function SegmentEditor({ entity, condition, onApply, onBack }: Props) {
  const [not, setNot] = useState(condition?.not ?? false)
  const [segments, setSegments] = useState<Segment[] | null>(null)
  useEffect(() => { segmentsOf(entity.name).then(setSegments).catch(sayProblem) }, [entity.name])
  return (
    <div class="condition">
      <div class="condition-head">{onBack ? <button type="button" class="link" onClick={onBack}>‹ {t('segment')}</button> : <strong>{t('segment')}</strong>}</div>
      <select class="input" autofocus aria-label={t('verb')} value={not ? 'not' : 'in'} onChange={(event) => setNot(event.currentTarget.value === 'not')}>
        <option value="in">{t('verb_is')}</option><option value="not">{t('verb_is_not')}</option>
      </select>
      <div class="field-list">
        {segments?.map(({ id, name, filter }) => (
          <button type="button" class="menu-item" key={id} aria-pressed={name === condition?.name} onClick={() => onApply({ kind: 'segment', name, not })}>
            {filter ? <ListFilter size={14} aria-hidden="true" /> : <ListPlus size={14} aria-hidden="true" />}<span class="grow">{name}</span>
          </button>
        ))}
        {segments?.length === 0 && <p class="option-note">{t('segment_none')}</p>}
      </div>
    </div>
  )
}
