import en from '../locale/import_en.json'
import ru from '../locale/import_ru.json'
import { textsOf } from '../locale/i18n'

export const ti = textsOf({ en, ru })
