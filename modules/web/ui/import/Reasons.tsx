// Rows that are left out: where, which field, what was wrong.
import type { Entity } from '../data/types'
import { t } from '../locale/i18n'
import { ti } from './texts'
import type { Reason } from './wire'

export function Reasons({ entity, reasons, count }: { entity: Entity; reasons: Reason[]; count: number }) {
  const label = (name: string | null): string => entity.fields.find((field) => field.name === name)?.label ?? name ?? ''
  return (
    <>
      {reasons.length < count && <p class="hint">{ti('problems_first', { shown: reasons.length, count })}</p>}
      <div class="scroll-box" tabIndex={0} role="region" aria-label={ti('problem')}>
        <table class="grid-rows">
          <thead><tr><th scope="col">{ti('line')}</th><th scope="col">{t('field')}</th><th scope="col">{ti('problem')}</th></tr></thead>
          <tbody>{reasons.map((reason) => <tr key={`${reason.line} ${reason.field ?? ''}`}><td class="number">{reason.line}</td><td>{label(reason.field)}</td><td>{reason.detail}</td></tr>)}</tbody>
        </table>
      </div>
    </>
  )
}

/** Counts that are something; the first one always. */
export function Figures({ items }: { items: [string, number][] }) {
  return <ul class="figures">{items.filter(([, count], index) => index === 0 || count > 0).map(([text]) => <li key={text}>{text}</li>)}</ul>
}
