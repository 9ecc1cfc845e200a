// The steps of a plan in words: what each means for the records, and which are to be looked at.
import type { Plan, Step } from './plan'
import { ta, type AdminKey } from './texts'

/** What is removed: with its records somewhere else, with them as they are, or with none. */
function keyOf({ step, asks, into, records }: Step): AdminKey {
  if (!/^remove_(pipeline|stage|directory|item)$/.test(step) || asks || into) return `step_${step}` as AdminKey
  return records ? 'step_removed_left' : 'step_removed'
}

export function Steps({ plan }: { plan: Plan }) {
  return (
    <>
      {plan.steps.length === 0 && <p>{ta('no_steps')}</p>}
      {plan.asked > 0 && <p class="warn">{ta('asks_note')}</p>}
      {plan.refused > 0 && <p class="field-error">{ta('plan_refused')}</p>}
      <ul class="plan-steps">
        {plan.steps.map((step, index) => (
          <li key={index} class={step.asks || step.step === 'refused' ? 'asks' : ''}>
            {ta(keyOf(step), { what: step.step === 'refused' ? step.message ?? step.subject : step.subject, records: step.records ?? 0, into: step.into ?? '—' })}
            {step.background && <small>{ta('rows_seconds', { rows: step.rows ?? 0, seconds: step.seconds ?? 1 })}</small>}
            {step.step !== 'refused' && step.message && <small>{step.message}</small>}
          </li>
        ))}
      </ul>
    </>
  )
}
