// A section as a card: head with the count, rows with a box to tick where the view has one, and the way to
// all of it.
import { Link } from 'wouter-preact'
import { Check } from 'lucide-preact'
import { request } from '../data/api'
import { directory } from '../data/session'
import { offerUndo, sayProblem } from '../data/undo'
import { isReference, type Field, type RecordData } from '../data/types'
import { clockText, daysBetween, momentOf, shortDay, today } from '../format/days'
import { choiceLabel, formatValue } from '../format/format'
import { useDelayed } from '../kit/delayed'
import { ErrorCard } from '../kit/ErrorCard'
import { Icon } from '../kit/Icon'
import { Tag } from '../kit/Tag'
import { language, t } from '../locale/i18n'
import { titleOf } from '../pages/columns'
import { pathOf, type Section } from './section'
import { th } from './texts'

const SKELETONS = 3

export function SectionCard({ section, onChanged }: { section: Section; onChanged: () => void }) {
  void section.version.value
  const { view, rows, total } = section
  const waiting = useDelayed(total === null && !section.problem)
  const path = pathOf(view, section.scope)
  const label = view.label ?? section.entity.label_plural
  const count = total && new Intl.NumberFormat(language.value).format(total.value) + (total.exact ? '' : '+')
  const tick = async (row: RecordData): Promise<void> => {
    if (!section.done || section.ticked.has(row.id)) return
    section.ticked.add(row.id)
    section.version.value++
    try {
      const { changeset } = await request('PATCH', `records/${section.entity.name}/${row.id}`, { body: { [section.done.name]: new Date().toISOString() } })
      offerUndo(th('ticked', { what: titleOf(section.entity, row) }), changeset, onChanged)
      onChanged()
    } catch (error) {
      section.ticked.delete(row.id)
      section.version.value++
      sayProblem(error)
    }
  }
  return (
    <section class="home-section" aria-labelledby={`home-${view.name}`} data-view={view.name}>
      <h2 id={`home-${view.name}`}>
        <span class={`home-icon tag ${view.tone ?? ''}`}><Icon name={view.icon ?? section.entity.icon} size={14} /></span>
        <Link href={path}>{label}</Link>
        {count && <span class="home-count">{count}</span>}
      </h2>
      {section.problem && <ErrorCard error={section.problem} retry={() => void section.load()} />}
      {waiting && [...Array(SKELETONS).keys()].map((index) => <div key={index} class="home-row" aria-hidden="true"><span class="skeleton wide" /></div>)}
      {rows.length > 0 && <ul>{rows.map((row) => <Row key={row.id} section={section} row={row} onTick={() => void tick(row)} />)}</ul>}
      {total?.value === 0 && <p class="home-none"><Check size={15} aria-hidden="true" />{view.help ?? t('no_results')}</p>}
      {total && total.value > rows.length && <Link class="home-all" href={path}>{th('show_all', { count: count ?? '' })}</Link>}
    </section>
  )
}

function Row({ section, row, onTick }: { section: Section; row: RecordData; onTick: () => void }) {
  const { entity, done, kind, stage, amount } = section
  const title = titleOf(entity, row)
  const ticked = section.ticked.has(row.id)
  const code = kind ? row[kind.name] : null
  const details = [...section.lines, ...(stage ? [stage] : [])].map((field) => formatValue(field, row[field.name])).filter(Boolean)
  return (
    <li class="home-row" data-ticked={ticked ? 'true' : undefined}>
      {done && entity.can.update && <label class="tick-label"><input type="checkbox" checked={ticked} disabled={ticked} aria-label={t('home_tick_what', { what: title })} onChange={onTick} /></label>}
      <span class="home-what">
        <Link class="home-title" href={`/${entity.name}/${row.id}`}>{title}</Link>
        {details.length > 0 && <span class="home-lines">{details.join(' · ')}</span>}
      </span>
      {kind && typeof code === 'string' && <Tag text={choiceLabel(kind, code)} color={directory(kind.directory)?.items.find((item) => item.code === code)?.color} />}
      <span class="home-facts">
        {amount && row[amount.name] && <span class="home-amount">{formatValue(amount, row[amount.name])}</span>}
        <When fields={section.dates} row={row} />
      </span>
    </li>
  )
}

/** The first date that is filled: the clock for today, else the day; what is past stands out. */
function When({ fields, row }: { fields: Field[]; row: RecordData }) {
  const field = fields.find((item) => typeof row[item.name] === 'string')
  const value = field ? String(row[field.name]) : ''
  if (!field || isReference(row[field.name])) return null
  const { day } = momentOf(field.value === 'date' ? `${value}T12:00:00Z` : value)
  const away = daysBetween(today(), field.value === 'date' ? value : day)
  return <span class={away < 0 ? 'home-when past' : 'home-when'} title={field.label}>{away === 0 && field.value === 'time' ? clockText(value) : shortDay(field.value === 'date' ? value : day)}</span>
}
