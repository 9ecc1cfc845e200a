// The value of a condition: a text, a number, a day, or some of many.
import { useEffect, useState } from 'preact/hooks'
import { findReferences } from '../data/records'
import { directory, entity as findEntity, pipelines } from '../data/session'
import type { Entity, Field } from '../data/types'
import { t } from '../locale/i18n'
import { knowTitle, valueLabel } from './sentence'
import { shapeOf } from './choices'

interface Props { entity: Entity; field: Field; values: string[]; onValues: (values: string[]) => void }
const PAUSE_MS = 120

export function ValueEditor(props: Props) {
  const { field, values, onValues } = props
  const shape = shapeOf(field)
  if (shape === 'any') return <ManyEditor {...props} />
  const type = (event: { currentTarget: { value: string } }): void => onValues([event.currentTarget.value])
  if (shape === 'date') return <input class="input" type="date" aria-label={field.label} value={values[0] ?? ''} onInput={type} />
  return <input class="input" type="text" autofocus inputMode={shape === 'number' ? 'decimal' : undefined} aria-label={field.label} placeholder={field.label} value={values[0] ?? ''} onInput={type} autocomplete="off" />
}

function ManyEditor({ entity, field, values, onValues }: Props) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<string[]>([])
  const target = field.ref ? findEntity(field.ref) : undefined
  const isStage = field.ref === 'stage' || field.ref === 'pipeline'
  const fixed = field.ref === 'pipeline' ? pipelines(entity.name).map((item) => item.id) : isStage ? pipelines(entity.name).flatMap((item) => item.stages.map((stage) => stage.id))
    : field.directory ? (directory(field.directory)?.items.map((item) => item.code) ?? []) : null
  useEffect(() => {
    if (fixed || !target) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      findReferences(target, text, abort.signal).then((rows) => { for (const row of rows) knowTitle(row.id, row.title); setFound(rows.map((row) => row.id)) }).catch(() => {})
    }, text ? PAUSE_MS : 0)
    return () => { clearTimeout(timer); abort.abort() }
  }, [text, field.name])
  const calls = field.ref === 'user' ? ['me()'] : field.ref === 'team' ? ['my_team()', 'my_tree()'] : []
  const all = [...new Set([...values, ...calls, ...(fixed ?? found)])]
  const shown = all.filter((value) => values.includes(value) || valueLabel(entity, field, value).toLowerCase().includes(text.toLowerCase()))
  const toggle = (value: string): void => onValues(values.includes(value) ? values.filter((item) => item !== value) : [...values, value])
  return (
    <div class="many">
      <input class="input" type="search" autofocus aria-label={t('search')} placeholder={`${t('search')}…`} value={text} onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => { if (event.key === 'Enter' && text && shown[0]) { event.preventDefault(); toggle(shown[0]); setText('') } }} />
      <fieldset class="many-list"><legend class="visually-hidden">{field.label}</legend>
        {shown.map((value) => <label key={value} class="menu-item"><input type="checkbox" checked={values.includes(value)} onChange={() => toggle(value)} /><span class="grow">{valueLabel(entity, field, value)}</span></label>)}
        {shown.length === 0 && <p class="option-note">{t('no_results')}</p>}
      </fieldset>
    </div>
  )
}
