// The filter as a row of sentences; each opens to be changed, the last one adds.
import { useRef, useState } from 'preact/hooks'
import { Plus, X } from 'lucide-preact'
import type { Problem } from '../data/api'
import type { Entity } from '../data/types'
import { lazy } from '../kit/lazy'
import { t } from '../locale/i18n'
import { parseFilter, printFilter, type Condition } from './condition'
import type { FilterEditorProps } from './FilterEditor'
import { sentenceOf } from './sentence'

const FilterEditor = lazy<FilterEditorProps>(() => import('./FilterEditor').then((module) => module.FilterEditor))

interface Props { entity: Entity; state: { where: string }; set: (next: { where: string }, keep?: boolean) => void; problem: Problem | null; adding: boolean; onAdding: (adding: boolean) => void }

export function FilterBar({ entity, state, set, problem, adding, onAdding }: Props) {
  const conditions = parseFilter(entity, state.where)
  const [open, setOpen] = useState(-1)
  const adder = useRef<HTMLButtonElement>(null)
  const put = (next: Condition[]): void => set({ where: printFilter(entity, next) }, true)
  const refused = problem?.status === 400 ? problem : null
  const lastExpression = conditions.findLastIndex((condition) => condition.kind === 'expression')
  return (
    <div class="chips" role="group" aria-label={t('filter')}>
      {conditions.map((condition, index) => (
        <Chip key={`${index}/${printFilter(entity, [condition])}`} entity={entity} condition={condition} open={open === index} problem={refused && index === lastExpression ? refused : null}
          onOpen={(opened) => setOpen(opened ? index : -1)} onRemove={() => put(conditions.filter((_, at) => at !== index))}
          onChange={(changed) => { setOpen(-1); put(conditions.map((old, at) => (at === index ? changed : old))) }} />
      ))}
      <button ref={adder} type="button" class="chip add" aria-haspopup="dialog" aria-expanded={adding} aria-keyshortcuts="f" onClick={() => onAdding(!adding)}><Plus size={13} aria-hidden="true" />{t('filter_add')}</button>
      {conditions.length > 2 && <button type="button" class="chip clear" onClick={() => put([])}>{t('clear')}</button>}
      {adding && <FilterEditor entity={entity} anchor={adder} condition={null} problem={null} onClose={() => onAdding(false)} onApply={(condition) => { onAdding(false); put([...conditions, condition]) }} />}
      {refused && <p class="filter-error" role="alert">{refused.message}</p>}
    </div>
  )
}

interface ChipProps { entity: Entity; condition: Condition; open: boolean; problem: Problem | null; onOpen: (open: boolean) => void; onRemove: () => void; onChange: (condition: Condition) => void }

function Chip({ entity, condition, open, problem, onOpen, onRemove, onChange }: ChipProps) {
  const body = useRef<HTMLButtonElement>(null)
  const { subject, verb, value } = sentenceOf(entity, condition)
  const text = [subject, verb, value].filter(Boolean).join(' ')
  return (
    <span class={`chip${problem ? ' bad' : ''}${condition.kind === 'expression' ? ' code' : ''}`}>
      <button ref={body} type="button" class="chip-body" aria-haspopup="dialog" aria-expanded={open} title={text} onClick={() => onOpen(!open)}><span class="subject">{subject}</span> {verb && <span>{verb} </span>}<strong>{value}</strong></button>
      <button type="button" class="chip-x" aria-label={`${t('remove')}: ${text}`} onClick={onRemove}><X size={12} aria-hidden="true" /></button>
      {open && <FilterEditor entity={entity} anchor={body} condition={condition} problem={problem} onClose={() => onOpen(false)} onApply={onChange} />}
    </span>
  )
}
