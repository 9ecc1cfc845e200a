import en from '../locale/reports_en.json'
import ru from '../locale/reports_ru.json'
import { textsOf } from '../locale/i18n'

export const tr = textsOf({ en, ru })
export type ReportsKey = keyof typeof en
