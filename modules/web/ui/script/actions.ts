// Actions that scripts offer for records, as entries of the registry: known from meta, which tells those of the
// caller's role; what they write is written with the caller's rights.
import { sayProblem } from '../data/undo'
import type { Entity, RecordData, ScriptAction } from '../data/types'
import { holds } from '../record/conditions'
import type { Action, ActionGroup } from '../shell/actions'
import type { Asked } from './ask'

const iconOf = (action: ScriptAction): string => action.icon ?? 'arrow-right'

/** `records`: those it shall be done to, asked for when it is chosen. */
function entry(entity: Entity, action: ScriptAction, group: ActionGroup, asked: Asked, when: () => boolean): Action {
  return { id: `script.${entity.name}.${action.name}`, group, label: action.label, icon: iconOf(action), when, run: () => import('./ask').then((module) => module.askFor(entity, action, asked)).catch(sayProblem) }
}

/** Of one record: those whose condition holds for it. */
export function scriptActionsOf(entity: Entity, record: RecordData, onDone: () => void): Action[] {
  return (entity.actions ?? []).map((action) => entry(entity, action, 'record', { records: async () => ({ ids: [record.id], left: 0 }), onDone }, () => holds(action.when, record, true)))
}

/** Of chosen records: `records` finds those that the condition holds for. */
export function scriptActionsFor(entity: Entity, records: (when: string | undefined) => Promise<{ ids: string[]; left: number }>, onDone: () => void): Action[] {
  return (entity.actions ?? []).map((action) => entry(entity, action, 'selection', { records: () => records(action.when), onDone }, () => true))
}
