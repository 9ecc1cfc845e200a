// What modules and plugins add to the pages: known from meta, loaded when it is first shown or run.
// ?safe=1 starts with none of it.
import { meta } from '../data/session'
import type { RecordData, View } from '../data/types'
import { lazy } from '../kit/lazy'
import type { Action, ActionGroup } from '../shell/actions'
import type { SlotProps } from './Slot'

const safe = new URLSearchParams(location.search).has('safe')

/** The views that fill a slot, those of an entity where one is named. */
export function slotsOf(slot: string, entity?: string): View[] {
  return safe ? [] : (meta.value?.views ?? []).filter((view) => view.slot === slot && (!entity || view.entity === entity))
}
/** The one that stands in for the client's own way with a field, where there is one. */
export function slotOf(slot: string, entity: string, field: string): View | undefined {
  return slotsOf(slot, entity).find((view) => view.fields['of']?.includes(field))
}
/** `wins`: stands where the button of the stage that wins does. */
export interface OfferedAction extends Action { wins: boolean }
function slotAction(view: View, group: ActionGroup, when: () => boolean, place: () => { ids?: string[]; record?: RecordData }): OfferedAction {
  return { id: `slot.${view.owner}/${view.name}`, group, label: view.label ?? view.name, icon: view.icon ?? 'circle', wins: view.tone === 'green', when, run: () => import('./run').then((module) => module.runSlot(view, place())) }
}
export function slotActions(slot: string, group: ActionGroup, entity?: string, ids?: () => string[]): Action[] {
  return slotsOf(slot, entity).map((view) => slotAction(view, group, () => !ids || ids().length > 0, () => ({ ids: ids?.() ?? [] })))
}
/** Those of a record's page; a view's `where` says for which records. */
export function recordSlotActions(entity: string, record: RecordData, applies: (condition: string | undefined, record: RecordData, otherwise: boolean) => boolean): OfferedAction[] {
  return slotsOf('record.action', entity).map((view) => slotAction(view, 'record', () => applies(view.where, record, true), () => ({ ids: [record.id], record })))
}
export const Slot = lazy<SlotProps>(() => import('./Slot').then((module) => module.Slot))
