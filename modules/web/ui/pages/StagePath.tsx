// The stages of the record's pipeline as a path; a click moves the record.
import { useEffect, useRef } from 'preact/hooks'
import { updateField } from '../data/records'
import { pipelines } from '../data/session'
import { sayProblem } from '../data/undo'
import { isReference, type Entity, type RecordData, type Stage } from '../data/types'
import { t } from '../locale/i18n'

const MS_PER_DAY = 86_400_000

export function StagePath({ entity, record }: { entity: Entity; record: RecordData }) {
  const names = entity.pipeline
  const current = names ? record[names.stage] : null
  const own = names ? record[names.pipeline] : null
  const all = pipelines(entity.name)
  const pipeline = all.find((item) => isReference(own) && item.id === own.id) ?? all[0]
  const at = pipeline?.stages.findIndex((stage) => isReference(current) && stage.id === current.id) ?? -1
  const path = useRef<HTMLOListElement>(null)
  useEffect(() => { // on a phone the path is wider than the page: the present stage comes into sight
    const shown = path.current
    const item = shown?.children[at]
    if (shown && item instanceof HTMLElement) shown.scrollLeft = item.offsetLeft - shown.offsetLeft - (shown.clientWidth - item.clientWidth) / 2
  }, [at])
  if (!names || !pipeline) return null
  const since = names.since ? record[names.since] : null
  const days = typeof since === 'string' ? Math.floor((Date.now() - Date.parse(since)) / MS_PER_DAY) : 0
  const move = (stage: Stage): void => {
    if (!entity.can.update) return
    updateField(entity, record, names.stage, stage.id, { id: stage.id, title: stage.label }).catch(sayProblem)
  }
  const closed = pipeline.stages[at]?.kind === 'won' || pipeline.stages[at]?.kind === 'lost'
  return (
    <ol class="path" ref={path} aria-label={t('stage')}>
      {pipeline.stages.map((stage, index) => (
        <li key={stage.id} class={index === at ? `now ${stage.kind}` : index < at && stage.kind === 'open' ? 'done' : ''}>
          <button type="button" title={stage.label} aria-current={index === at ? 'step' : undefined} onClick={() => move(stage)}>
            {stage.label}{index === at && !closed && days > 0 ? ` · ${new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit: 'day', unitDisplay: 'short' }).format(days)}` : ''}
          </button>
        </li>
      ))}
    </ol>
  )
}
