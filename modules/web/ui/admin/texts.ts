import en from '../locale/admin_en.json'
import ru from '../locale/admin_ru.json'
import { textsOf } from '../locale/i18n'

export type AdminKey = keyof typeof en
export const ta = textsOf({ en, ru })

/** What the program calls a thing, as people call it; as it is, where it is a stranger's. */
export function called(group: 'type' | 'job_kind' | 'job_fact', name: string): string {
  const key = `${group}_${name.replace(/\./g, '_')}`
  return key in en ? ta(key as AdminKey) : name
}
