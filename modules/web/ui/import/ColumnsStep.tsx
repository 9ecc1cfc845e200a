// Which column fills which field, with what the server makes of its first texts; how the file is read.
import { ArrowRight, TriangleAlert } from 'lucide-preact'
import type { Entity, Field } from '../data/types'
import { formatValue } from '../format/format'
import { Button } from '../kit/Button'
import { t } from '../locale/i18n'
import { ti } from './texts'
import { writeMap, type Options, type Preview, type PreviewColumn, type Sample } from './wire'

interface ColumnsStepProps { entity: Entity; file: File; seen: Preview; options: Options; onOptions: (change: Record<string, string | null>) => void; onNext: () => void }
const closed = new Set(['formula', 'rollup', 'children', 'json', 'file', 'series'])
const encodings = ['UTF-8', 'windows-1251', 'windows-1252', 'KOI8-R', 'UTF-16LE', 'ISO-8859-1']
const delimiters = [',', ';', 'tab', '|']
const orders = ['dmy', 'mdy', 'ymd'] as const

export function ColumnsStep({ entity, file, seen, options, onOptions, onNext }: ColumnsStepProps) {
  const fields = entity.fields.filter((field) => !field.read_only && !field.locked && !closed.has(field.type))
  const mapped = seen.columns.filter((column) => column.field)
  const map = (changed: PreviewColumn, field: string): void => onOptions({
    map: writeMap(seen.columns.map((column) => [column.column, column === changed ? field : column.field === field && field ? '' : column.field ?? ''])) || null,
  })
  const keys = fields.filter((field) => mapped.some((column) => column.field === field.name) && ['text', 'integer', 'labelled'].includes(field.type))
  const dates = seen.columns.some((column) => column.date_order)
  return (
    <div class="import-columns">
      {seen.photos > 0 && <p class="hint">{ti('photos', { count: seen.photos })}</p>}
      <p class="hint">{file.name} · {seen.from === 'remembered' ? ti('remembered') : ti('columns_hint')}</p>
      <div class="import-options">
        {seen.sheets && seen.sheets.length > 1 && <Choice id="sheet" label={ti('sheet')} value={options.sheet ?? seen.sheet ?? ''} onChange={(sheet) => onOptions({ sheet, map: null })} options={seen.sheets.map((name): [string, string] => [name, name])} />}
        {seen.form !== 'xlsx' && <Choice id="encoding" label={ti('encoding')} value={options.encoding ?? ''} onChange={(encoding) => onOptions({ encoding })} options={[['', ti('auto', { what: seen.encoding })], ...encodings.map((item): [string, string] => [item, item])]} />}
        {seen.form === 'csv' && <Choice id="delimiter" label={ti('delimiter')} value={options.delimiter ?? ''} onChange={(delimiter) => onOptions({ delimiter, map: null })} options={[['', ti('auto', { what: seen.delimiter === '\t' ? ti('tab') : seen.delimiter })], ...delimiters.map((item): [string, string] => [item, item === 'tab' ? ti('tab') : item])]} />}
        {(dates || options.date_order) && <Choice id="date_order" label={ti('date_order')} value={options.date_order ?? ''} onChange={(order) => onOptions({ date_order: order })} options={[['', ti('as_guessed')], ...orders.map((item): [string, string] => [item, ti(item)])]} />}
        <Choice id="key" label={ti('found_by')} value={options.key ?? ''} onChange={(key) => onOptions({ key, mode: null })} options={[['', ti('found_none')], ...keys.map((field): [string, string] => [field.name, field.label])]} />
        {options.key && <Choice id="mode" label={ti('mode')} value={options.mode ?? 'upsert'} onChange={(mode) => onOptions({ mode })} options={(['upsert', 'update', 'create'] as const).map((item): [string, string] => [item, ti(`mode_${item}`)])} />}
        <Choice id="unknown" label={ti('unknown')} value={options.unknown ?? ''} onChange={(unknown) => onOptions({ unknown })} options={[['', ti('unknown_default')], ...(['reject', 'empty', 'create'] as const).map((item): [string, string] => [item, ti(`unknown_${item}`)])]} />
      </div>
      <ul class="mapping">
        {seen.columns.map((column, index) => {
          if (seen.form === 'vcf' && column.filled === 0) return null
          const field = fields.find((item) => item.name === column.field?.split('.')[0])
          const known = !column.field || ['id', 'full_name'].includes(column.field) || fields.some((item) => item.name === column.field)
          return (
            <li key={`${column.column} ${index}`} class={column.field ? '' : 'left-out'}>
              <div class="mapping-head">
                <strong>{column.column || '—'}</strong>
                <ArrowRight size={14} aria-hidden="true" />
                <select class="input" aria-label={ti('field_of', { column: column.column })} value={column.field ?? ''} onChange={(event) => map(column, event.currentTarget.value)}>
                  <option value="">{ti('leave_out')}</option>
                  {!known && <option value={column.field ?? ''}>{field?.label} ({column.field?.split('.').slice(1).join('.')})</option>}
                  {entity.fields.some((item) => item.name === 'last_name') && <option value="full_name">{ti('full_name')}</option>}
                  {fields.map((item) => <option key={item.name} value={item.name}>{item.label}</option>)}
                  <option value="id">{ti('own_id')}</option>
                </select>
              </div>
              <Samples column={column} field={field} />
              {column.unread > 0 && <p class="warn"><TriangleAlert size={13} aria-hidden="true" />{ti('unread', { count: column.unread })}</p>}
            </li>
          )
        })}
      </ul>
      <label class="check"><input type="checkbox" checked={options.automations === 'on'} onChange={(event) => onOptions({ automations: event.currentTarget.checked ? 'on' : null })} />{ti('automations')}</label>
      <div class="form-actions"><Button look="primary" disabled={mapped.length === 0} onClick={onNext}>{ti('check')}</Button></div>
    </div>
  )
}

/** The text of the file, and under it what it becomes where that is something else. */
function Samples({ column, field }: { column: PreviewColumn; field: Field | undefined }) {
  const read = (sample: Sample): string => (field && sample.value !== undefined ? formatValue(field, sample.value) : '')
  const plain = column.field && column.samples.every((sample) => !sample.problem && (!read(sample) || read(sample) === sample.text))
  const note = column.as === 'choice' || column.as === 'links' ? ti('made') : ti('as_is')
  return (
    <div class="samples" role="group" aria-label={`${column.column}: ${ti('samples')}`}>
      {column.samples.slice(0, 4).map((sample, index) => {
        const value = read(sample)
        return (
          <div key={index}>
            <code>{sample.text}</code>
            {sample.problem ? <span class="bad">{sample.problem}</span> : value && value !== sample.text ? <span>{value}</span> : null}
          </div>
        )
      })}
      {plain && column.samples.length > 0 && <span class="same">{note}</span>}
      {column.samples.length === 0 && <span class="same">{t('blank')}</span>}
    </div>
  )
}

export function Choice({ id, label, value, options, onChange }: { id: string; label: string; value: string; options: [string, string][]; onChange: (value: string | null) => void }) {
  return (
    <div class="field">
      <label for={`import-${id}`}>{label}</label>
      <select id={`import-${id}`} class="input" value={value} onChange={(event) => onChange(event.currentTarget.value || null)}>
        {options.map(([code, text]) => <option key={code} value={code}>{text}</option>)}
      </select>
    </div>
  )
}
