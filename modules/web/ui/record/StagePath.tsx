// The stages of the record's pipeline as a path with the days spent in each; a click or Enter moves the
// record, arrows go along it. What the stage demands is asked when the server says so.
import { useEffect, useRef, useState } from 'preact/hooks'
import { signal } from '@preact/signals'
import { Problem } from '../data/api'
import { loadChanges, updateField } from '../data/records'
import { pipelines } from '../data/session'
import { sayProblem } from '../data/undo'
import { isReference, type Change, type Entity, type Pipeline, type RecordData, type Stage, type Value } from '../data/types'
import { lazy } from '../kit/lazy'
import { t } from '../locale/i18n'
import { tr } from './texts'
import './record.css'

const MoveDialog = lazy<MoveProps>(() => import('./MoveDialog').then((module) => module.MoveDialog))
const MS_PER_DAY = 86_400_000

export interface MoveProps { move: Move; onClose: () => void }
/** A move that the server refused until some fields are filled. */
export interface Move { entity: Entity; record: RecordData; stage: Stage; problem: Problem }
const refused = signal<Move | null>(null)

export function pipelineOf(entity: Entity, record: RecordData): Pipeline | undefined {
  const own = entity.pipeline ? record[entity.pipeline.pipeline] : null
  const all = pipelines(entity.name)
  return all.find((item) => isReference(own) && item.id === own.id) ?? all[0]
}
export function stageAt(entity: Entity, record: RecordData): Stage | undefined {
  const current = entity.pipeline ? record[entity.pipeline.stage] : null
  return pipelineOf(entity, record)?.stages.find((stage) => isReference(current) && stage.id === current.id)
}

export function moveTo(entity: Entity, record: RecordData, stage: Stage): void {
  const name = entity.pipeline?.stage
  if (!name || !entity.can.update || stageAt(entity, record)?.id === stage.id) return
  updateField(entity, record, name, stage.id, { id: stage.id, title: stage.label }).catch((error) => {
    const asked = error instanceof Problem && error.status === 422 && [error.field, ...error.fields.map((item) => item.field)].some((asks) => asks !== name && entity.fields.some((field) => field.name === asks))
    if (asked) refused.value = { entity, record, stage, problem: error }
    else sayProblem(error)
  })
}

/** Days in each stage so far, all stays in it together; the present one is still running. What a record
 * was made with is what its first change took away. */
function daysIn(changes: Change[], name: string, now: Value | undefined, until: number): Map<string, number> {
  const spent = new Map<string, number>()
  let end = until
  let before = now
  for (const change of changes) {
    const part = change.fields[name]
    if (!part && change.op !== 'create') continue
    const stage = part ? part.after : before
    const at = Date.parse(change.at)
    if (isReference(stage)) spent.set(stage.id, (spent.get(stage.id) ?? 0) + Math.max(0, end - at))
    before = part?.before
    end = at
  }
  return new Map([...spent].map(([id, ms]) => [id, Math.floor(ms / MS_PER_DAY)]))
}

function useDays(entity: Entity, record: RecordData): Map<string, number> {
  const [days, setDays] = useState<Map<string, number>>(new Map())
  const name = entity.pipeline?.stage
  const current = name ? record[name] : null
  const at = isReference(current) ? current.id : ''
  useEffect(() => {
    if (!name) return
    loadChanges(entity.name, record.id, name).then((changes) => setDays(daysIn(changes, name, current ?? undefined, Date.now()))).catch(() => {})
  }, [entity.name, record.id, at])
  const since = entity.pipeline?.since ? record[entity.pipeline.since] : null
  if (typeof since === 'string' && at) return new Map([...days, [at, Math.max(days.get(at) ?? 0, Math.floor((Date.now() - Date.parse(since)) / MS_PER_DAY))]])
  return days
}

export function StagePath({ entity, record, locked }: { entity: Entity; record: RecordData; locked?: boolean }) {
  const pipeline = pipelineOf(entity, record)
  const stage = stageAt(entity, record)
  const at = pipeline && stage ? pipeline.stages.indexOf(stage) : -1
  const path = useRef<HTMLOListElement>(null)
  const days = useDays(entity, record)
  useEffect(() => { // on a phone the path is wider than the page: the present stage comes into sight
    const shown = path.current
    const item = shown?.children[at]
    if (shown && item instanceof HTMLElement) shown.scrollLeft = item.offsetLeft - shown.offsetLeft - (shown.clientWidth - item.clientWidth) / 2
  }, [at])
  if (!entity.pipeline || !pipeline) return null
  const along = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const buttons = [...(path.current?.querySelectorAll('button') ?? [])]
    const to = step && !event.altKey ? buttons[buttons.indexOf(document.activeElement as HTMLButtonElement) + step] : undefined
    if (to) { event.preventDefault(); event.stopPropagation(); to.focus() }
  }
  return (
    <>
      <ol class="path" ref={path} aria-label={t('stage')} tabIndex={locked ? 0 : undefined} onKeyDown={along}>
        {pipeline.stages.map((item, index) => {
          const spent = days.get(item.id) ?? 0
          const late = index === at && item.limit_days !== undefined && spent > item.limit_days
          const text = spent > 0 && (item.kind === 'open' || item.kind === 'hold') ? dayCount(spent) : ''
          return (
            <li key={item.id} class={`${index === at ? `now ${item.kind}` : index < at && item.kind === 'open' && stage?.kind !== 'lost' ? 'done' : days.has(item.id) && item.kind === 'open' ? 'been' : ''}${late ? ' late' : ''}`}>
              <button type="button" disabled={locked ?? false} title={[item.label, text, late ? tr('stage_limit', { count: item.limit_days ?? 0 }) : ''].filter(Boolean).join(' · ')} aria-current={index === at ? 'step' : undefined} onClick={() => moveTo(entity, record, item)}>
                <span>{item.label}</span>{text && <small>{text}</small>}
              </button>
            </li>
          )
        })}
      </ol>
      {refused.value?.record.id === record.id && <MoveDialog move={refused.value} onClose={() => { refused.value = null }} />}
    </>
  )
}

function dayCount(days: number): string {
  return new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit: 'day', unitDisplay: 'short' }).format(days)
}
