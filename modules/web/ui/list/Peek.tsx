// A record beside the list: its fields and history without leaving; Space opens and closes it.
import { useEffect, useState } from 'preact/hooks'
import { Maximize2, X } from 'lucide-preact'
import { onHint } from '../data/live'
import { loadRecord, recordSignal } from '../data/records'
import type { Entity } from '../data/types'
import { Button } from '../kit/Button'
import { ErrorCard } from '../kit/ErrorCard'
import { t } from '../locale/i18n'
import { figureOf, titleOf } from '../pages/columns'
import { Fields } from '../record/Fields'
import { StagePath } from '../record/StagePath'
import { useActions } from '../shell/actions'

export interface PeekProps { entity: Entity; id: string; onClose: () => void; onOpen: () => void }

export function Peek({ entity, id, onClose, onOpen }: PeekProps) {
  const record = recordSignal(entity.name, id).value
  const [problem, setProblem] = useState<unknown>(null)
  const load = (): void => { setProblem(null); loadRecord(entity.name, id).catch(setProblem) }
  useEffect(load, [entity.name, id])
  useEffect(() => onHint((hint) => { if (!hint) load() }), [entity.name, id])
  useActions([{ id: 'peek.close', group: 'record', label: t('close'), keys: 'Escape', icon: 'x', run: onClose }])
  return (
    <aside class="peek" aria-label={t('peek')}>
      <header>
        <h2>{record ? titleOf(entity, record) : ''}</h2>
        <Button look="quiet" icon aria-label={t('open')} title={t('open')} onClick={onOpen}><Maximize2 size={14} aria-hidden="true" /></Button>
        <Button look="quiet" icon aria-label={t('close')} title={t('close')} onClick={onClose}><X size={15} aria-hidden="true" /></Button>
      </header>
      {problem !== null && <ErrorCard error={problem} retry={load} />}
      {record && (
        <div class="peek-body" key={id}>
          {figureOf(entity, record) && <div class="figure">{figureOf(entity, record)}</div>}
          {entity.pipeline && <StagePath entity={entity} record={record} />}
          <Fields entity={entity} record={record} place="peek_" />
        </div>
      )}
    </aside>
  )
}
