// Which of several pipelines; the filter stays.
import { ChevronDown } from 'lucide-preact'
import { useSearchParams } from 'wouter-preact'
import type { Pipeline } from '../data/types'
import { Menu } from '../kit/Menu'
import { t } from '../locale/i18n'

export function PipelineChooser({ pipelines, current }: { pipelines: Pipeline[]; current: Pipeline }) {
  const [, setParameters] = useSearchParams()
  const choose = (pipeline: Pipeline): void => setParameters((old) => {
    const next = new URLSearchParams(old)
    next.set('pipeline', pipeline.id)
    return next
  })
  return <Menu label={t('pipeline')} class="button pipeline-chooser" align="start" items={pipelines.map((pipeline) => ({ label: pipeline.label, checked: pipeline === current, run: () => choose(pipeline) }))}><span>{current.label}</span><ChevronDown size={14} aria-hidden="true" /></Menu>
}
