// What a report is made of, part by part: figures, rows, columns, which records, period, order, look.
import { useState } from 'preact/hooks'
import { entity } from '../data/session'
import { FilterBar } from '../filter/FilterBar'
import { charts, COLUMNS_MAX, basesOf, entitiesOf, fits, METRICS_MAX, moved, ROWS_MAX, whereOf, withoutMetric, withWhere } from './definition'
import { Chosen, type Part } from './Chosen'
import { Colors } from './Colors'
import { comparisons, periods } from './PeriodMenu'
import { tr, type ReportsKey } from './texts'
import { forms, type Catalog, type Definition } from './wire'

interface Props { catalog: Catalog; definition: Definition; onChange: (next: Definition) => void }

export function BuilderPanel({ catalog, definition, onChange }: Props) {
  const bases = basesOf(catalog, definition.measures)
  const put = (change: Partial<Definition>): void => onChange({ ...definition, ...change })
  const metrics = catalog.metrics.map((metric): Part => ({ name: metric.name, label: metric.label, hint: entity(metric.definition.of ?? '')?.label_plural ?? tr('computed_short') }))
  const dimensions = catalog.dimensions.map((dimension): Part => ({ name: dimension.name, label: dimension.label, ...(fits(dimension, bases) ? {} : { unfit: tr('unfit') }) }))
  const used = [...definition.rows, ...definition.columns]
  const free = dimensions.filter((part) => !part.unfit && !used.includes(part.name))
  const swap = (from: 'rows' | 'columns', to: 'rows' | 'columns', name: string): void => put({ [from]: definition[from].filter((one) => one !== name), [to]: [...definition[to], name] })
  const room = { rows: ROWS_MAX, columns: COLUMNS_MAX }
  return (
    <form class="builder-panel" aria-label={tr('parts')} onSubmit={(event) => event.preventDefault()}>
      <Chosen label={tr('figures')} add={tr('add_figure')} all={metrics} chosen={definition.measures} free={metrics.filter((part) => !definition.measures.includes(part.name))} most={METRICS_MAX}
        onAdd={(name) => put({ measures: [...definition.measures, name] })} onRemove={(name) => onChange(withoutMetric(definition, name))} onMove={(from, to) => put({ measures: moved(definition.measures, from, to) })} />
      {(['rows', 'columns'] as const).map((kind) => {
        const other = kind === 'rows' ? 'columns' : 'rows'
        return <Chosen key={kind} label={tr(kind)} add={tr(`add_${kind}`)} all={dimensions} chosen={definition[kind]} free={free} most={room[kind]}
          onAdd={(name) => put({ [kind]: [...definition[kind], name] })} onRemove={(name) => put({ [kind]: definition[kind].filter((one) => one !== name) })} onMove={(from, to) => put({ [kind]: moved(definition[kind], from, to) })}
          {...(definition[other].length < room[other] ? { aside: { label: tr(`to_${other}`), run: (name: string) => swap(kind, other, name) } } : {})} />
      })}
      <Records entities={entitiesOf(bases)} definition={definition} onChange={onChange} />
      <Chosen label={tr('readers_choose')} add={tr('add_filter')} all={dimensions} chosen={definition.filters} free={dimensions.filter((part) => !part.unfit && !definition.filters.includes(part.name))} most={12}
        onAdd={(name) => put({ filters: [...definition.filters, name] })} onRemove={(name) => put({ filters: definition.filters.filter((one) => one !== name) })} onMove={(from, to) => put({ filters: moved(definition.filters, from, to) })} />
      <Look catalog={catalog} definition={definition} put={put} onChange={onChange} />
    </form>
  )
}

/** Which records are counted: a filter for each kind of them. */
function Records({ entities, definition, onChange }: { entities: string[]; definition: Definition; onChange: (next: Definition) => void }) {
  const [adding, setAdding] = useState<string | null>(null)
  const known = entities.flatMap((name) => entity(name) ?? [])
  if (known.length === 0) return null
  return (
    <fieldset class="builder-part"><legend>{tr('which_records')}</legend>
      {known.map((one) => (
        <div key={one.name} class="builder-filter">{known.length > 1 && <span class="hint">{one.label_plural}</span>}
          <FilterBar entity={one} state={{ where: whereOf(definition, one.name) }} problem={null} adding={adding === one.name} onAdding={(open) => setAdding(open ? one.name : null)} set={({ where }) => onChange(withWhere(definition, one.name, where))} />
        </div>
      ))}
    </fieldset>
  )
}

interface LookProps extends Props { put: (change: Partial<Definition>) => void }

function Look({ catalog, definition, put, onChange }: LookProps) {
  const metrics = definition.measures.flatMap((name) => catalog.metrics.find((one) => one.name === name) ?? [])
  const without = (key: 'compare' | 'sort' | 'limit' | 'form' | 'numbers'): Definition => { const { [key]: _, ...rest } = definition; return rest }
  const parted = definition.rows.length > 0
  const orders = metrics.flatMap(({ name, label }) => [{ value: `-${name}`, label: tr('largest_first', { label }) }, { value: name, label: tr('smallest_first', { label }) }])
  const possible = forms.filter((form) => form !== 'pivot' || (parted && definition.columns.length > 0))
  return (
    <fieldset class="builder-part"><legend>{tr('look')}</legend>
      <Choice label={tr('period')} value={definition.period ?? 'all'} options={[...periods, ...(definition.period && !(periods as readonly string[]).includes(definition.period) ? [definition.period] : [])].map((value) => ({ value, label: (periods as readonly string[]).includes(value) ? tr(`p_${value}` as ReportsKey) : value }))}
        onChange={(period) => onChange(period === 'all' ? { ...without('compare'), period } : { ...definition, period })} />
      {definition.period !== 'all' && <Choice label={tr('compare')} value={definition.compare ?? 'none'} options={comparisons.map((value) => ({ value, label: tr(`c_${value}`) }))} onChange={(compare) => onChange(compare === 'none' ? without('compare') : { ...definition, compare })} />}
      {parted && <Choice label={tr('order')} value={definition.sort ?? ''} options={[{ value: '', label: tr('order_own') }, ...orders]} onChange={(sort) => onChange(sort ? { ...definition, sort } : without('sort'))} />}
      {parted && definition.columns.length === 0 && <Choice label={tr('limit')} value={String(definition.limit ?? '')} options={['', '5', '10', '20', '50', '100'].map((value) => ({ value, label: value ? tr('first_n', { n: Number(value) }) : tr('all_rows') }))} onChange={(limit) => onChange(limit ? { ...definition, limit: Number(limit) } : without('limit'))} />}
      <Choice label={tr('form')} value={definition.form ?? ''} options={[{ value: '', label: tr('form_own') }, ...possible.map((value) => ({ value, label: tr(`form_${value}`) }))]} onChange={(form) => onChange(form ? { ...definition, form: forms.find((one) => one === form)! } : without('form'))} />
      <Choice label={tr('drawn_as')} value={definition.chart ?? 'none'} options={charts.map((value) => ({ value, label: tr(`chart_${value}`) }))} onChange={(chart) => put({ chart })} />
      <label class="check"><input type="checkbox" checked={definition.numbers ?? false} onChange={(event) => onChange(event.currentTarget.checked ? { ...definition, numbers: true } : without('numbers'))} />{tr('row_numbers')}</label>
      <Colors metrics={metrics} colors={definition.colors ?? {}} onChange={(colors) => { const { colors: _, ...rest } = definition; onChange(Object.keys(colors).length ? { ...rest, colors } : rest) }} />
    </fieldset>
  )
}

interface ChoiceProps { label: string; value: string; options: { value: string; label: string }[]; onChange: (value: string) => void }

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label class="builder-choice"><span>{label}</span>
      <select class="input" aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>{options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}</select>
    </label>
  )
}
