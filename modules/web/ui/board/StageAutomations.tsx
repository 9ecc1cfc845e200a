// Under a column's head: what happens by itself when a card comes here, how often it did today and whether it
// failed. For looking only; each leads to its runs.
import { Zap } from 'lucide-preact'
import { Link } from 'wouter-preact'
import type { Stage } from '../data/types'
import type { Automation } from './automations'
import { tb } from './texts'

const SHOWN = 3

function StageAutomation({ automation }: { automation: Automation }) {
  const { handler, name, also } = automation
  const { runs, failed } = handler.day ?? { runs: 0, failed: 0 }
  const told = handler.stopped ? tb('automation_stopped') : failed ? tb('automation_failed', { runs, failed }) : tb('automation_runs', { runs })
  return (
    <li class="automation" data-state={handler.stopped ? 'stopped' : failed ? 'failed' : undefined}>
      <Link href={`/admin/runs?script=${encodeURIComponent(handler.handler)}`} title={`${handler.file}:${handler.line}`}>
        <Zap size={12} aria-hidden="true" /><span class="automation-name">{name}</span><span class="automation-told">{told}</span>
        {also && <code class="automation-also">{tb('automation_if', { also })}</code>}
      </Link>
    </li>
  )
}

export function StageAutomations({ stage, automations }: { stage: Stage; automations: Automation[] }) {
  const here = automations.filter((item) => item.stages.has(stage.id))
  if (here.length === 0) return null
  const shown = here.slice(0, SHOWN)
  return (
    <ul class="automations" aria-label={tb('automations', { stage: stage.label })}>
      {shown.map((item) => <StageAutomation key={item.handler.handler} automation={item} />)}
      {here.length > shown.length && <li><Link class="automation-more" href="/admin/runs">{tb('automations_more', { count: here.length - shown.length })}</Link></li>}
    </ul>
  )
}
