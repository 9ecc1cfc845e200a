// What a widget shows: a report and how, a list of records, or a text.
import { useEffect, useState } from 'preact/hooks'
import { get } from '../data/api'
import { entity as findEntity, lists } from '../data/session'
import { Button } from '../kit/Button'
import { Combobox } from '../kit/Combobox'
import { Dialog } from '../kit/Dialog'
import { Segmented } from '../kit/Segmented'
import { FilterBar } from '../filter/FilterBar'
import { t } from '../locale/i18n'
import { comparisons, periods } from '../reports/PeriodMenu'
import { tr } from '../reports/texts'
import type { Catalog, Report } from '../reports/wire'
import { td } from './texts'
import { shownWords, textOf, type Shown, type Widget } from './wire'

type Kind = 'report' | 'list' | 'text'
const kinds: readonly Kind[] = ['report', 'list', 'text']
const kindOf = (widget: Widget | null): Kind => (widget?.entity ? 'list' : widget?.text !== undefined ? 'text' : 'report')
const COLUMNS = 4
interface Props { widget: Widget | null; onKeep: (widget: Widget) => void; onClose: () => void }

export function WidgetDialog({ widget, onKeep, onClose }: Props) {
  const [kind, setKind] = useState<Kind>(kindOf(widget))
  const [next, setNext] = useState<Widget>(widget ?? {})
  const put = (change: { [K in keyof Widget]?: Widget[K] | undefined }): void => setNext((now) => Object.fromEntries(Object.entries({ ...now, ...change }).filter(([, value]) => value !== undefined && value !== '')) as Widget)
  const ready = kind === 'report' ? !!next.report && (next.shown !== 'goal' || !!next.goal) : kind === 'list' ? !!next.entity : textOf(next.text).trim() !== ''
  const keep = (): void => {
    const { title, width, height } = next
    const place = { ...(title ? { title } : {}), ...(width ? { width } : {}), ...(height ? { height } : {}) }
    if (kind === 'text') onKeep({ text: next.text!, ...place })
    else if (kind === 'list') { const { entity, where, sort, fields, limit } = next; onKeep({ entity: entity!, ...(where ? { where } : {}), ...(sort ? { sort } : {}), ...(fields ? { fields } : {}), ...(limit ? { limit } : {}), ...place }) }
    else { const { entity: _, where: _w, sort: _s, fields: _f, text: _t, goal, ...rest } = next; onKeep({ ...rest, ...(next.shown === 'goal' && goal ? { goal } : {}) }) }
  }
  return (
    <Dialog label={widget ? td('settings') : td('add')} onClose={onClose}>
      <form class="dialog-body" onSubmit={(event) => { event.preventDefault(); if (ready) keep() }}>
        {!widget && <Segmented label={td('kind')} name="widget-kind" value={kind} options={kinds.map((value) => ({ value, label: td(`kind_${value}`) }))} onChange={setKind} />}
        {kind === 'report' && <OfReport widget={next} put={put} />}
        {kind === 'list' && <OfList widget={next} put={put} />}
        {kind === 'text' && <div class="field"><label for="widget-text">{td('text')}</label><textarea id="widget-text" class="input" rows={5} maxLength={4000} value={textOf(next.text)} onInput={(event) => put({ text: event.currentTarget.value })} /></div>}
        <div class="field"><label for="widget-title">{td('widget_title')}</label><input id="widget-title" class="input" maxLength={120} placeholder={td('title_own')} value={textOf(next.title)} onInput={(event) => put({ title: event.currentTarget.value })} autocomplete="off" /></div>
        <div class="actions"><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" disabled={!ready}>{td('keep')}</Button></div>
      </form>
    </Dialog>
  )
}

interface PartProps { widget: Widget; put: (change: { [K in keyof Widget]?: Widget[K] | undefined }) => void }
interface ChoiceProps { id: string; label: string; value: string; options: { value: string; label: string }[]; onChange: (value: string) => void }

function Choice({ id, label, value, options, onChange }: ChoiceProps) {
  return <div class="field"><label for={id}>{label}</label><select id={id} class="input" value={value} onChange={(event) => onChange(event.currentTarget.value)}>{options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}</select></div>
}

function OfReport({ widget, put }: PartProps) {
  const [reports, setReports] = useState<Report[]>([])
  const [catalog, setCatalog] = useState<Catalog | null>(null)
  const [typed, setTyped] = useState('')
  useEffect(() => { Promise.all([get<{ reports: Report[] }>('reports'), get<Catalog>('reports/catalog')]).then(([all, found]) => { setReports(all.reports.filter((one) => !one.problem)); setCatalog(found) }).catch(() => {}) }, [])
  const report = reports.find((one) => one.name === widget.report)
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const options = reports.filter((one) => words.every((word) => one.label.toLowerCase().includes(word))).map((one) => ({ value: one.name, label: one.label, ...(one.help ? { hint: one.help } : {}) }))
  const metrics = (report?.measures ?? []).map((name) => ({ value: name, label: catalog?.metrics.find((metric) => metric.name === name)?.label ?? name }))
  const possible = shownWords.filter((word) => (word !== 'pivot' || (report?.columns.length ?? 0) > 0) && (word !== 'funnel' || report?.rows.length === 1) && (word !== 'goal' || metrics.length > 1) && (word !== 'chart' || (report?.rows.length ?? 0) > 0))
  const shown = widget.shown ?? 'table'
  const choose = (name: string): void => put({ report: name, shown: undefined, metric: undefined, goal: undefined })
  return (
    <>
      <div class="field"><span class="field-label" id="widget-report">{td('report')}</span><Combobox label={td('report')} text={report?.label ?? ''} placeholder={td('report')} options={options} onSearch={setTyped} onChoose={(option) => choose(option.value)} /></div>
      {report && <>
        <Choice id="widget-shown" label={td('shown')} value={shown} options={possible.map((value) => ({ value, label: td(`shown_${value}`) }))} onChange={(value) => put({ shown: value as Shown, ...(value === 'goal' ? { goal: widget.goal ?? metrics[1]?.value } : { goal: undefined }) })} />
        {shown !== 'table' && shown !== 'pivot' && shown !== 'cards' && metrics.length > 1 && <Choice id="widget-metric" label={td('metric')} value={widget.metric ?? metrics[0]!.value} options={metrics} onChange={(metric) => put({ metric })} />}
        {shown === 'goal' && <Choice id="widget-goal" label={td('goal')} value={widget.goal ?? ''} options={metrics} onChange={(goal) => put({ goal })} />}
        <Choice id="widget-period" label={td('period')} value={widget.period ?? ''} options={[{ value: '', label: td('period_page') }, ...periods.map((value) => ({ value, label: tr(`p_${value}`) }))]} onChange={(period) => put({ period })} />
        {widget.period !== 'all' && <Choice id="widget-compare" label={td('compare')} value={widget.compare ?? ''} options={[{ value: '', label: tr('order_own') }, ...comparisons.filter((value) => value !== 'none').map((value) => ({ value, label: tr(`c_${value}`) }))]} onChange={(compare) => put({ compare })} />}
        {shown === 'table' && report.rows.length > 0 && report.columns.length === 0 && <Choice id="widget-limit" label={td('rows')} value={String(widget.limit ?? '')} options={['', '5', '10', '20', '50', '100'].map((value) => ({ value, label: value || tr('all_rows') }))} onChange={(value) => put({ limit: value ? Number(value) : undefined })} />}
      </>}
    </>
  )
}

/** The title and the first fields that say something in a line. */
function fieldsOf(name: string): string {
  const entity = findEntity(name)
  const found = entity?.fields.filter((field) => !field.standard && field.name !== entity.title && ['money', 'date', 'choice', 'ref', 'time'].includes(field.type)).slice(0, COLUMNS - 1) ?? []
  return [entity?.title ?? 'id', ...found.map((field) => field.name)].join(',')
}

function OfList({ widget, put }: PartProps) {
  const [adding, setAdding] = useState(false)
  const entity = findEntity(widget.entity ?? '')
  const sortable = entity?.fields.filter((field) => field.sort) ?? []
  const choose = (name: string): void => put(name ? { entity: name, where: undefined, sort: undefined, fields: fieldsOf(name) } : { entity: undefined })
  return (
    <>
      <Choice id="widget-entity" label={td('entity')} value={widget.entity ?? ''} options={[{ value: '', label: '–' }, ...lists.value.map((one) => ({ value: one.name, label: one.label_plural }))]} onChange={choose} />
      {entity && <>
        <FilterBar entity={entity} state={{ where: widget.where ?? '' }} problem={null} adding={adding} onAdding={setAdding} set={({ where }) => put({ where })} />
        <Choice id="widget-sort" label={td('sort')} value={widget.sort ?? ''} options={[{ value: '', label: tr('order_own') }, ...sortable.flatMap((field) => [{ value: `-${field.name}`, label: tr('largest_first', { label: field.label }) }, { value: field.name, label: tr('smallest_first', { label: field.label }) }])]} onChange={(sort) => put({ sort })} />
        <Choice id="widget-limit" label={td('rows')} value={String(widget.limit ?? 10)} options={['5', '10', '20', '50', '100'].map((value) => ({ value, label: value }))} onChange={(value) => put({ limit: Number(value) })} />
      </>}
    </>
  )
}
