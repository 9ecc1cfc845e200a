// One condition being made: field, verb, value; or the expression itself with the server's objection.
import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import { Code, ListFilter } from 'lucide-preact'
import type { Problem } from '../data/api'
import { entity as findEntity } from '../data/session'
import type { Entity, Field } from '../data/types'
import { Button } from '../kit/Button'
import { moveFocus } from '../kit/Menu'
import { Popover } from '../kit/Popover'
import { t } from '../locale/i18n'
import { filterFields, makeCondition, needsValue, shapeOf, valuesOf, verbOf, verbsOf } from './choices'
import { fieldAt, fieldOf, printFilter, type Condition } from './condition'
import { ExpressionEditor } from './ExpressionEditor'
import { SegmentEditor } from './SegmentEditor'
import { ValueEditor } from './ValueEditor'

export interface FilterEditorProps {
  entity: Entity
  anchor: RefObject<HTMLElement>
  condition: Condition | null
  problem: Problem | null
  onApply: (condition: Condition) => void
  onClose: () => void
}

export function FilterEditor({ entity, anchor, condition, problem, onApply, onClose }: FilterEditorProps) {
  const [field, setField] = useState<Field | null>(condition && fieldOf(entity, condition))
  const [raw, setRaw] = useState(condition?.kind === 'expression')
  const [segments, setSegments] = useState(condition?.kind === 'segment')
  return (
    <Popover anchor={anchor} label={t('filter')} class="filter-editor" onClose={onClose}>
      {raw ? <ExpressionEditor entity={entity} text={condition ? printFilter(entity, [condition]) : ''} problem={problem} onApply={(text) => onApply({ kind: 'expression', text })} />
        : segments ? <SegmentEditor entity={entity} condition={condition?.kind === 'segment' ? condition : null} onApply={onApply} onBack={condition ? undefined : () => setSegments(false)} />
        : field ? <ConditionEditor entity={entity} field={field} condition={condition} onApply={onApply} onBack={condition ? undefined : () => setField(null)} onRaw={() => setRaw(true)} />
          : <FieldPicker entity={entity} onPick={setField} onApply={onApply} onRaw={() => setRaw(true)} onSegments={() => setSegments(true)} />}
    </Popover>
  )
}

interface FieldPickerProps { entity: Entity; onPick: (field: Field) => void; onApply: (condition: Condition) => void; onRaw: () => void; onSegments: () => void }

function FieldPicker({ entity, onPick, onApply, onRaw, onSegments }: FieldPickerProps) {
  const [text, setText] = useState('')
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (label: string): boolean => words.every((word) => label.toLowerCase().includes(word))
  const fields = filterFields(entity, findEntity).filter((field) => (words.length ? fits(field.label) : !field.name.includes('.')))
  const quick = [
    { label: t('mine'), condition: { kind: 'any', field: 'owner', not: false, values: ['me()'] } as Condition },
    { label: t('of_my_team'), condition: { kind: 'any', field: 'team', not: false, values: ['my_team()'] } as Condition },
  ].filter((item) => fits(item.label) && item.condition.kind === 'any' && fieldAt(entity, item.condition.field))
  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && fields[0] && (event.target as HTMLElement).tagName === 'INPUT') { event.preventDefault(); onPick(fields[0]) }
    else moveFocus(event.key.length > 1 ? event : new KeyboardEvent('keydown'), event.currentTarget as HTMLElement, 'input, .menu-item')
    if (['ArrowDown', 'ArrowUp'].includes(event.key)) event.preventDefault()
  }
  return (
    <div class="field-picker" onKeyDown={keys}>
      <input class="input" type="search" autofocus value={text} placeholder={t('field_find')} aria-label={t('field_find')} onInput={(event) => setText(event.currentTarget.value)} />
      <div class="field-list">
        {quick.map((item) => <button type="button" class="menu-item" key={item.label} onClick={() => onApply(item.condition)}><span class="grow">{item.label}</span></button>)}
        {quick.length > 0 && <div class="menu-line" />}
        {fields.map((field) => <button type="button" class="menu-item" key={field.name} onClick={() => onPick(field)}><span class="grow">{field.label}</span></button>)}
        {fields.length + quick.length === 0 && <p class="option-note">{t('no_results')}</p>}
      </div>
      <div class="menu-line" />
      {findEntity('segment') && <button type="button" class="menu-item" onClick={onSegments}><ListFilter size={14} aria-hidden="true" /><span class="grow">{t('segment_in')}</span></button>}
      <button type="button" class="menu-item" onClick={onRaw}><Code size={14} aria-hidden="true" /><span class="grow">{t('expression_write')}</span></button>
    </div>
  )
}

interface ConditionEditorProps { entity: Entity; field: Field; condition: Condition | null; onApply: (condition: Condition) => void; onBack: (() => void) | undefined; onRaw: () => void }

function ConditionEditor({ entity, field, condition, onApply, onBack, onRaw }: ConditionEditorProps) {
  const [verb, setVerb] = useState(verbOf(field, condition))
  const [values, setValues] = useState(valuesOf(condition))
  const made = makeCondition(field, verb, values)
  const apply = (event: Event): void => { event.preventDefault(); if (made) onApply(made) }
  return (
    <form class="condition" onSubmit={apply}>
      <div class="condition-head">{onBack ? <button type="button" class="link" onClick={onBack}>‹ {field.label}</button> : <strong>{field.label}</strong>}<span class="grow" />
        <button type="button" class="button quiet icon" aria-label={t('expression_write')} title={t('expression_write')} onClick={onRaw}><Code size={14} aria-hidden="true" /></button></div>
      <select class="input" aria-label={t('verb')} value={verb} onChange={(event) => setVerb(event.currentTarget.value)} autofocus={shapeOf(field) === 'date' || shapeOf(field) === 'flag'}>
        {verbsOf(field).map((item) => <option key={item.value} value={item.value}>{item.label}</option>)}
      </select>
      {needsValue(field, verb) && <ValueEditor entity={entity} field={field} values={values} onValues={setValues} />}
      <div class="form-actions"><Button type="submit" look="primary" disabled={!made}>{t('apply')}</Button></div>
    </form>
  )
}
