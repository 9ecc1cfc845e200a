// Which period is shown, and what it is compared with.
import { useRef, useState } from 'preact/hooks'
import { Button } from '../kit/Button'
import { Menu } from '../kit/Menu'
import { Popover } from '../kit/Popover'
import { tr, type ReportsKey } from './texts'
import type { Answer, Parameters, Span } from './wire'

export const periods = ['this_month', 'this_quarter', 'this_year', 'last_month', 'last_quarter', 'last_year', 'last_30_days', 'last_12_months', 'all'] as const
export const comparisons = ['none', 'previous', 'year_before'] as const

interface PeriodMenuProps { answer: Answer; parameters: Parameters; onChoose: (next: Partial<Parameters>) => void }

export function PeriodMenu({ answer, parameters, onChoose }: PeriodMenuProps) {
  const opener = useRef<HTMLSpanElement>(null)
  const [own, setOwn] = useState(false)
  if (!answer.metrics.some((metric) => metric.definition.on ?? metric.definition.formula)) return null
  const period = parameters.period ?? (answer.report.period || 'all')
  const compare = answer.previous ? (parameters.compare ?? answer.report.compare ?? 'none') : 'none'
  const known = (periods as readonly string[]).includes(period)
  return (
    <span ref={opener} class="report-period">
      <Menu label={tr('period')} class="button" align="start" items={[
        ...periods.map((name) => ({ label: tr(`p_${name}`), checked: name === period, run: () => onChoose(name === 'all' ? { period: name, compare: null } : { period: name }) })),
        { label: tr('p_own'), checked: !known, section: true as const, run: () => setOwn(true) },
      ]}>{known ? tr(`p_${period}` as ReportsKey) : period.replace('..', ' – ')}</Menu>
      {period !== 'all' && <Menu label={tr('compare')} class="button" align="start" items={comparisons.map((name) => ({ label: tr(`c_${name}`), checked: name === compare, run: () => onChoose({ compare: name === 'none' ? null : name }) }))}>{tr(`c_${compare}` as ReportsKey)}</Menu>}
      {own && <OwnPeriod anchor={opener} period={answer.period} onClose={() => setOwn(false)} onChoose={(span) => { setOwn(false); onChoose({ period: span }) }} />}
    </span>
  )
}

export function OwnPeriod({ anchor, period, onClose, onChoose }: { anchor: { current: HTMLElement | null }; period: Span | null; onClose: () => void; onChoose: (span: string) => void }) {
  const [from, setFrom] = useState(period?.from ?? '')
  const [until, setUntil] = useState(period?.until ?? '')
  return (
    <Popover anchor={anchor} label={tr('period')} class="report-own" onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); onChoose(`${from}..${until}`) }}>
        <label>{tr('from')}<input type="date" required max={until || undefined} value={from} onInput={(event) => setFrom(event.currentTarget.value)} /></label>
        <label>{tr('until')}<input type="date" required min={from || undefined} value={until} onInput={(event) => setUntil(event.currentTarget.value)} /></label>
        <Button look="primary" type="submit">{tr('show')}</Button>
      </form>
    </Popover>
  )
}
