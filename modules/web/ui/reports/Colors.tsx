// Colours of figures by what is bad and what is good: two numbers a figure, the better one may be the smaller.
import { tr } from './texts'
import type { Metric } from './wire'

interface Props { metrics: Metric[]; colors: Record<string, string>; onChange: (colors: Record<string, string>) => void }

/** Shares are typed in percent. */
const shown = (metric: Metric, text: string | undefined): string => (text === undefined || text === '' ? '' : metric.unit === 'percent' ? String(Number((Number(text) * 100).toFixed(4))) : text)
const kept = (metric: Metric, text: string): string => (metric.unit === 'percent' ? String(Number((Number(text) / 100).toFixed(6))) : text)

export function Colors({ metrics, colors, onChange }: Props) {
  if (metrics.length === 0) return null
  return (
    <details class="builder-colors" open={Object.keys(colors).length > 0}>
      <summary>{tr('colors')}</summary>
      {metrics.map((metric) => <Span key={metric.name} metric={metric} span={colors[metric.name]} onChange={(span) => {
        const { [metric.name]: _, ...rest } = colors
        onChange(span ? { ...rest, [metric.name]: span } : rest)
      }} />)}
    </details>
  )
}

function Span({ metric, span, onChange }: { metric: Metric; span: string | undefined; onChange: (span: string | null) => void }) {
  const [bad, good] = (span ?? '').split('..')
  const put = (event: Event): void => {
    const inputs = [...(event.currentTarget as HTMLElement).closest('[role="group"]')!.querySelectorAll('input')].map((input) => input.value)
    if (inputs.every((text) => text === '')) onChange(null)
    else if (inputs.every((text) => text !== '' && Number.isFinite(Number(text)))) onChange(inputs.map((text) => kept(metric, text)).join('..'))
  }
  const unit = metric.unit === 'percent' ? ', %' : ''
  return (
    <div class="builder-span" role="group" aria-label={metric.label}><span>{metric.label}{unit}</span>
      <label><span>{tr('bad_to')}</span><input class="input" type="number" step="any" value={shown(metric, bad)} onChange={put} /></label>
      <label><span>{tr('good_from')}</span><input class="input" type="number" step="any" value={shown(metric, good)} onChange={put} /></label>
    </div>
  )
}
