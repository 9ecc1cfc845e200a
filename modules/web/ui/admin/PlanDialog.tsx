// A change of definitions, shown before it is done: every step with what it means for the records.
import { useEffect, useState } from 'preact/hooks'
import { loadMeta } from '../data/session'
import { say } from '../data/undo'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { carryOut, type Change, type Plan } from './plan'
import { ta, type AdminKey } from './texts'

export function PlanDialog({ change, onClose }: { change: Change; onClose: (done: boolean) => void }) {
  const [plan, setPlan] = useState<Plan | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => { carryOut(change, true).then(setPlan, setProblem) }, [])
  const go = async (): Promise<void> => {
    setBusy(true)
    try { await carryOut(change, false); await loadMeta(); say(ta('saved')); onClose(true) } catch (error) { setProblem(error); setBusy(false) }
  }
  return (
    <Dialog label={change.title} onClose={() => onClose(false)}>
      <div class="dialog-body">
        <h3>{ta('plan')}</h3>
        {problem !== null && <ErrorCard error={problem} />}
        {plan && plan.steps.length === 0 && <p>{ta('no_steps')}</p>}
        {plan && plan.asked > 0 && <p class="warn">{ta('asks_note')}</p>}
        {plan && plan.refused > 0 && <p class="field-error">{ta('plan_refused')}</p>}
        <ul class="plan-steps">
          {plan?.steps.map((step, index) => (
            <li key={index} class={step.asks || step.step === 'refused' ? 'asks' : ''}>
              {ta(`step_${step.step}` as AdminKey, { what: step.step === 'refused' ? step.message ?? step.subject : step.subject })}
              {step.background && <small>{ta('rows_seconds', { rows: step.rows ?? 0, seconds: step.seconds ?? 1 })}</small>}
              {step.step !== 'refused' && step.message && <small>{step.message}</small>}
            </li>
          ))}
        </ul>
        {change.query?.['recycle'] && <p class="warn">{ta('recycle_note')}</p>}
        <div class="actions"><Button onClick={() => onClose(false)}>{t('cancel')}</Button><Button look={change.query?.['recycle'] ? 'danger' : 'primary'} disabled={!plan || plan.refused > 0 || busy} onClick={() => void go()}>{ta('do_it')}</Button></div>
      </div>
    </Dialog>
  )
}
