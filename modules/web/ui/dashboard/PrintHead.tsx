// What a page on paper says of itself: its period, what it is narrowed to, the moment it was taken, who looked,
// and what was left out.
import { meta } from '../data/session'
import { formatDays, formatTime } from '../format/format'
import { keyText } from '../reports/figures'
import '../reports/print.css'
import { tr } from '../reports/texts'
import type { Answer, Key, Span } from '../reports/wire'

interface Props { at: string; period: Span | null; filters: Record<string, Key[]>; widgets: { answer?: Answer }[] }

export function PrintHead({ at, period, filters, widgets }: Props) {
  const answers = widgets.flatMap((found) => found.answer ?? [])
  const dimensionOf = (name: string) => answers.flatMap((answer) => answer.dimensions).find((one) => one.name === name)
  const only = Object.entries(filters).map(([name, keys]) => keys.map((key) => keyText(dimensionOf(name), key)).join(', ')).filter(Boolean)
  const left = new Map(answers.flatMap((answer) => answer.left_out).map((one) => [`${one.reason} ${one.metric}`, one]))
  return (
    <div class="print-head">
      <p>{[meta.value?.company.name, period ? formatDays(period.from, period.until) : '', ...only, tr('at', { time: formatTime(at) }), meta.value?.user.name].filter(Boolean).join(' · ')}</p>
      {left.size > 0 && <p>{tr('left_out')}: {[...left.values()].map((one) => tr(`left_${one.reason}`, { n: one.count, label: one.label })).join('; ')}</p>}
    </div>
  )
}
