// The texts of the record page, loaded with it.
import en from '../locale/record_en.json'
import ru from '../locale/record_ru.json'
import { textsOf } from '../locale/i18n'

export const tr = textsOf({ en, ru })
