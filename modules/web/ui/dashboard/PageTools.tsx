// What holds for the whole page: its period, whose figures, and what narrows it; all of it in the address.
import { useRef, useState } from 'preact/hooks'
import { X } from 'lucide-preact'
import { ReferencePicker } from '../field/ReferencePicker'
import { entity as findEntity } from '../data/session'
import { Menu } from '../kit/Menu'
import { OwnPeriod, periods } from '../reports/PeriodMenu'
import { keyText } from '../reports/figures'
import { tr, type ReportsKey } from '../reports/texts'
import type { Key, Parameters } from '../reports/wire'
import { td } from './texts'
import type { Page } from './wire'

interface Props { page: Page; period: string | undefined; parameters: Parameters; onChoose: (next: Partial<Parameters>) => void }

const people = [['owner', 'user'], ['team', 'team']] as const

export function PageTools({ page, period: own, parameters, onChoose }: Props) {
  const opener = useRef<HTMLSpanElement>(null)
  const [choosing, setChoosing] = useState(false)
  const period = parameters.period ?? own ?? ''
  const known = (periods as readonly string[]).includes(period)
  const narrowed = Object.entries(parameters.filters)
  const dimensionOf = (name: string) => page.widgets.flatMap((found) => found.answer?.dimensions ?? []).find((one) => one.name === name)
  const narrow = (name: string, keys: Key[]): void => onChoose({ filters: { ...parameters.filters, [name]: keys } })
  return (
    <>
      <span ref={opener} class="report-period">
        <Menu label={tr('period')} class="button" align="start" items={[
          ...periods.map((name) => ({ label: tr(`p_${name}`), checked: name === period, run: () => onChoose({ period: name }) })),
          { label: tr('p_own'), checked: period !== '' && !known, section: true as const, run: () => setChoosing(true) },
        ]}>{known ? tr(`p_${period}` as ReportsKey) : period ? period.replace('..', ' – ') : td('period_own')}</Menu>
        {choosing && <OwnPeriod anchor={opener} period={page.period} onClose={() => setChoosing(false)} onChoose={(span) => { setChoosing(false); onChoose({ period: span }) }} />}
      </span>
      {people.map(([name, entity]) => findEntity(entity)?.can.read && !parameters.filters[name]?.length && (
        <span key={name} class="dashboard-pick"><ReferencePicker entity={entity} value={null} label={td(name)} placeholder={td(name)} onPick={(found) => { if (found) narrow(name, [{ value: found.id, title: found.title ?? '' }]) }} /></span>
      ))}
      {narrowed.map(([name, keys]) => {
        const what = keys.map((key) => keyText(dimensionOf(name), key)).join(', ')
        return <button key={name} type="button" class="chip" aria-label={tr('not_only', { what })} onClick={() => onChoose({ filters: Object.fromEntries(narrowed.filter(([other]) => other !== name)) })}>{what}<X size={13} aria-hidden="true" /></button>
      })}
    </>
  )
}
