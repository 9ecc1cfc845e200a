// What modules and plugins add to the pages: known from meta, loaded when it is first shown or run.
// ?safe=1 starts with none of it.
import { meta } from '../data/session'
import type { View } from '../data/types'
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
export function slotActions(slot: string, group: ActionGroup, entity?: string, ids?: () => string[]): Action[] {
  return slotsOf(slot, entity).map((view) => ({
    id: `slot.${view.owner}/${view.name}`, group, label: view.label ?? view.name, icon: view.icon ?? 'circle', when: () => !ids || ids().length > 0,
    run: () => import('./run').then((module) => module.runSlot(view, ids?.() ?? [])),
  }))
}
export const Slot = lazy<SlotProps>(() => import('./Slot').then((module) => module.Slot))
