// A change of definitions, shown before it is done: every step with what it means for the records.
import { useEffect, useState } from 'preact/hooks'
import { loadMeta } from '../data/session'
import { offerTakingBack, say } from '../data/undo'
import { Button } from '../kit/Button'
import { Dialog } from '../kit/Dialog'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { carryOut, type Change, type Plan } from './plan'
import { Steps } from './Steps'
import { ta } from './texts'

interface PlanDialogProps {
  change: Change
  /** What puts it back as it was, where anything does. */
  back?: Change | undefined
  onClose: (done: boolean) => void
  onTakenBack?: () => void
}

export function PlanDialog({ change, back, onClose, onTakenBack }: PlanDialogProps) {
  const [plan, setPlan] = useState<Plan | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => { carryOut(change, true).then(setPlan, setProblem) }, [])
  const go = async (): Promise<void> => {
    setBusy(true)
    try {
      const { waiting } = await carryOut(change, false)
      await loadMeta()
      if (waiting || !back) say(ta(waiting ? 'waits' : 'saved'))
      else offerTakingBack(ta('saved'), async () => { await carryOut(back, false); await loadMeta(); onTakenBack?.() })
      onClose(true)
    } catch (error) { setProblem(error); setBusy(false) }
  }
  return (
    <Dialog label={change.title} onClose={() => onClose(false)}>
      <div class="dialog-body">
        <h3>{ta('plan')}</h3>
        {problem !== null && <ErrorCard error={problem} />}
        {plan && <Steps plan={plan} />}
        {change.query?.['recycle'] && <p class="warn">{ta('recycle_note')}</p>}
        <div class="actions"><Button onClick={() => onClose(false)}>{t('cancel')}</Button><Button look={change.query?.['recycle'] ? 'danger' : 'primary'} disabled={!plan || plan.refused > 0 || busy} onClick={() => void go()}>{ta('do_it')}</Button></div>
      </div>
    </Dialog>
  )
}
