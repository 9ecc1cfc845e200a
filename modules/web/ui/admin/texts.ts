import en from '../locale/admin_en.json'
import ru from '../locale/admin_ru.json'
import { textsOf } from '../locale/i18n'

export type AdminKey = keyof typeof en
export const ta = textsOf({ en, ru })
