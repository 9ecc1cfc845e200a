// The steps of a plan in words: what each means for the records, and which are to be looked at.
import { language } from '../locale/i18n'
import type { Plan, Step } from './plan'
import { ta, type AdminKey } from './texts'

/** What is removed: with its records somewhere else, with them as they are, or with none. */
function keyOf({ step, asks, into, records }: Step): AdminKey {
  if (!/^remove_(pipeline|stage|directory|item)$/.test(step) || asks || into) return `step_${step}` as AdminKey
  return records ? 'step_removed_left' : 'step_removed'
}

/** What comes with a new kind of record by itself is no news. */
function told(steps: Step[]): Step[] {
  const made = steps.filter((step) => step.step === 'create_entity').map((step) => `${step.subject}.`)
  return steps.filter((step) => !(/^create_(links|index|search)$/.test(step.step) && made.some((head) => step.subject.startsWith(head))))
}
/** An index by what it orders: the name in the database says its numbers, too. */
const subjectOf = (step: Step): string => step.subject.replace(/\.t\d+_x\d+_/, '.')

/** A label by what it says in the language at hand, the rest as it is written. */
function wordOf(said: unknown): string {
  if (said === null || said === undefined) return '—'
  if (typeof said !== 'object') return String(said)
  const { en, ru } = said as { en?: unknown; ru?: unknown }
  const label = language.value === 'ru' ? ru ?? en : en ?? ru
  return typeof label === 'string' ? label : JSON.stringify(said)
}

export function Steps({ plan }: { plan: Plan }) {
  return (
    <>
      {plan.steps.length === 0 && <p>{ta('no_steps')}</p>}
      {plan.asked > 0 && <p class="warn">{ta('asks_note')}</p>}
      {plan.refused > 0 && <p class="field-error">{ta('plan_refused')}</p>}
      <ul class="plan-steps">
        {told(plan.steps).map((step, index) => (
          <li key={index} class={step.asks || step.step === 'refused' ? 'asks' : ''}>
            {ta(keyOf(step), { what: step.step === 'refused' ? step.message ?? step.subject : subjectOf(step), records: step.records ?? 0, into: step.into ?? '—' })}
            {step.key && <small>{ta('step_layers_both', { key: step.key, above: wordOf(step.above), below: wordOf(step.below) })}</small>}
            {step.waits && <small class="warn">{ta('step_waits')}</small>}
            {step.background && !step.waits && <small>{ta('rows_seconds', { rows: step.rows ?? 0, seconds: step.seconds ?? 1 })}</small>}
            {step.step !== 'refused' && step.message && <small>{step.message}</small>}
          </li>
        ))}
      </ul>
    </>
  )
}
