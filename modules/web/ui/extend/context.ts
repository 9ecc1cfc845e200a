// What a part of a module or plugin is told: where it stands and on which record. Its type is the one that
// authors of extensions have.
import { loadRecord } from '../data/records'
import type { RecordData, Value, View } from '../data/types'
import type { SlotContext } from '../../../../sdk/ui/index'
import { language } from '../locale/i18n'
import { navigate } from 'wouter-preact/use-browser-location'

export type { SlotContext }

export interface Place { record?: RecordData | undefined; ids?: string[]; field?: string; value?: Value | undefined; onChange?: ((value: Value) => void) | undefined }

export function contextOf(view: View, place: Place): SlotContext {
  const { record, ids, field, value, onChange } = place
  return {
    slot: view.slot ?? '', owner: view.owner, name: view.name, language: language.value,
    ...(view.entity ? { entity: view.entity } : {}), ...(record ? { record } : {}), ...(ids ? { ids } : {}), ...(field ? { field } : {}), ...(value === undefined ? {} : { value }),
    navigate: (path) => navigate(path),
    refresh: async () => { if (record && view.entity) await loadRecord(view.entity, record.id) },
    change: (next) => onChange?.(next),
  }
}
